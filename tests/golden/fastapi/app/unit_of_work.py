"""What belongs to one write."""

from collections.abc import Awaitable, Callable

from app.context import Principal
from app.database.port import Transaction

Effect = Callable[[], Awaitable[None]]


class UnitOfWork:
    """One write: its transaction, and what follows once it is committed."""

    __slots__ = ("effects", "principal", "transaction")

    def __init__(self, transaction: Transaction, principal: Principal) -> None:
        """Begin without effects."""
        self.transaction = transaction
        self.principal = principal
        """Who writes."""
        self.effects: list[Effect] = []

    def after_commit(self, effect: Effect) -> None:
        """Have something done when the transaction is committed, and only then."""
        self.effects.append(effect)

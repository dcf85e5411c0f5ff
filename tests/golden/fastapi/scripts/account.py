"""Accounts of the database of development."""

from scripts.commands import run


def main() -> None:
    """`account`: make accounts and change them."""
    run("app.auth.account_command")

"""Headers of callers by role; nobody needs any."""

from app.config import Config


def may_act(role: str, needed: str) -> bool:
    """Tell whether a caller with one role may do what needs another: everybody may."""
    return True


async def callers(config: Config) -> dict[str, dict[str, str]]:
    """Return headers of `nobody`, and of a caller for each role."""
    return {"nobody": {}, "reader": {}, "editor": {}, "admin": {}, "stranger": {}, "alone": {}}

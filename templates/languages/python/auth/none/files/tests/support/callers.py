"""Headers of callers by role; nobody needs any."""

from app.config import Config


def callers(config: Config) -> dict[str, dict[str, str]]:
    """Return headers of `nobody`, and of a caller for each role."""
    return {"nobody": {}, "reader": {}, "editor": {}, "admin": {}}

"""A script that failed."""


class ScriptError(Exception):
    """What the database said, and the line of the script, where it is known."""

    def __init__(self, message: str, line: int | None) -> None:
        """Keep the line, counted from 1."""
        super().__init__(message)
        self.line = line

"""`dev`: everything that the API needs, and the API, restarted when a file changes."""

from scripts.dev.start import main

__all__ = ["main"]

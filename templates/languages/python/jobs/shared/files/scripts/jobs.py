"""Jobs of the database of development."""

from scripts.commands import run


def main() -> None:
    """`jobs`: list jobs, and replay or discard those that have failed."""
    run("app.jobs.command")

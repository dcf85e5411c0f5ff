"""Jobs of the database of development."""

from scripts.commands import run


def main() -> None:
    """`jobs`: list jobs, and replay or discard failed ones."""
    run("app.jobs.command")

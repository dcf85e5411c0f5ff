"""API keys of the database of development."""

from scripts.commands import run


def main() -> None:
    """`key`: make API keys and end them."""
    run("app.auth.key_command")

"""Prints the folder with PostgreSQL's programs, for tools that start a server of their own."""

from scripts.dev.embedded import programs

if __name__ == "__main__":
    print(programs())

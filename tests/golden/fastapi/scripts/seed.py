"""Sample rows for development."""

import os
import sys

from app.database.migrate import seed


def main() -> None:
    """`seed`: put the rows of seeds/ into the database of DATABASE_URL; those that are there stay as they are."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        sys.exit("DATABASE_URL is not set")
    seed(url)
    print("The sample rows are there.")


if __name__ == "__main__":
    main()

"""Sample rows for development."""

import os
import sys

from app.database.migrate import seed


def main() -> None:
    """`seed`: put the rows of seeds/ into the database of DATABASE_URL; those that are there stay as they are.

    With `new`, only those of files that are new or changed.
    """
    url = os.environ.get("DATABASE_URL")
    if not url:
        sys.exit("DATABASE_URL is not set")
    try:
        seed(url, only_new=sys.argv[1:] == ["new"])
    except Exception as error:
        sys.exit(str(error).strip())
    print("The sample rows are there.")


if __name__ == "__main__":
    main()

"""The port of the database, and the adapter that was chosen."""

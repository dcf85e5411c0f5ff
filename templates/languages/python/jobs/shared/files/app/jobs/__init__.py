"""Background jobs: the table `jobs` is the truth, the queue carries identifiers."""

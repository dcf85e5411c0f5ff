"""What the API is about: a package for each resource."""

"""What development needs and production does not."""

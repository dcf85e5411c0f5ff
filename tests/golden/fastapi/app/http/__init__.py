"""What every request passes, whatever framework carries the routes."""

"""ASGI middleware: what spans the whole request."""

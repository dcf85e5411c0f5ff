"""What the environment says about a run."""

import os


def _factor(name: str) -> float:
    text = os.environ.get(name, "1")
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise SystemExit(f"{name}={text} must be a number above 0")
    return value


HOST = (os.environ.get("BASE_URL") or "http://localhost:3000").rstrip("/")
# `RATE=0.1` takes a tenth of every rate, `TIME=0.1` a tenth of every duration.
RATE = _factor("RATE")
TIME = _factor("TIME")
# Rows of each resource that are there for all: read, referred to, never changed.
SEED_ROWS = int(os.environ.get("SEED_ROWS") or 5)
SAVE_BASELINE = bool(os.environ.get("SAVE_BASELINE"))
# How much slower than the baseline it may be.
BASELINE_RATIO = float(os.environ.get("BASELINE_RATIO") or 1.25)

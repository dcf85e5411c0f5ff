"""Says what was measured, keeps it in load/results, and as the baseline with SAVE_BASELINE=1."""

import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

from lib.api import REFUSED
from lib.plan import AVAILABILITY_PERCENT, P95_MS, REQUEST_TIMEOUT_MS
from lib.profile import Profile
from lib.settings import BASELINE_RATIO, RATE, SAVE_BASELINE
from locust.stats import RequestStats, StatsEntry

FOLDER = Path(__file__).parent.parent
BASELINE = FOLDER / "baseline.json"
# Below this difference the clock is what is measured.
NOISE_MS = 2
MOST_WRONG = 0.001
LEAST_SENT = 0.99


class Limit(NamedTuple):
    text: str
    held: bool


class Measured:
    """What happened in a stage."""

    def __init__(self, stats: RequestStats, stage: str) -> None:
        of_stage = f" [{stage}]"
        self.entry = StatsEntry(stats, stage, "")
        for (name, _), entry in stats.entries.items():
            if name.endswith(of_stage):
                self.entry.extend(entry)
        errors = (error for error in stats.errors.values() if error.name.endswith(of_stage))
        wrong = sum(error.occurrences for error in errors if REFUSED not in str(error.error))
        self.requests = self.entry.num_requests
        self.failed_rate = self.entry.num_failures / max(1, self.requests)
        self.wrong_rate = wrong / max(1, self.requests)

    def percentile(self, percent: float) -> float:
        return self.entry.get_response_time_percentile(percent / 100)

    def kept(self) -> dict[str, float]:
        return {
            "p50Ms": self.percentile(50),
            "p95Ms": self.percentile(95),
            "p99Ms": self.percentile(99),
            "failedRate": round(self.failed_rate, 4),
            "rateFactor": RATE,
        }


def report(stats: RequestStats, profile: Profile, users: int) -> bool:
    """Whether all limits were held."""
    baselines = json.loads(BASELINE.read_text())
    # A different rate is a different test.
    baseline = baselines.get(profile.name, {})
    if baseline.get("rateFactor") != RATE:
        baseline = {}
    judged = Measured(stats, profile.judged)
    kept = judged.kept()
    limits = as_planned(profile, judged, baseline, users)
    if profile.refusing:
        limits += while_refusing(profile.refusing, Measured(stats, profile.refusing))
    lines = [f"{profile.name}: {stats.total.num_requests} requests"]
    lines += [f"  {'ok    ' if held else 'FAILED'} {text}" for text, held in limits]
    lines += [
        f"  {key:6} {kept[key]}{beside(kept[key], baseline.get(key))}" for key in ("p50Ms", "p95Ms", "p99Ms")
    ]
    sys.stdout.write("\n" + "\n".join(lines) + "\n")
    write(FOLDER / "results" / f"{profile.name}.json", {**kept, "requests": judged.requests})
    if SAVE_BASELINE:
        write(BASELINE, {**baselines, profile.name: kept})
    return all(held for _, held in limits)


def as_planned(profile: Profile, judged: Measured, baseline: dict[str, float], users: int) -> list[Limit]:
    p95 = float(os.environ.get("P95_MS") or P95_MS)
    failed = round(1 - AVAILABILITY_PERCENT / 100, 6)
    # A user more or less at the ends of the stage is no request left out.
    sent = round(LEAST_SENT * profile.planned(profile.judged) - users)
    stage = profile.judged
    return [
        below(judged, stage, 95, min(p95, against(baseline.get("p95Ms")))),
        below(judged, stage, 99, min(3 * p95, against(baseline.get("p99Ms")))),
        Limit(f"failed requests [{stage}]: at most {failed:.4%}", judged.failed_rate <= failed),
        answers(judged, stage),
        # Without it, a generator that is too slow would look like an API that is fast.
        Limit(f"requests sent [{stage}]: at least {max(1, sent)}", judged.requests >= max(1, sent)),
    ]


def while_refusing(stage: str, refusing: Measured) -> list[Limit]:
    return [answers(refusing, stage), below(refusing, stage, 99, REQUEST_TIMEOUT_MS)]


def answers(measured: Measured, stage: str) -> Limit:
    return Limit(f"wrong answers [{stage}]: at most {MOST_WRONG:.1%}", measured.wrong_rate <= MOST_WRONG)


def below(measured: Measured, stage: str, percent: int, limit: float) -> Limit:
    return Limit(f"p{percent} [{stage}]: below {limit:g} ms", measured.percentile(percent) < limit)


def against(kept: float | None) -> float:
    return float("inf") if kept is None else max(kept * BASELINE_RATIO, kept + NOISE_MS)


def beside(value: float, kept: float | None) -> str:
    return f", {value / kept:.2f} times the baseline of {kept}" if kept else ""


def write(file: Path, value: dict[str, Any]) -> None:
    file.write_text(json.dumps(value, indent=2) + "\n")

"""What a load is made of: stages, each with the rates that it reaches one after another."""

from dataclasses import dataclass

from lib.settings import RATE, TIME


@dataclass(frozen=True)
class Stage:
    name: str
    start: float
    # Requests per second, and the seconds until they are reached.
    steps: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        return sum(seconds for _, seconds in self.steps)

    def rate(self, at: float) -> float:
        before = self.start
        for rps, seconds in self.steps:
            if at < seconds:
                return before + (rps - before) * at / seconds
            before, at = rps, at - seconds
        return before


def hold(name: str, rps: float, seconds: float) -> Stage:
    return ramp(name, rps, (rps, seconds))


def ramp(name: str, start: float, *steps: tuple[float, float]) -> Stage:
    return Stage(name, start * RATE, tuple((rps * RATE, seconds * TIME) for rps, seconds in steps))


@dataclass(frozen=True)
class Profile:
    """
    Stages that run one after another. `judged` has to be as the plan says, and is compared with the baseline; in `refusing`
    the API may refuse, as long as it answers.
    """

    name: str
    stages: list[Stage]
    judged: str
    refusing: str | None = None

    def at(self, seconds: float) -> tuple[Stage, float] | None:
        """The stage of that moment and its rate, or nothing when all are over."""
        for stage in self.stages:
            if seconds < stage.seconds:
                return stage, stage.rate(seconds)
            seconds -= stage.seconds
        return None

    @property
    def highest_rate(self) -> float:
        return max(rate for stage in self.stages for rate in (stage.start, *(rps for rps, _ in stage.steps)))

    def planned(self, name: str) -> float:
        """Requests of a stage."""
        total = 0.0
        for stage in self.stages:
            before = stage.start
            for rps, seconds in stage.steps:
                if stage.name == name:
                    total += (before + rps) / 2 * seconds
                before = rps
        return total

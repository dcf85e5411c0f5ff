"""Where the process is between start and end, and whether what it depends on answers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal

Phase = Literal["starting", "ready", "draining"]
Status = Literal["ready", "degraded", "unavailable", "starting", "draining"]
Checks = dict[str, Literal["up", "down"]]

_CHECK_TIMEOUT_S = 0.5
_CHECKED_FOR_S = 1.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """The response of /readyz."""

    status: Status
    checks: Checks = field(default_factory=dict)


class Lifecycle:
    """Knows the phase, and asks the dependencies."""

    def __init__(
        self,
        dependencies: Mapping[str, Callable[[float], Awaitable[None]]],
        gates: Sequence[str],
        is_behind: Callable[[float], Awaitable[bool]],
    ) -> None:
        """Takes a check by the name of each dependency, and the names without which no traffic is wanted.

        A check is given seconds, and raises when the dependency does not answer in them. No traffic is wanted either
        while `is_behind` tells, in as many seconds, that the schema lacks a migration.
        """
        self.phase: Phase = "starting"
        self.dependencies = dict(dependencies)
        self._gates = gates
        self._is_behind = is_behind
        self._checked_at = 0.0
        self._checks: asyncio.Task[Checks] | None = None

    async def begin(self) -> None:
        """Want traffic, and ask the dependencies: the log says what the schema lacks, also without a probe."""
        self.phase = "ready"
        await self.readiness()

    async def readiness(self) -> Readiness:
        """The checks run at most once a second, however often this is asked."""
        if self.phase != "ready":
            return Readiness(self.phase)
        now = perf_counter()
        if self._checks is None or now - self._checked_at > _CHECKED_FOR_S:
            self._checked_at = now
            self._checks = asyncio.create_task(self._check())
        # Shielded: a caller that hangs up must not end the check that others wait for.
        checks = await asyncio.shield(self._checks)
        down = [name for name, state in checks.items() if state == "down"]
        if not down:
            return Readiness("ready", checks)
        gated = any(name == "schema" or name in self._gates for name in down)
        return Readiness("unavailable" if gated else "degraded", checks)

    async def _check(self) -> Checks:
        async def state(check: Callable[[float], Awaitable[None]]) -> Literal["up", "down"]:
            try:
                await check(_CHECK_TIMEOUT_S)
            except Exception:
                return "down"
            return "up"

        names = list(self.dependencies)
        states = await asyncio.gather(*(state(check) for check in self.dependencies.values()))
        checks: Checks = dict(zip(names, states, strict=True))
        return {**checks, "schema": "down"} if await self._is_behind(_CHECK_TIMEOUT_S) else checks

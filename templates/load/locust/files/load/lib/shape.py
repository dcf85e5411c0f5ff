"""How many users there are at which moment, and what begins and ends with them."""

import math
import time
from contextlib import suppress

from lib import api, summary, traffic
from lib.plan import CLIENT_TIMEOUT_S
from lib.profile import Profile
from locust import LoadTestShape, events
from locust.env import Environment
from locust.exception import StopTest
from locust.runners import MasterRunner, WorkerRunner


def shape_of(profile: Profile) -> type[LoadTestShape]:
    """The shape of a profile. A user sends a request each second, so there are as many users as requests per second."""
    per_user = min(1.0, profile.highest_rate)
    traffic.Caller.pace(per_user)

    class Shape(LoadTestShape):
        def tick(self) -> tuple[int, float] | None:
            now = profile.at(self.get_run_time())
            if now is None:
                return None
            users = max(1, round(now[1] / per_user))
            return users, users

    @events.init.add_listener
    def prepare(environment: Environment, **_: object) -> None:
        environment.stop_timeout = CLIENT_TIMEOUT_S
        if isinstance(environment.runner, MasterRunner):
            environment.runner.register_message(
                api.ABORTED, lambda msg, **_: api.abort(environment, msg.data)
            )

    @events.test_start.add_listener
    def begin(environment: Environment, **_: object) -> None:
        if not isinstance(environment.runner, MasterRunner):
            try:
                traffic.set_up(environment)
            except StopTest:
                return
        started = time.monotonic()
        last = profile.stages[-1]
        api.stage_name = lambda: (profile.at(time.monotonic() - started) or (last,))[0].name
        # What was set up before has taken its time.
        if environment.shape_class:
            environment.shape_class.reset_time()

    @events.test_stop.add_listener
    def end(environment: Environment, **_: object) -> None:
        if not isinstance(environment.runner, MasterRunner):
            api.stage_name = lambda: "teardown"
            with suppress(StopTest):
                traffic.tear_down(environment)

    @events.quitting.add_listener
    def judge(environment: Environment, **_: object) -> None:
        if environment.process_exit_code is None and not isinstance(environment.runner, WorkerRunner):
            held = summary.report(environment.stats, profile, math.ceil(profile.highest_rate / per_user))
            environment.process_exit_code = 0 if held else api.LIMIT_NOT_HELD

    return Shape

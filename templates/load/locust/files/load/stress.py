"""Does it refuse what is too much, answer the rest, and recover?"""

from lib.plan import AVERAGE, PEAK, STRESS
from lib.profile import Profile, hold, ramp
from lib.shape import shape_of
from lib.traffic import Caller

__all__ = ["Caller", "Shape"]

Shape = shape_of(
    Profile(
        "stress",
        [
            ramp("stress", 0, (PEAK, 120), (STRESS, 60), (STRESS, 300)),
            ramp("relief", STRESS, (AVERAGE, 30)),
            hold("recovery", AVERAGE, 120),
        ],
        judged="recovery",
        refusing="stress",
    )
)

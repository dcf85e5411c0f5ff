"""Does it live through a crowd that comes and goes within seconds?"""

from lib.plan import AVERAGE, SPIKE
from lib.profile import Profile, hold, ramp
from lib.shape import shape_of
from lib.traffic import Caller

__all__ = ["Caller", "Shape"]

Shape = shape_of(
    Profile(
        "spike",
        [
            hold("before", AVERAGE, 60),
            ramp("spike", AVERAGE, (SPIKE, 10), (SPIKE, 60)),
            ramp("relief", SPIKE, (AVERAGE, 10)),
            hold("recovery", AVERAGE, 120),
        ],
        judged="recovery",
        refusing="spike",
    )
)

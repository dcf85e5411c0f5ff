"""Does an ordinary hour go as planned?"""

from lib.plan import AVERAGE
from lib.profile import Profile, hold, ramp
from lib.shape import shape_of
from lib.traffic import Caller

__all__ = ["Caller", "Shape"]

Shape = shape_of(
    Profile(
        "average",
        [ramp("warmup", 0, (AVERAGE, 60)), hold("average", AVERAGE, 300)],
        judged="average",
    )
)

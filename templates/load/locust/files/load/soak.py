"""Does it stay as it is for hours, without leaks?"""

from lib.plan import AVERAGE
from lib.profile import Profile, hold, ramp
from lib.shape import shape_of
from lib.traffic import Caller

__all__ = ["Caller", "Shape"]

Shape = shape_of(
    Profile(
        "soak",
        [ramp("warmup", 0, (AVERAGE, 60)), hold("soak", AVERAGE, 7200)],
        judged="soak",
    )
)

"""Does the highest load that it was sized for go as planned?"""

from lib.plan import AVERAGE, PEAK
from lib.profile import Profile, hold, ramp
from lib.shape import shape_of
from lib.traffic import Caller

__all__ = ["Caller", "Shape"]

Shape = shape_of(
    Profile(
        "peak",
        [ramp("warmup", 0, (AVERAGE, 60), (PEAK, 60)), hold("peak", PEAK, 300)],
        judged="peak",
    )
)

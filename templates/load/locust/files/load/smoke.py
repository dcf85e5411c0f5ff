"""Does it work at all?"""

from lib.plan import SMOKE
from lib.profile import Profile, hold
from lib.shape import shape_of
from lib.traffic import Caller

__all__ = ["Caller", "Shape"]

Shape = shape_of(Profile("smoke", [hold("smoke", SMOKE, 30)], judged="smoke"))

"""Loaded into a test's worker: eligibility checks in small, slow steps, so that one can be killed in the middle."""

import time
from functools import partial
from typing import Any

from programs.tasks import eligibility

eligibility.key_ranges = partial(eligibility.key_ranges, 10)
_decide_range = eligibility.decide_range


def decide_slowly(**given: Any) -> int:
    decided = _decide_range(**given)
    time.sleep(0.4)
    return decided


eligibility.decide_range = decide_slowly

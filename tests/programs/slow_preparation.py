"""Imported by a worker under test: preparation in small ranges, each of which takes its time after it has written."""

import time

from programs.payments import preparation
from programs.services import payment_cycles

HOUSEHOLDS_PER_RANGE = 3
SECONDS = 0.7

preparation.CHUNK = HOUSEHOLDS_PER_RANGE
_write_range = payment_cycles.write_range


def slowly(*arguments, **options):
    written = _write_range(*arguments, **options)
    # Still inside the transaction of the step: a worker killed here must leave nothing of this range.
    time.sleep(SECONDS)
    return written


payment_cycles.write_range = slowly

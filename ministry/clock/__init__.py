"""Working time: which days and hours count, and clocks that stop and go on counting them."""

from ministry.clock.clocks import Clock, ClockEvent
from ministry.clock.services import working_time
from ministry.clock.working_time import WorkingTime

__all__ = ["Clock", "ClockEvent", "WorkingTime", "working_time"]

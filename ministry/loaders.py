"""The core's reference data, in the order in which it is loaded."""

from ministry import countries, reference, roles
from ministry.clock.reference import load_calendar
from ministry.geography.loading import load_country
from ministry.jobs import schedules
from ministry.notices import registry as notices


def _load_country() -> int:
    return load_country(countries.current())


def _load_calendars() -> int:
    return sum(load_calendar(pack) for pack in countries.PACKS.values())


reference.register(_load_country, name="areas", order=10)
reference.register(_load_calendars, name="calendars", order=20)
reference.register(roles.load, name="roles", order=30)
reference.register(schedules.load, name="schedules", order=90)
reference.register(notices.load, name="messages", order=95)

"""Named sets of the programmes."""

from typing import Self

from ministry.querysets import AreaScopedQuerySet


class EnrolmentQuerySet(AreaScopedQuerySet):
    """Enrolments; they lie where the household lives."""

    area_lookup = "household__area"

    def enrolled(self) -> Self:
        return self.filter(status="enrolled")

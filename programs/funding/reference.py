"""Funding sources as shipped; administrators add and rename them."""

from ministry import reference
from programs.models import FundingSource

_SOURCES = (("state-budget", "الموازنة العامة للدولة", "State budget", FundingSource.Kind.STATE),)


def load() -> int:
    """Create the shipped sources that are missing and return how many."""
    return sum(
        FundingSource.objects.get_or_create(code=code, defaults={"name_ar": name_ar, "name_en": name_en, "kind": kind})[
            1
        ]
        for code, name_ar, name_en, kind in _SOURCES
    )


reference.register(load, name="funding sources", order=205)

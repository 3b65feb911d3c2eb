"""Slots of the household file, filled by higher apps in their `ready()`: panels, and moments of the timeline."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ministry.slots import Slot

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from beneficiaries.models import Household
    from ministry.models import User


@dataclass(frozen=True)
class HouseholdPanel:
    """A panel of the household file.

    `context` gets the household and the reader and returns what `template_name` needs, or None to leave the panel
    out. It is asked only of those who hold `permission` in the household's area. The template gets that context,
    `household` and nothing else; the heading is made from `title` by the page.
    """

    # Also the anchor of the panel on the page.
    code: str
    title: "str | _StrPromise"
    template_name: str
    context: "Callable[[Household, User], dict[str, Any] | None]"
    permission: str


@dataclass(frozen=True)
class TimelineItem:
    """Something that happened to a household: when, what, a line of detail, and where to read more."""

    at: dt.datetime
    title: str
    text: str = ""
    url: str = ""
    # "bad", "warn", "info", "ok", or nothing for a plain entry.
    tone: str = ""


household_panels: Slot[HouseholdPanel] = Slot()
# Each source gets a household and its reader and returns what happened, in any order; it leaves out what this reader
# may not see.
timeline_sources: "Slot[Callable[[Household, User], Iterable[TimelineItem]]]" = Slot()

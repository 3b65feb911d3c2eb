"""Slots of the registry, filled by higher apps in their `ready()`: panels and moments of the household file, what
depends on its data, and what follows when two cards become one."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from ministry.slots import Slot

if TYPE_CHECKING:
    from django.db.models import Model
    from django.utils.functional import _StrPromise

    from beneficiaries.models import Household, Merge
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


@dataclass(frozen=True)
class Standing:
    """How a household stands to something that depends on its data, e.g. a programme, by the facts as they are now.

    Two standings with one `code` are compared: before a change, and as if it had been applied.
    """

    code: str
    title: str
    # In words: «eligible», «not eligible».
    answer: str
    tone: str = ""
    # Whether something is granted on it now, so that a change has consequences.
    is_granted: bool = False
    url: str = ""


household_panels: Slot[HouseholdPanel] = Slot()
# Each source gets a household and its reader and returns what happened, in any order; it leaves out what this reader
# may not see.
timeline_sources: "Slot[Callable[[Household, User], Iterable[TimelineItem]]]" = Slot()


class Change(Protocol):
    """Changes columns of a row and writes down, as a step of the merge, what they held before and after."""

    def __call__(self, row: "Model", what: str, **values: Any) -> None: ...


@dataclass(frozen=True)
class MergeShare:
    """What a higher app does when two cards become one.

    `carry` is called inside the transaction when the household that was left has nobody in it any more: it moves or
    ends what belongs to that household, each row through `change`. Undoing puts those rows back by itself;
    `obstacles` says, in whole sentences, what has come to depend on them since and so stands in the way.
    """

    carry: "Callable[[Merge, Change], None]"
    obstacles: "Callable[[Merge], Iterable[str]]"


merge_shares: Slot[MergeShare] = Slot()


# Each source gets a household's key and the reader. It is asked twice, the second time inside a savepoint in which a
# change is applied and then taken back: it must read the database and remember nothing.
household_standings: "Slot[Callable[[int, User], Iterable[Standing]]]" = Slot()


@dataclass(frozen=True)
class DoubleMonth:
    """A month in which two households were paid while both counted the same person.

    `first` is the household that was enrolled earlier; amounts are in the country's currency. What the second was paid
    is the most that was paid for the same people twice: its other members may have been entitled to a part of it.
    """

    pair_id: int
    period: dt.date
    first_household_id: int
    first_amount: Decimal
    second_household_id: int
    second_amount: Decimal


@dataclass(frozen=True)
class HouseholdMoney:
    """What a higher app knows of the money of households; asked only of those who hold `permission` there.

    `due` is a SELECT of (household_id, amount) due from %(since)s on, among the households of the relation
    `concerned`. `twice` is a SELECT of the columns of `DoubleMonth`, without an order, for the pairs of the relation
    `pair` (id, individual_a_id, individual_b_id).
    """

    permission: str
    due: str
    twice: str


household_money: Slot[HouseholdMoney] = Slot()

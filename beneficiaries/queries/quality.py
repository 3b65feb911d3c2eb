"""How complete a household's file is: the share of questions that are answered, and which are not. One statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Field
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.models import Dwelling, Household, Individual
from ministry import formats
from ministry.certain import declared_as

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_OF_HOUSEHOLD = ("address", "phone", "urban", "income_monthly")
_OF_HOME = (
    "tenure", "rooms", "bedrooms", "wall", "floor", "roof", "water", "sanitation", "electricity", "cooking_fuel",
    "waste", "refrigerator", "television", "computer", "mobile_phone",
)  # fmt: skip
_OF_PERSON = ("birth_date", "marital_status", "years_schooling", "in_school", "works")
_NUMBER = "national_number"
_NUMBER_LABEL: "_StrPromise" = gettext_lazy("National number")

_STATEMENT = """
    SELECT {household}, {home}, count(i.id), {people}
    FROM beneficiaries_household h
    LEFT JOIN beneficiaries_dwelling d ON d.household_id = h.id
    LEFT JOIN beneficiaries_membership m ON m.household_id = h.id AND m.left_on IS NULL
    LEFT JOIN beneficiaries_individual i ON i.id = m.individual_id
    WHERE h.id = %s GROUP BY h.id, d.household_id
"""
_HAS_NUMBER = (
    "EXISTS (SELECT FROM beneficiaries_identifier n WHERE n.individual_id = i.id AND n.removed_on IS NULL"
    " AND n.kind IN ('national_id', 'passport', 'unhcr'))"
)


@dataclass(frozen=True)
class Quality:
    """How many questions were asked and answered, and the open ones in words."""

    asked: int
    answered: int
    missing: tuple[str, ...]

    @property
    def percent(self) -> int:
        """Return the share of answered questions in whole per cent, never 100 while one is open."""
        return min(100 * self.answered // self.asked, 99 if self.missing else 100) if self.asked else 0


def _known(alias: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"nullif({alias}.{name}::text, '') IS NOT NULL" for name in names)


def quality_of(household: Household) -> Quality:
    """Return how complete the file of one household is."""
    statement = _STATEMENT.format(
        household=_known("h", _OF_HOUSEHOLD),
        home=_known("d", _OF_HOME),
        people=", ".join(
            [f"count(i.id) FILTER (WHERE nullif(i.{name}::text, '') IS NULL)" for name in _OF_PERSON]
            + [f"count(i.id) FILTER (WHERE NOT {_HAS_NUMBER})"]
        ),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [household.pk])
        row = cursor.fetchone()
    of_household = len(_OF_HOUSEHOLD) + len(_OF_HOME)
    labels: Mapping[str, str] = {
        **{name: _label(Household, name) for name in _OF_HOUSEHOLD},
        **{name: _label(Dwelling, name) for name in _OF_HOME},
    }
    missing = [labels[name] for name, known in zip(labels, row[:of_household], strict=True) if not known]
    people, open_of_people = row[of_household], row[of_household + 1 :]
    names = {**{name: _label(Individual, name) for name in _OF_PERSON}, _NUMBER: str(_NUMBER_LABEL)}
    missing += [
        _("{what}: not known of {count}").format(what=label, count=formats.number(count))
        for label, count in zip(names.values(), open_of_people, strict=True)
        if count
    ]
    asked = of_household + people * len(names)
    unanswered = sum(not known for known in row[:of_household]) + sum(open_of_people)
    return Quality(asked=asked, answered=asked - unanswered, missing=tuple(missing))


def _label(model: type[Household | Dwelling | Individual], name: str) -> str:
    label = str(declared_as(Field, model._meta.get_field(name)).verbose_name)
    return label[:1].upper() + label[1:]

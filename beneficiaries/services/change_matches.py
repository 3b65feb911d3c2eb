"""Whether somebody a change would enter as a new person is in the register already."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from beneficiaries.duplicates.entry_check import NewPerson, find_matches
from beneficiaries.models import ChangeRequest, Household, Identifier, Individual, Membership
from beneficiaries.services.change_plans import Line
from ministry.models import Area, User

_PERSON, _NUMBER = Individual._meta.label_lower, Identifier._meta.label_lower


@dataclass(frozen=True)
class PossibleMatch:
    """Somebody registered who may be the new person."""

    new_name: str
    is_strong: bool
    area: Area | None
    # Only where the reader may open the household's file.
    person: Individual | None
    household: Household | None


def possible_matches(request: ChangeRequest, lines: list[Line], reader: User) -> list[PossibleMatch]:
    """Return who in the whole register may be one of the new people of a request, the likeliest first.

    Of somebody registered where the reader may not look, only the area is told.
    """
    members = Membership.objects.filter(household=request.household_id).values_list("individual_id", flat=True)
    found = []
    for name, traits in _new_people(lines):
        for match in find_matches(_as_typed(traits, request.household.area_id), exclude=set(members)):
            person = Individual.objects.get(pk=match.individual_id)
            home = person.memberships.current().select_related("household__area").first()
            household = home.household if home else None
            is_visible = household is not None and reader.has_perm("beneficiaries.view_household", household.area)
            found.append(
                PossibleMatch(
                    new_name=name,
                    is_strong=match.band == "strong",
                    area=household.area if household else None,
                    person=person if is_visible else None,
                    household=household if is_visible else None,
                )
            )
    return found


def _new_people(lines: list[Line]) -> list[tuple[str, dict[str, Any]]]:
    people: dict[int, dict[str, Any]] = {}
    for line in lines:
        if line.record == _PERSON and line.number:
            people.setdefault(line.number, {})[line.field] = line.new
    # A number's row names its holder by name only; two new people of one name do not come in one request.
    numbers = {line.about: line.new for line in lines if (line.record, line.field) == (_NUMBER, "value")}
    return [
        (traits.get("full_name", ""), traits | {"national_id": numbers.get(traits.get("full_name", ""), "")})
        for traits in people.values()
    ]


def _as_typed(traits: dict[str, Any], area_id: int) -> NewPerson:
    born = traits.get("birth_date")
    return NewPerson(
        full_name=traits.get("full_name", ""),
        mother_name=traits.get("mother_name", ""),
        national_id=traits["national_id"],
        birth_date=dt.date.fromisoformat(born) if born else None,
        sex=traits.get("sex", ""),
        phone=traits.get("phone", ""),
        area_id=area_id,
    )

"""People of the register who may be somebody just being typed, shown only as far as anybody at a desk may see them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from beneficiaries.duplicates.entry_check import NewPerson, find_matches
from beneficiaries.models import Identifier, Individual, Membership
from ministry import formats


@dataclass(frozen=True)
class MatchCard:
    """One possible match: enough to recognise a person one has before oneself, too little to learn about another."""

    individual_id: int
    is_strong: bool
    # First name in full, of the other names the first letter.
    name: str
    # Masked number, year of birth, area.
    details: tuple[str, ...]
    # Whether they belong to a household now, other than `home` below.
    lives_elsewhere: bool


def possible_matches(person: NewPerson, *, exclude: Collection[int] = (), home: int | None = None) -> list[MatchCard]:
    """Return whom of the register the person may be, the likeliest first. `home`: the household being registered.

    SECURITY: the search goes across the whole country, so names and numbers come masked.
    """
    matches = find_matches(person, exclude=exclude)
    people = {
        individual.pk: individual
        for individual in Individual.objects.filter(pk__in=[match.individual_id for match in matches]).prefetch_related(
            Prefetch(
                "identifiers",
                Identifier.objects.filter(kind=Identifier.Kind.NATIONAL_ID, removed_on__isnull=True),
                to_attr="national_numbers",
            ),
            Prefetch(
                "memberships",
                Membership.objects.current().select_related("household__area"),
                to_attr="current_memberships",
            ),
        )
    }
    return [
        _card(people[match.individual_id], is_strong=match.band == "strong", home=home)
        for match in matches
        if match.individual_id in people
    ]


def _card(individual: Any, *, is_strong: bool, home: int | None) -> MatchCard:
    homes = [membership.household for membership in individual.current_memberships]
    details = [
        formats.masked(individual.national_numbers[0].value_key) if individual.national_numbers else "",
        _("born in {year}").format(year=formats.digits(individual.birth_date.year)) if individual.birth_date else "",
        homes[0].area.name if homes else _("in no household now"),
    ]
    return MatchCard(
        individual_id=individual.pk,
        is_strong=is_strong,
        name=masked_name(individual.full_name),
        details=tuple(part for part in details if part),
        lives_elsewhere=any(household.pk != home for household in homes),
    )


def masked_name(name: str) -> str:
    """Return the first name, and of the others the first letter: سعاد م••• ع•••."""
    first, *others = name.split() or [""]
    return " ".join([first, *(f"{part[0]}•••" for part in others)])

"""Two cards of one person: where they differ, what one knows that the other does not, and where the person lives."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Field
from django.utils.translation import gettext as _

from beneficiaries.models import Disability, Household, Individual, Membership
from ministry import formats
from ministry.certain import declared_as

# What a card says of its person. Columns made from a trait go where it goes.
TRAITS: dict[str, tuple[str, ...]] = {
    "full_name": ("name_key", "name_skeletons"),
    "mother_name": ("mother_key",),
    "sex": (),
    "birth_date": (),
    "died_on": (),
    "phone": ("phone_key",),
    "marital_status": (),
    "years_schooling": (),
    "in_school": (),
    "works": (),
    "pregnant": (),
    "formal_income_monthly": (),
}
# A death on one of two cards is for a person to judge, never filled in by itself.
NEVER_FILLED = ("died_on",)
# What is masked elsewhere is masked here.
MASKED = ("phone",)
DISABILITY = "disability."


@dataclass(frozen=True)
class Difference:
    """A trait in which the cards differ: its code, its name, and both values in words."""

    code: str
    label: str
    kept: str
    other: str


def is_known(value: Any) -> bool:
    return value not in (None, "")


def gaps(survivor: Individual, merged: Individual) -> list[str]:
    """Return the traits that only the other card knows."""
    return [
        name
        for name in TRAITS
        if name not in NEVER_FILLED and not is_known(getattr(survivor, name)) and is_known(getattr(merged, name))
    ]


def differences(survivor: Individual, merged: Individual) -> list[Difference]:
    """Return the traits in which the two cards say different things, in the order of the card."""
    found = []
    for name in TRAITS:
        kept, other = getattr(survivor, name), getattr(merged, name)
        if name in NEVER_FILLED:
            if kept != other:
                found.append(_difference(name, survivor, merged))
        elif is_known(kept) and is_known(other) and kept != other:
            found.append(_difference(name, survivor, merged))
    theirs = {row.domain: row for row in merged.disabilities.all()}
    for row in survivor.disabilities.all():
        other_row = theirs.get(row.domain)
        if other_row is not None and other_row.severity != row.severity:
            found.append(
                Difference(
                    DISABILITY + row.domain,
                    row.get_domain_display(),
                    row.get_severity_display(),
                    other_row.get_severity_display(),
                )
            )
    return found


def trait_label(code: str) -> str:
    """Return what a trait is called on pages."""
    if code.startswith(DISABILITY):
        return str(dict(Disability.Domain.choices).get(code.removeprefix(DISABILITY), code))
    return str(_column(code).verbose_name)


def _column(name: str) -> Field:
    return declared_as(Field, Individual._meta.get_field(name))


def _difference(name: str, survivor: Individual, merged: Individual) -> Difference:
    field = _column(name)
    return Difference(name, trait_label(name), trait_in_words(field, survivor), trait_in_words(field, merged))


def trait_in_words(field: Field, person: Individual) -> str:
    """Return a trait of a person as pages show it."""
    value = getattr(person, field.name)
    if not is_known(value):
        return "—"
    if field.name in MASKED:
        return formats.masked(value)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if hasattr(value, "year"):
        return formats.day(value)
    if field.name == "formal_income_monthly":
        return formats.money(value)
    return str(value)


@dataclass(frozen=True)
class Homes:
    """Where the two cards live now; a card may live nowhere."""

    survivor: Membership | None
    merged: Membership | None

    @property
    def households(self) -> list[Household]:
        """Return the one or two households, the survivor's first."""
        found: dict[int, Household] = {}
        for membership in (self.survivor, self.merged):
            if membership is not None:
                found.setdefault(membership.household_id, membership.household)
        return list(found.values())

    @property
    def are_one(self) -> bool:
        """Whether both cards live in the same household."""
        return bool(self.survivor and self.merged and self.survivor.household_id == self.merged.household_id)

    def closing(self, kept_id: int) -> Membership | None:
        """Return the membership that ends when the person stays in household `kept_id`."""
        if self.survivor is None or self.merged is None:
            return None
        # Entered twice in one household: the row of the card that stays goes on.
        return self.merged if self.survivor.household_id == kept_id else self.survivor

    def closed(self, kept_id: int) -> Household | None:
        """Return the household in which a membership ends."""
        closing = self.closing(kept_id)
        return closing.household if closing else None


def homes_of(survivor_id: int, merged_id: int) -> Homes:
    """Return where two people live now, in one statement."""
    rows = {
        membership.individual_id: membership
        for membership in Membership.objects.current()
        .filter(individual__in=[survivor_id, merged_id])
        .select_related("household__area__parent")
    }
    return Homes(rows.get(survivor_id), rows.get(merged_id))


def living_members(household_id: int, *, besides: Iterable[int] = ()) -> list[Membership]:
    """Return who lives in a household now, besides some people; the dead are no help to it."""
    return list(
        Membership.objects.current()
        .filter(household_id=household_id, individual__died_on__isnull=True)
        .exclude(individual__in=list(besides))
        .select_related("individual")
    )


def survivor_of(person: Individual) -> Individual:
    """Return the card that stands for a person today; of cards merged in turn, the last one."""
    seen = set()
    while person.merged_into is not None and person.pk not in seen:
        seen.add(person.pk)
        person = person.merged_into
    return person

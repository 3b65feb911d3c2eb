"""Possible duplicates as pages show them: two people side by side."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _

from beneficiaries.models import DuplicatePair, Household, Identifier, Individual, Membership
from beneficiaries.queries.evidence import reasons_of
from ministry import formats
from ministry.certain import certain
from ministry.models import Area, User


@dataclass(frozen=True)
class Side:
    """One of the two people, with the household they live in; without content for a reader of another area."""

    individual: Individual
    membership: Membership | None
    is_visible: bool

    @property
    def household(self) -> Household | None:
        return self.membership.household if self.membership else None

    @property
    def name(self) -> str:
        """Return the name, or for a reader of another area only that there is somebody."""
        return formats.isolated(self.individual.full_name) if self.is_visible else _("A person outside your area")

    @property
    def place(self) -> str:
        """Return where the person is registered."""
        if self.household is None:
            return _("in no household now")
        area = self.household.area
        return area.name if self.is_visible or area.level != Area.Level.DISTRICT else certain(area.parent).name


@dataclass(frozen=True)
class PairCard:
    """A pair with both people."""

    pair: DuplicatePair
    a: Side
    b: Side

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.a, self.b

    @property
    def holds_payment(self) -> bool:
        """Whether the pair keeps payments back: a strong one that is undecided, or one person with two cards still."""
        if self.a.individual.merged_into_id or self.b.individual.merged_into_id:
            return False
        return self.pair.status == DuplicatePair.Status.SAME or (
            self.pair.status in (DuplicatePair.Status.OPEN, DuplicatePair.Status.VISIT)
            and self.pair.band == DuplicatePair.Band.STRONG
        )

    @property
    def certainty(self) -> str:
        """Return how sure the machine is that this is one person; never quite, for it is people who decide."""
        percent = int(self.pair.probability * 100)
        return (
            formats.percent(percent) if percent < 99 else format_html(_("over {percent}"), percent=formats.percent(99))
        )

    @property
    def reasons(self) -> list[str]:
        """Return what the pair rests on, in words."""
        return reasons_of(self.pair)


@dataclass(frozen=True)
class Comparison:
    """One trait of both people: whether it agrees (None: not known of one of them)."""

    label: str
    a: Any
    b: Any
    agrees: bool | None


def _sides(pairs: Iterable[DuplicatePair], reader: User) -> dict[int, Side]:
    people = {person.pk: person for pair in pairs for person in (pair.individual_a, pair.individual_b)}
    # A card that was merged lives where the card lives that it leads to.
    leads_to = {person.pk: person.merged_into_id or person.pk for person in people.values()}
    memberships = {
        membership.individual_id: membership
        for membership in Membership.objects.current()
        .filter(individual__in=set(leads_to.values()))
        .select_related("household__area__parent")
    }
    visible = set(
        Household.objects.visible_to(reader)
        .filter(pk__in={membership.household_id for membership in memberships.values()})
        .values_list("pk", flat=True)
    )
    sides = {}
    for pk, person in people.items():
        membership = memberships.get(leads_to[pk])
        sides[pk] = Side(person, membership, membership is not None and membership.household_id in visible)
    return sides


def with_sides(pairs: Iterable[DuplicatePair], reader: User) -> list[PairCard]:
    """Return pairs with both people, in three statements however many there are."""
    pairs = list(pairs)
    sides = _sides(pairs, reader)
    return [PairCard(pair, sides[pair.individual_a_id], sides[pair.individual_b_id]) for pair in pairs]


def pair_cards(household: Household, reader: User) -> list[PairCard]:
    """Return the pairs of which a member of the household is one, open ones first."""
    pairs = (
        DuplicatePair.objects.of_household(household.pk)
        .select_related("individual_a", "individual_b", "decided_by")
        .order_by("-probability", "pk")
    )
    return with_sides(sorted(pairs, key=lambda pair: pair.status != DuplicatePair.Status.OPEN), reader)


def compare(card: PairCard) -> list[Comparison]:
    """Return the two people trait by trait. Numbers are masked: whether they agree is what matters here."""
    a, b = card.a.individual, card.b.individual
    numbers_a, numbers_b = _numbers(a), _numbers(b)
    rows = [
        _compare(_("Full name"), a.full_name, b.full_name, (a.name_key, b.name_key)),
        _compare(_("Mother's name"), a.mother_name, b.mother_name, (a.mother_key, b.mother_key)),
        _compare(_("Sex"), a.get_sex_display(), b.get_sex_display(), (a.sex, b.sex)),
        _compare(
            _("Date of birth"), formats.day(a.birth_date), formats.day(b.birth_date), (a.birth_date, b.birth_date)
        ),
        _compare(_("National number"), _masked(numbers_a), _masked(numbers_b), (sorted(numbers_a), sorted(numbers_b))),
        _compare(
            _("Phone"),
            formats.masked(a.phone_key or a.phone),
            formats.masked(b.phone_key or b.phone),
            (a.phone_key, b.phone_key),
        ),
        _compare(
            _("Marital status"),
            a.get_marital_status_display(),
            b.get_marital_status_display(),
            (a.marital_status, b.marital_status),
        ),
    ]
    first, second = card.a.membership, card.b.membership
    if first and second:
        rows += [
            _compare(
                _("Relationship to the head"),
                first.get_relationship_display(),
                second.get_relationship_display(),
                (first.relationship, second.relationship),
            ),
            _compare(
                _("Area"),
                first.household.area.name,
                second.household.area.name,
                (first.household.area_id, second.household.area_id),
            ),
            _compare(
                _("Registered on"),
                formats.day(first.household.registered_on),
                formats.day(second.household.registered_on),
                (first.household.registered_on, second.household.registered_on),
            ),
        ]
    return rows


def _numbers(person: Individual) -> set[str]:
    return {
        identifier.value_key
        for identifier in person.identifiers.all()
        if identifier.kind == Identifier.Kind.NATIONAL_ID and identifier.removed_on is None
    }


def _masked(numbers: set[str]) -> str:
    return formats.masked(sorted(numbers)[0]) if numbers else ""


def _compare(label: str, a: Any, b: Any, keys: tuple[Any, Any]) -> Comparison:
    known = all(key not in (None, "", []) for key in keys)
    return Comparison(label, a, b, keys[0] == keys[1] if known else None)

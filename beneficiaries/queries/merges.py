"""A merge as its page shows it: the two cards, what will move, and what has moved, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Field
from django.utils.html import format_html
from django.utils.translation import gettext as _

from beneficiaries.models import (
    Consent,
    DuplicatePair,
    Household,
    HouseholdMerge,
    HouseholdMergeComer,
    Identifier,
    Individual,
    Membership,
    Merge,
    MergeStep,
)
from beneficiaries.queries.cards import gaps, trait_in_words, trait_label
from ministry import formats
from ministry.certain import declared_as
from ministry.models import User

What = MergeStep.What


@dataclass(frozen=True)
class StepInWords:
    """One step of a merge: what was done to which record."""

    what: str
    text: str


def sees_both(merge: Merge | HouseholdMerge, reader: User) -> bool:
    """Tell whether the reader may see the households on both sides, and so who is meant."""
    homes = {home for home in (merge.kept_household_id, merge.closed_household_id) if home}
    return Household.objects.visible_to(reader).filter(pk__in=homes).count() == len(homes)


def plan_of(merge: Merge) -> list[tuple[str, Any]]:
    """Return what a merge comes to, as (name, value): which card stays, where the person lives, what is taken over."""
    rows = [
        (_("Card that stays"), _card(merge.survivor)),
        (_("Card that leads to it"), _card(merge.merged)),
        (_("Household in which the person lives"), _household(merge.kept_household)),
    ]
    if merge.closed_household_id == merge.kept_household_id:
        rows.append((_("Second entry in the same household"), _("ends today")))
    elif merge.closed_household:
        rows.append((_("Household whose membership ends"), _household(merge.closed_household)))
    if merge.new_head:
        rows.append((_("New head of the household that is left"), formats.isolated(merge.new_head.full_name)))
    if merge.taken:
        rows.append((_("The other card is right about"), _(", ").join(map(trait_label, merge.taken))))
    if merge.status == Merge.Status.PROPOSED:
        filled = gaps(merge.survivor, merge.merged)
        if filled:
            rows.append((_("Filled in from the other card"), _(", ").join(map(trait_label, filled))))
    return rows


def _card(person: Individual) -> str:
    return format_html(
        _("{name} ({reference})"),
        name=formats.isolated(person.full_name),
        reference=formats.isolated(person.person_ref),
    )


def _household(home: Household | None) -> str:
    if home is None:
        return ""
    return format_html(_("{reference}, {area}"), reference=formats.isolated(home.household_ref), area=home.area.name)


@dataclass(frozen=True)
class PartInWords:
    """Two cards that become one, as the page of a joining shows them."""

    merge: Merge
    kept: str
    closed: str
    # Traits in which the card that is closed is right.
    taken: str


@dataclass(frozen=True)
class HouseholdPlan:
    """Who of a file that is closed is who in the other one, and who comes along."""

    parts: list[PartInWords]
    comers: list[HouseholdMergeComer]


def household_plan_of(whole: HouseholdMerge) -> HouseholdPlan:
    """Return what a joining comes to, in two statements."""
    return HouseholdPlan(
        [
            PartInWords(part, _card(part.survivor), _card(part.merged), _(", ").join(map(trait_label, part.taken)))
            for part in whole.parts.select_related("survivor", "merged", "pair").order_by("pk")
        ],
        list(whole.comers.select_related("individual")),
    )


def steps_in_words(merges: Sequence[Merge]) -> list[StepInWords]:
    """Return what was done, row by row, in the order it was done; one statement for each kind of record."""
    steps = list(MergeStep.objects.filter(merge__in=merges).order_by("merge_id", "number"))
    rows: dict[tuple[str, int], models.Model] = {}
    for kind, related in _KINDS.items():
        keys = [step.record_id for step in steps if step.record_type == kind._meta.label_lower]
        for row in kind._default_manager.filter(pk__in=keys).select_related(*related):
            rows[kind._meta.label_lower, row.pk] = row
    return [
        StepInWords(step.get_what_display(), _text(step, rows.get((step.record_type, step.record_id))))
        for step in steps
    ]


_KINDS: dict[type[models.Model], tuple[str, ...]] = {
    Individual: (),
    Identifier: (),
    Membership: ("household", "individual"),
    Household: (),
}


def _text(step: MergeStep, row: models.Model | None) -> str:
    if isinstance(row, Individual):
        return _of_card(step, row)
    if isinstance(row, Identifier):
        text = (
            _("{kind} {number} stood on both cards: one entry is closed")
            if step.what == What.CLOSED
            else _("{kind} {number} stands on the card that stays")
        )
        return format_html(text, kind=row.get_kind_display(), number=formats.masked(row.value))
    if isinstance(row, Membership):
        return _of_membership(step, row)
    if isinstance(row, Household):
        return format_html(
            _("Household {reference} has nobody in it any more and has left the register"),
            reference=formats.isolated(row.household_ref),
        )
    if step.record_type == Consent._meta.label_lower:
        return (
            _("The consent to passing data on has ended: it was taken back under the other file")
            if step.what == What.CLOSED
            else _("The consent to passing data on counts for the household that stays")
        )
    if step.record_type == DuplicatePair._meta.label_lower:
        return _("Possible duplicate {number} is now one of the card that stays").format(number=step.record_id)
    return _("{kind} {number}").format(kind=_kind(step), number=step.record_id)


def _kind(step: MergeStep) -> str:
    return str(apps.get_model(step.record_type)._meta.verbose_name)


def _of_card(step: MergeStep, row: Individual) -> str:
    if "merged_into_id" in step.after:
        return format_html(
            _("Card {reference} leads to the card that stays"), reference=formats.isolated(row.person_ref)
        )
    name = next(iter(step.after))
    field = declared_as(Field, Individual._meta.get_field(name))
    return _("{trait}: {old} ← {new}").format(
        trait=field.verbose_name,
        old=trait_in_words(field, _holding(name, step.before[name])),
        new=trait_in_words(field, _holding(name, step.after[name])),
    )


def _holding(name: str, value: Any) -> Individual:
    """Return a card that is not stored and holds one trait, to say it in words."""
    field = declared_as(Field, Individual._meta.get_field(name))
    return Individual(**{name: value if value is None else field.to_python(value)})


def _of_membership(step: MergeStep, row: Membership) -> str:
    reference = formats.isolated(row.household.household_ref)
    if "household_id" in step.after:
        return format_html(
            _("{name} comes along as {relationship}"),
            name=formats.isolated(row.individual.full_name),
            relationship=dict(Membership.Relationship.choices)[step.after["relationship"]],
        )
    if "relationship" in step.after and step.after["relationship"] != Membership.Relationship.HEAD:
        return format_html(
            _("{name}: {relationship} in household {reference}"),
            name=formats.isolated(row.individual.full_name),
            relationship=dict(Membership.Relationship.choices)[step.after["relationship"]],
            reference=reference,
        )
    if "relationship" in step.after:
        return format_html(
            _("{name} heads household {reference}"),
            name=formats.isolated(row.individual.full_name),
            reference=reference,
        )
    if step.what == What.CLOSED:
        return format_html(_("Membership in household {reference} ended"), reference=reference)
    return format_html(_("Membership in household {reference} belongs to the card that stays"), reference=reference)

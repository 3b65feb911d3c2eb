"""One household that was registered twice: both files become one in one deed, by two people, and two again.

The deed consists of merges of two cards each, done one after the other; the head of the file that is closed comes
last, so that nobody has to head it in between. Each row moves through their lineages, so that undoing is exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import (
    DuplicatePair,
    Household,
    HouseholdMerge,
    HouseholdMergeComer,
    Individual,
    Membership,
    Merge,
    MergeStep,
)
from beneficiaries.queries.cards import differences
from beneficiaries.services.duplicates import decide_duplicate_pair
from beneficiaries.services.households.members import members_of
from beneficiaries.services.merges.deciding import check, check_still_fits
from beneficiaries.services.merges.lineage import Lineage
from beneficiaries.services.merges.moving import carry_out
from beneficiaries.services.merges.proposing import DECIDE
from beneficiaries.services.merges.undoing import obstacles_among, refuse_if_in_the_way, take_back
from beneficiaries.signals import people_merged, people_parted
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import User

HEAD = Membership.Relationship.HEAD


@dataclass(frozen=True)
class Choice:
    """What becomes of one member of the file that is closed.

    Either they are the same person as a member of the file that stays (`same_as`, a person's key; `taken` names the
    traits in which the card that is closed is right), or they come along and are this to its head.
    """

    same_as: int | None = None
    relationship: str = ""
    taken: Sequence[str] = ()


@transaction.atomic
def propose_household_merge(
    *, kept: Household, closed: Household, choices: Mapping[int, Choice], actor: User, note: str
) -> HouseholdMerge:
    """Propose that two files are of one household; nothing moves until a second person confirms it.

    `choices` says of each member of `closed` (a person's key) who they are in `kept`. Each pair is decided to be the
    same person by it; pairs nobody had found are written down.

    Raises:
        PermissionDenied: the actor may not decide in both areas.
        RuleViolation: a file has left the register, a member is missing or named twice, no more than half are in both,
            two were found to be different people, or a merge of one of the cards or files waits.
    """
    people = {*choices, *(choice.same_as for choice in choices.values())} - {None}
    # Pairs before households, as every merge locks them.
    list(
        DuplicatePair.objects.select_for_update()
        .filter(individual_a__in=people, individual_b__in=people)
        .order_by("pk")
    )
    homes = {home.pk: home for home in _lock_homes(kept.pk, closed.pk)}
    kept, closed = homes[kept.pk], homes[closed.pk]
    if not all(actor.has_perm(DECIDE, home.area) for home in homes.values()):
        raise PermissionDenied
    if not note.strip():
        raise RuleViolation(_("Say what your decision rests on."))
    _check_choices(kept, closed, choices)
    if HouseholdMerge.objects.filter(closed_household__in=homes, status__in=HouseholdMerge.LIVE).exists():
        raise RuleViolation(_("The joining of one of these files has been proposed already."))
    whole = HouseholdMerge.objects.create(
        kept_household=kept, closed_household=closed, proposed_by=actor, note=note.strip()
    )
    for person, choice in choices.items():
        if choice.same_as is None:
            HouseholdMergeComer.objects.create(
                household_merge=whole, individual_id=person, relationship=choice.relationship
            )
    # The head last: nobody has to answer for the file that is closed in between.
    members = sorted(members_of(closed), key=lambda one: (one.relationship == HEAD, one.pk))
    for member in members:
        choice = choices[member.individual_id]
        if choice.same_as is not None:
            _propose_part(whole, member.individual_id, choice, actor)
    audit.record(
        actor=actor,
        action="household_merge.proposed",
        target=whole,
        note=whole.note,
        data={"parts": whole.parts.count(), "comers": whole.comers.count()},
    )
    return whole


def _lock_homes(*keys: int) -> list[Household]:
    homes = list(
        Household.objects.select_for_update(of=("self",)).select_related("area").filter(pk__in=keys).order_by("pk")
    )
    if len(homes) < 2:
        raise RuleViolation(_("Choose two different files."))
    for home in homes:
        if home.status == Household.Status.INACTIVE:
            raise RuleViolation(
                _("Household {reference} has left the register; nothing changes in it any more.").format(
                    reference=home.household_ref
                )
            )
    return homes


def _check_choices(kept: Household, closed: Household, choices: Mapping[int, Choice]) -> None:
    here = {one.individual_id for one in members_of(kept)}
    there = {one.individual_id: one.individual for one in members_of(closed)}
    if choices.keys() != there.keys():
        raise RuleViolation(
            _("Say of each member of household {reference} who they are in the other file.").format(
                reference=closed.household_ref
            )
        )
    same = [choice.same_as for choice in choices.values() if choice.same_as is not None]
    if len(same) != len(set(same)):
        raise RuleViolation(_("Two members cannot both be the same person of the other file."))
    if not set(same) <= here:
        raise RuleViolation(_("Choose people who live in household {reference}.").format(reference=kept.household_ref))
    if 2 * len(same) <= len(there):
        raise RuleViolation(
            _(
                "No more than half of the members are in both files: these are not one household. Merge the people who"
                " are in twice one by one."
            )
        )
    for person, choice in choices.items():
        if choice.same_as is None and choice.relationship not in set(Membership.Relationship.values) - {HEAD}:
            raise RuleViolation(
                _("Say what {name} is to the head of the file that stays.").format(name=there[person].full_name)
            )


def _propose_part(whole: HouseholdMerge, person: int, choice: Choice, actor: User) -> None:
    cards = Individual.objects.in_bulk([person, choice.same_as])
    merged, survivor = cards[person], cards[choice.same_as]
    low, high = sorted((merged.pk, survivor.pk))
    # A pair that people found: the machine has nothing to say about it.
    pair, _made = DuplicatePair.objects.get_or_create(
        individual_a_id=low,
        individual_b_id=high,
        defaults={"probability": 0, "band": DuplicatePair.Band.REVIEW, "evidence": []},
    )
    if pair.status == DuplicatePair.Status.DIFFERENT:
        raise RuleViolation(
            _(
                "{first} and {second} were found to be different people (pair {number}). Look at that decision first."
            ).format(first=merged.full_name, second=survivor.full_name, number=pair.pk)
        )
    waiting = Merge.objects.filter(status=Merge.Status.PROPOSED)
    if (waiting.filter(survivor__in=cards) | waiting.filter(merged__in=cards)).exists():
        raise RuleViolation(
            _("A merge of the card of {name} is proposed already. Decide on that one first.").format(
                name=merged.full_name
            )
        )
    if pair.status != DuplicatePair.Status.SAME:
        decide_duplicate_pair(pair=pair, verb="same", actor=actor, note=whole.note)
    taken = sorted(set(choice.taken))
    if unknown := set(taken) - {one.code for one in differences(survivor, merged)}:
        raise RuleViolation(
            _("The two cards no longer differ in what you chose: {traits}.").format(traits=", ".join(sorted(unknown)))
        )
    Merge.objects.create(
        pair=pair,
        survivor=survivor,
        merged=merged,
        kept_household=whole.kept_household,
        closed_household=whole.closed_household,
        taken=taken,
        proposed_by=actor,
        note=whole.note,
        whole=whole,
    )


def _lock(whole: HouseholdMerge) -> tuple[HouseholdMerge, list[Merge]]:
    whole = (
        HouseholdMerge.objects.select_for_update(of=("self",))
        .select_related("kept_household__area", "closed_household__area", "proposed_by")
        .get(pk=whole.pk)
    )
    return whole, list(whole.parts.select_for_update(of=("self",)).order_by("pk"))


def _record(whole: HouseholdMerge, parts: Sequence[Merge], **values: object) -> None:
    """Write the same onto the whole and its parts; the whole first, which the guard of the parts looks at."""
    for row in (whole, *parts):
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=[*values, *(["memberships"] if isinstance(row, Merge) else [])])


@transaction.atomic
def refuse_household_merge(*, whole: HouseholdMerge, actor: User, note: str) -> HouseholdMerge:
    """Refuse a proposal, or take one's own back; nothing has moved.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: no reason is given.
    """
    whole, parts = _lock(whole)
    target = check("refuse", whole, actor).target
    if not note.strip():
        raise RuleViolation(_("Say why."))
    _record(whole, parts, status=target, decided_by=actor, decided_at=timezone.now(), decision_note=note.strip())
    audit.record(actor=actor, action="household_merge.refused", target=whole, note=whole.decision_note)
    return whole


@transaction.atomic
def confirm_household_merge(*, whole: HouseholdMerge, actor: User, note: str = "") -> HouseholdMerge:
    """Make the two files one, as proposed: all or nothing.

    Each person keeps the card of the file that stays; whom only the other file knows comes along. The file that is
    closed leaves the register, and what other apps keep for it follows its people. Two people confirming at once
    yield one joining and one TransitionNotAllowed.

    Raises:
        PermissionDenied: the actor may not confirm merges in both areas.
        TransitionNotAllowed: it was decided in the meantime.
        RuleViolation: the actor proposed it, or the register has changed so that the proposal does not fit any more.
    """
    whole, parts = _lock(whole)
    target = check("confirm", whole, actor).target
    if actor.pk == whole.proposed_by_id:
        raise RuleViolation(_("You proposed this merge. A second person has to confirm it."))
    list(DuplicatePair.objects.select_for_update().filter(pk__in=[part.pair_id for part in parts]).order_by("pk"))
    homes = {home.pk: home for home in _lock_homes(whole.kept_household_id, whole.closed_household_id)}
    keys = {key for part in parts for key in (part.survivor_id, part.merged_id)}
    people = {person.pk: person for person in Individual.objects.select_for_update().filter(pk__in=keys).order_by("pk")}
    comers = list(whole.comers.all())
    _check_members(homes[whole.closed_household_id], parts, comers)
    steps = 0
    for part in parts:
        part.survivor, part.merged = people[part.survivor_id], people[part.merged_id]
        part.kept_household = homes[whole.kept_household_id]
        part.closed_household = homes[whole.closed_household_id]
        lineage = Lineage(part)
        if part is parts[-1]:
            _bring_along(whole, comers, lineage)
        check_still_fits(part)
        carry_out(part, lineage, actor)
        steps += lineage.number
    _record(whole, parts, status=target, decided_by=actor, decided_at=timezone.now(), decision_note=note.strip())
    audit.record(
        actor=actor,
        action="household_merge.confirmed",
        target=whole,
        note=whole.decision_note,
        data={"parts": len(parts), "steps": steps},
    )
    # The same two households in each part: announced once.
    transaction.on_commit(partial(people_merged.send_robust, Merge, merge_id=parts[-1].pk))
    return whole


def _check_members(closed: Household, parts: Sequence[Merge], comers: Sequence[HouseholdMergeComer]) -> None:
    """Raise RuleViolation where other people live in the file that is closed than when this was proposed."""
    planned = {part.merged_id for part in parts} | {comer.individual_id for comer in comers}
    if {one.individual_id for one in members_of(closed)} != planned:
        raise RuleViolation(
            _(
                "Other people live in household {reference} now than when this was proposed. Refuse it and propose it"
                " again from what holds now."
            ).format(reference=closed.household_ref)
        )


def _bring_along(whole: HouseholdMerge, comers: Sequence[HouseholdMergeComer], lineage: Lineage) -> None:
    """Let those whom only the closed file knows live in the other one, since when they lived in the household."""
    rows = {
        row.individual_id: row
        for row in Membership.objects.select_for_update().filter(
            household=whole.closed_household_id,
            individual__in=[comer.individual_id for comer in comers],
            left_on__isnull=True,
        )
    }
    for comer in comers:
        lineage.change(
            rows[comer.individual_id],
            MergeStep.What.MOVED,
            household_id=whole.kept_household_id,
            relationship=comer.relationship,
        )


@transaction.atomic
def propose_household_undo(*, whole: HouseholdMerge, actor: User, note: str) -> HouseholdMerge:
    """Propose to make two files of one again; nothing moves until a second person confirms it.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: no reason is given, or something stands in the way.
    """
    whole, parts = _lock(whole)
    target = check("propose_undo", whole, actor).target
    if not note.strip():
        raise RuleViolation(_("Say why."))
    refuse_if_in_the_way(obstacles_to_household_undo(whole))
    _record(
        whole, parts, status=target, undo_proposed_by=actor, undo_proposed_at=timezone.now(), undo_note=note.strip()
    )
    audit.record(actor=actor, action="household_merge.undo_proposed", target=whole, note=whole.undo_note)
    return whole


@transaction.atomic
def keep_household_merge(*, whole: HouseholdMerge, actor: User, note: str) -> HouseholdMerge:
    """Refuse to take a joining back: it goes on standing.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: no reason is given.
    """
    whole, parts = _lock(whole)
    target = check("keep", whole, actor).target
    if not note.strip():
        raise RuleViolation(_("Say why."))
    _record(whole, parts, status=target)
    audit.record(actor=actor, action="household_merge.kept", target=whole, note=note.strip())
    return whole


@transaction.atomic
def confirm_household_undo(*, whole: HouseholdMerge, actor: User, note: str = "") -> HouseholdMerge:
    """Take a joining back: every row it touched gets its former values, in reverse order.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: the actor proposed it, or something that happened since stands in the way; it says what.
    """
    whole, parts = _lock(whole)
    target = check("confirm_undo", whole, actor).target
    if actor.pk == whole.undo_proposed_by_id:
        raise RuleViolation(_("You proposed to undo this merge. A second person has to confirm it."))
    refuse_if_in_the_way(_comers_gone(whole))
    take_back(parts)
    _record(whole, parts, status=target, undone_by=actor, undone_at=timezone.now())
    audit.record(actor=actor, action="household_merge.undone", target=whole, note=note.strip())
    transaction.on_commit(partial(people_parted.send_robust, Merge, merge_id=parts[-1].pk))
    return whole


def obstacles_to_household_undo(whole: HouseholdMerge) -> list[str]:
    """Return, in whole sentences, what stands in the way of making two files of one again."""
    return [*obstacles_among(list(whole.parts.order_by("pk"))), *_comers_gone(whole)]


def _comers_gone(whole: HouseholdMerge) -> list[str]:
    """Return who came along with the closed file and has left since: their membership can no longer go back."""
    stayed = Membership.objects.current().filter(household=whole.kept_household_id).values("individual")
    gone = whole.comers.exclude(individual__in=stayed).select_related("individual")
    return [
        _("{name}, who came along, has left household {household} since. Put that back first.").format(
            name=comer.individual.full_name, household=whole.kept_household.household_ref
        )
        for comer in gone
    ]

"""The verbs of programme versions: what a programme asks and gives is put in force by two people."""

import datetime as dt
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from ministry import audit, formats
from ministry.exceptions import RuleViolation
from ministry.models import Area, User
from programs.eligibility.checks import refuse_unsound
from programs.eligibility.tree import rules_of
from programs.models import (
    BenefitComponent,
    Condition,
    Criterion,
    LadderRung,
    MemberCondition,
    Program,
    ProgramVersion,
    RuleGroup,
)
from programs.signals import program_version_approved
from programs.workflows import PROGRAM_VERSION

_Status = ProgramVersion.Status


def country() -> Area | None:
    """Return the root of the area tree: what binds everywhere takes the right for the whole country."""
    return Area.objects.filter(parent__isnull=True).first()


def _lock(version: ProgramVersion) -> ProgramVersion:
    # The programme first: two versions of one programme are never approved side by side.
    Program.objects.select_for_update().get(pk=version.program_id)
    return ProgramVersion.objects.select_for_update().get(pk=version.pk)


@transaction.atomic
def submit_version(*, version: ProgramVersion, actor: User) -> ProgramVersion:
    """Hand a draft to a second person. Its rules and amounts are fixed from here on.

    Raises:
        PermissionDenied: the actor may not change versions for the whole country.
        TransitionNotAllowed: it is not a draft.
        RuleViolation: the rules cannot be compiled, or nothing is paid; the text gives every reason.
    """
    version = _lock(version)
    transition = PROGRAM_VERSION.check("submit", status=version.status, actor=actor, area=country())
    _refuse_unready(version)
    version.status = transition.target
    version.submitted_by = actor
    version.save(update_fields=["status", "submitted_by"])
    audit.record(actor=actor, action="program_version.submitted", target=version)
    return version


@transaction.atomic
def send_back_version(*, version: ProgramVersion, actor: User, note: str) -> ProgramVersion:
    """Give a submitted version back to those who write it, with the reason.

    Raises:
        PermissionDenied: the actor may not put versions in force.
        TransitionNotAllowed: it is not waiting for approval.
        RuleViolation: no reason was given.
    """
    version = _lock(version)
    transition = PROGRAM_VERSION.check("send_back", status=version.status, actor=actor, area=country())
    if not note.strip():
        raise RuleViolation(_("Say what has to be changed."))
    version.status = transition.target
    version.save(update_fields=["status"])
    audit.record(actor=actor, action="program_version.sent_back", target=version, note=note.strip())
    return version


@transaction.atomic
def approve_version(*, version: ProgramVersion, actor: User, note: str = "") -> ProgramVersion:
    """Put a version in force from its first day on; the version before ends the day before and is superseded.

    Two people who approve at once yield one approval and one TransitionNotAllowed.

    Raises:
        PermissionDenied: the actor may not put versions in force.
        TransitionNotAllowed: it is not waiting for approval.
        RuleViolation: the actor wrote or submitted it, its rules cannot be compiled, or it does not begin after the
            version in force.
    """
    version = _lock(version)
    transition = PROGRAM_VERSION.check("approve", status=version.status, actor=actor, area=country())
    if actor.pk in {version.prepared_by_id, version.submitted_by_id, *version.edited_by_ids}:
        raise RuleViolation(_("The person who approves must differ from those who wrote and submitted the version."))
    _refuse_unready(version)
    _supersede_before(version, actor)
    version.status = transition.target
    version.approved_by = actor
    version.approved_at = timezone.now()
    try:
        with transaction.atomic():
            version.save(update_fields=["status", "approved_by", "approved_at"])
    except IntegrityError as error:
        if "program_version_one_in_force_at_a_time" not in str(error):
            raise
        raise RuleViolation(
            _("Another version of this programme is in force on some of these days. Choose a later first day.")
        ) from error
    audit.record(actor=actor, action="program_version.approved", target=version, note=note)
    transaction.on_commit(partial(program_version_approved.send_robust, ProgramVersion, version_id=version.pk))
    return version


@transaction.atomic
def withdraw_version(*, version: ProgramVersion, actor: User, note: str = "") -> ProgramVersion:
    """Set aside a version that never was in force.

    Raises:
        PermissionDenied: the actor may not change versions.
        TransitionNotAllowed: it is in force, or was.
    """
    version = _lock(version)
    transition = PROGRAM_VERSION.check("withdraw", status=version.status, actor=actor, area=country())
    version.status = transition.target
    version.save(update_fields=["status"])
    audit.record(actor=actor, action="program_version.withdrawn", target=version, note=note)
    return version


@transaction.atomic
def draft_next_version(*, version: ProgramVersion, actor: User, starts_on: dt.date) -> ProgramVersion:
    """Copy a version, rules and amounts included, into a new draft of the same programme.

    Raises:
        PermissionDenied: the actor may not change versions.
    """
    PROGRAM_VERSION.check("submit", status=_Status.DRAFT, actor=actor, area=country())
    program = Program.objects.select_for_update().get(pk=version.program_id)
    draft = ProgramVersion.objects.create(
        program=program,
        number=(program.versions.aggregate(last=Max("number"))["last"] or 0) + 1,
        starts_on=starts_on,
        base_amount=version.base_amount,
        component_members_max=version.component_members_max,
        scoring_model=version.scoring_model,
        misses_forgotten_after=version.misses_forgotten_after,
        withheld_at_most=version.withheld_at_most,
        recovered_at_most=version.recovered_at_most,
        entry_by_days=version.entry_by_days,
        exit_by_days=version.exit_by_days,
        source=version.source,
        is_demonstration=version.is_demonstration,
        prepared_by=actor,
    )
    parts: list[BenefitComponent | Condition | LadderRung] = [
        *version.components.all(),
        *version.conditions.all(),
        *version.rungs.all(),
    ]
    for part in parts:
        part.pk = None
        part.version = draft
        part.save(force_insert=True)
    copy_rules(version, draft)
    audit.record(actor=actor, action="program_version.drafted", target=draft, data={"copied_from": version.number})
    return draft


def copy_rules(source: ProgramVersion, target: ProgramVersion) -> None:
    """Copy groups, criteria and member conditions into a version without any; there are some dozens of them."""
    copies: dict[int | None, RuleGroup | None] = {None: None}
    waiting = list(source.rule_groups.order_by("id"))
    while waiting:
        group = next(group for group in waiting if group.parent_id in copies)
        waiting.remove(group)
        above = copies[group.parent_id]
        copies[group.pk] = RuleGroup.objects.create(
            version=target, parent=above, kind=group.kind, position=group.position
        )
    group_ids = {old: copy.pk for old, copy in copies.items() if old is not None and copy is not None}
    for criterion in Criterion.objects.filter(group__version=source).prefetch_related("member_conditions"):
        conditions = list(criterion.member_conditions.all())
        copy = Criterion.objects.get(pk=criterion.pk)
        copy.pk = None
        copy.group_id = group_ids[criterion.group_id]
        copy.save(force_insert=True)
        MemberCondition.objects.bulk_create(
            MemberCondition(criterion=copy, field=row.field, operator=row.operator, value=row.value)
            for row in conditions
        )


def _refuse_unready(version: ProgramVersion) -> None:
    refuse_unsound(rules_of(version))
    has_components = BenefitComponent.objects.filter(version=version).exists()
    if version.base_amount <= 0 and not (has_components and version.component_members_max):
        raise RuleViolation(
            _("The version pays nothing: give a base amount, or components and how many members count.")
        )


def _supersede_before(version: ProgramVersion, actor: User) -> None:
    earlier = ProgramVersion.objects.select_for_update().filter(program=version.program_id, status=_Status.IN_FORCE)
    for before in earlier.order_by("pk"):
        transition = PROGRAM_VERSION.check("supersede", status=before.status, actor=actor, area=country())
        if before.starts_on >= version.starts_on:
            raise RuleViolation(
                _("Version {number} is in force from {day}. A version that follows it must begin later.").format(
                    number=before.number, day=formats.day(before.starts_on)
                )
            )
        last_day = version.starts_on - dt.timedelta(days=1)
        before.status = transition.target
        before.ends_on = last_day if before.ends_on is None else min(before.ends_on, last_day)
        before.save(update_fields=["status", "ends_on"])
        audit.record(
            actor=actor, action="program_version.superseded", target=before, data={"by_version": version.number}
        )

"""What people decide about findings and steps: excuses, appeals, proposed exits. What was withheld comes back.

A miss that turned out to be none takes with it every step that would not have been taken without it; the preparation
of the next payment finds what those steps withheld.
"""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.queries.standing import all_cards
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import Document, User
from programs.admission.reasons import CONDITIONS, shipped
from programs.compliance.rules import Kind, Ladder, Rung, still_stands
from programs.messages import APPEAL_LOST, STEP_LIFTED
from programs.models import (
    ComplianceAppeal,
    CompliancePeriod,
    ComplianceRecord,
    ComplianceStep,
    Enrolment,
    EntitlementLine,
    Excuse,
    LadderRung,
    Program,
    ProgramVersion,
)
from programs.queries.compliance import periods_missed
from programs.services.compliance.periods import months_later, next_month
from programs.services.enrolments import clean_reason, exit_enrolment
from programs.services.notices import tell_household_about
from programs.workflows import COMPLIANCE_APPEAL, COMPLIANCE_STEP, EXCUSE

Status = ComplianceStep.Status
Outcome = ComplianceRecord.Outcome


def _lock(enrolment_id: int) -> Enrolment:
    """Lock programme and enrolment: decisions about one household, and the closing of a period, wait for each other.

    Raises:
        RuleViolation: a period of the programme is being closed right now.
    """
    enrolment = Enrolment.objects.select_related("household__area").get(pk=enrolment_id)
    Program.objects.select_for_update(no_key=True).get(pk=enrolment.program_id)
    periods = CompliancePeriod.objects.filter(program=enrolment.program_id)
    if periods.filter(status=CompliancePeriod.Status.CLOSING).exists():
        raise RuleViolation(_("A period of this programme is being closed right now. Try again in a few minutes."))
    return (
        Enrolment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("household__area")
        .get(pk=enrolment_id)
    )


@transaction.atomic
def file_excuse(*, record: ComplianceRecord, actor: User, reason: str, evidence: Document | None = None) -> Excuse:
    """Ask that a miss be excused; a second person decides. Steps go on until then.

    Raises:
        PermissionDenied: the actor may not file excuses where the household lives.
        RuleViolation: there is no miss to excuse, an excuse is waiting already, or no reason was given.
    """
    enrolment = _lock(record.enrolment_id)
    if not actor.has_perm("programs.add_excuse", enrolment.area):
        raise PermissionDenied
    record = ComplianceRecord.objects.select_for_update().get(pk=record.pk)
    if record.outcome != Outcome.NOT_MET:
        raise RuleViolation(_("Only a condition that was not met can be excused."))
    try:
        with transaction.atomic():
            excuse = Excuse.objects.create(
                record=record, reason=clean_reason(reason), evidence=evidence, filed_by=actor
            )
    except IntegrityError as error:
        if "excuse_one_open" not in str(error):
            raise
        raise RuleViolation(_("An excuse for this is waiting for a decision already.")) from error
    audit.record(actor=actor, action="excuse.filed", target=excuse, note=excuse.reason, data={"record": record.pk})
    return excuse


@transaction.atomic
def decide_excuse(*, excuse: Excuse, actor: User, accept: bool, note: str) -> Excuse:
    """Accept an excuse, so that the miss is none, or refuse it.

    Raises:
        PermissionDenied: the actor may not decide where the household lives.
        TransitionNotAllowed: it has been decided already.
        RuleViolation: the actor filed it, or no reason was given.
    """
    enrolment = _lock(excuse.record.enrolment_id)
    excuse = Excuse.objects.select_for_update(of=("self",)).select_related("record__period").get(pk=excuse.pk)
    verb = "accept" if accept else "refuse"
    target = EXCUSE.check(verb, status=excuse.status, actor=actor, area=enrolment.area).target
    if actor.pk == excuse.filed_by_id:
        raise RuleViolation(_("Whoever decides must differ from the person who filed it."))
    excuse.status, excuse.decided_by, excuse.decided_at = target, actor, timezone.now()
    excuse.decision_note = clean_reason(note)
    excuse.save(update_fields=["status", "decided_by", "decided_at", "decision_note"])
    lifted = _excuse_misses(excuse.record, actor, excuse.decision_note, whole_period=False) if accept else []
    audit.record(
        actor=actor, action=f"excuse.{target}", target=excuse, note=excuse.decision_note, data={"steps_lifted": lifted}
    )
    return excuse


@transaction.atomic
def file_appeal(*, step: ComplianceStep, actor: User, reason: str) -> ComplianceAppeal:
    """Contest a step for the household. The step is frozen until the appeal is decided.

    Raises:
        PermissionDenied: the actor may not file appeals where the household lives.
        TransitionNotAllowed: the step is frozen, lifted or decided.
        RuleViolation: it was appealed before, or no reason was given.
    """
    enrolment = _lock(step.enrolment_id)
    step = ComplianceStep.objects.select_for_update().get(pk=step.pk)
    target = COMPLIANCE_STEP.check("appeal", status=step.status, actor=actor, area=enrolment.area).target
    if step.appeals.exists():
        raise RuleViolation(_("This step has been appealed against before. The household can still complain."))
    appeal = ComplianceAppeal.objects.create(step=step, reason=clean_reason(reason), filed_by=actor)
    step.status = target
    step.save(update_fields=["status"])
    audit.record(
        actor=actor, action="compliance_appeal.filed", target=appeal, note=appeal.reason, data={"step": step.pk}
    )
    return appeal


@transaction.atomic
def decide_appeal(*, appeal: ComplianceAppeal, actor: User, won: bool, note: str) -> ComplianceAppeal:
    """Decide an appeal: won, the misses of the period are none; lost, the step applies from the next payment on.

    Raises:
        PermissionDenied: the actor may not decide where the household lives.
        TransitionNotAllowed: it has been decided already.
        RuleViolation: the actor filed it, or no reason was given.
    """
    enrolment = _lock(appeal.step.enrolment_id)
    appeal = ComplianceAppeal.objects.select_for_update(of=("self",)).select_related("step__period").get(pk=appeal.pk)
    verb = "win" if won else "lose"
    target = COMPLIANCE_APPEAL.check(verb, status=appeal.status, actor=actor, area=enrolment.area).target
    if actor.pk == appeal.filed_by_id:
        raise RuleViolation(_("Whoever decides must differ from the person who filed it."))
    _settle(appeal, target, actor, clean_reason(note))
    lifted: list[int] = []
    if won:
        missed = _misses(appeal.step)
        lifted = _excuse_misses(missed[0], actor, appeal.decision_note, whole_period=True)
    else:
        _take_up_again(appeal.step, enrolment)
        tell_household_about(appeal.step, code=APPEAL_LOST)
    audit.record(
        actor=actor,
        action=f"compliance_appeal.{target}",
        target=appeal,
        note=appeal.decision_note,
        data={"steps_lifted": lifted},
    )
    return appeal


@transaction.atomic
def decide_proposed_exit(*, step: ComplianceStep, actor: User, leaves: bool, reason: str) -> ComplianceStep:
    """Decide about an exit the ladder proposed: the enrolment ends, or it goes on.

    Raises:
        PermissionDenied: the actor may not end enrolments where the household lives.
        TransitionNotAllowed: it has been decided, lifted, or an appeal is open.
        RuleViolation: nothing was proposed, or no reason was given.
    """
    enrolment = _lock(step.enrolment_id)
    step = ComplianceStep.objects.select_for_update().get(pk=step.pk)
    verb = "exit" if leaves else "dismiss"
    target = COMPLIANCE_STEP.check(verb, status=step.status, actor=actor, area=enrolment.area).target
    if step.kind != LadderRung.Kind.EXIT_PROPOSAL:
        raise RuleViolation(_("No exit was proposed here."))
    reason = clean_reason(reason)
    if leaves:
        exit_enrolment(enrolment=enrolment, actor=actor, reason=reason, code=shipped(CONDITIONS).code)
    _end(step, target, actor, reason)
    audit.record(
        actor=actor, action=f"proposed_exit.{verb}", target=step, note=reason, data={"enrolment": enrolment.pk}
    )
    return step


def _settle(appeal: ComplianceAppeal, status: str, actor: User, note: str) -> None:
    appeal.status, appeal.decided_by, appeal.decided_at, appeal.decision_note = status, actor, timezone.now(), note
    appeal.save(update_fields=["status", "decided_by", "decided_at", "decision_note"])


def _end(step: ComplianceStep, status: str, actor: User, note: str) -> None:
    step.status, step.decided_by, step.decided_at, step.decision_note = status, actor, timezone.now(), note
    step.save(update_fields=["status", "decided_by", "decided_at", "decision_note"])


def _misses(step: ComplianceStep) -> list[ComplianceRecord]:
    return list(
        ComplianceRecord.objects.filter(
            enrolment=step.enrolment_id,
            period=step.period_id,
            individual__in=all_cards(step.individual_id),
            outcome=Outcome.NOT_MET,
        ).select_related("period")
    )


def _take_up_again(step: ComplianceStep, enrolment: Enrolment) -> None:
    """Let a frozen step apply for the months it has not reduced yet, from the next payment on."""
    step.status = Status.IN_FORCE
    left = step.months - step.lines.filter(kind=EntitlementLine.Kind.WITHHELD).count()
    if left > 0:
        step.applies_from = next_month(enrolment.program)
        step.applies_to = months_later(step.applies_from, left - 1)
    step.save(update_fields=["status", "applies_from", "applies_to"])


def _excuse_misses(record: ComplianceRecord, actor: User, note: str, *, whole_period: bool) -> list[int]:
    """Turn a miss (`whole_period`: all of the member's in that period) into none, and lift what no longer stands."""
    misses = ComplianceRecord.objects.filter(
        enrolment=record.enrolment_id,
        period=record.period_id,
        individual__in=all_cards(record.individual_id),
        outcome=Outcome.NOT_MET,
    )
    (misses if whole_period else misses.filter(pk=record.pk)).update(outcome=Outcome.EXCUSED)
    return _lift_what_no_longer_stands(record, actor, note)


def _lift_what_no_longer_stands(record: ComplianceRecord, actor: User, note: str) -> list[int]:
    periods = list(
        CompliancePeriod.objects.filter(
            program=record.period.program_id, months=record.period.months, status=CompliancePeriod.Status.CLOSED
        )
        .order_by("starts_on")
        .values_list("pk", flat=True)
    )
    cards = all_cards(record.individual_id)
    missed_in = periods_missed(record.enrolment_id, cards)
    missed = [period in missed_in for period in periods]
    steps = (
        ComplianceStep.objects.select_for_update(of=("self",))
        .filter(
            enrolment=record.enrolment_id,
            individual__in=cards,
            period__in=periods,
            period__starts_on__gte=record.period.starts_on,
            status__in=[Status.IN_FORCE, Status.FROZEN],
        )
        .select_related("rung", "period__version")
        .order_by("pk")
    )
    lifted = []
    for step in steps:
        upto = missed[: periods.index(step.period_id) + 1]
        if still_stands(_rung(step.rung), upto, ladder_of(step.period.version)):
            continue
        for appeal in step.appeals.filter(status=ComplianceAppeal.Status.OPEN):
            if appeal.filed_by_id == actor.pk:
                raise RuleViolation(
                    _("This lifts a step against which you filed an appeal. Somebody else has to decide.")
                )
            _settle(appeal, ComplianceAppeal.Status.WON, actor, note)
        _end(step, Status.LIFTED, actor, note)
        tell_household_about(step, code=STEP_LIFTED)
        lifted.append(step.pk)
    return lifted


def _rung(row: LadderRung) -> Rung:
    return Rung(
        kind=Kind(row.kind),
        misses=row.misses,
        window=row.window_periods,
        share=row.share_percent,
        of_household=row.of_household,
        months=row.months,
    )


def ladder_of(version: ProgramVersion) -> Ladder:
    """Return a version's ladder as the rules read it."""
    return Ladder(tuple(_rung(row) for row in version.rungs.order_by("position")), version.misses_forgotten_after)

"""The verbs of enrolment: households are admitted by a person, from the latest check, and leave with a reason."""

from dataclasses import dataclass
from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ministry import audit, formats
from ministry.exceptions import RuleViolation
from ministry.models import User
from programs.admission.reasons import OTHER, shipped
from programs.admission.rules import may_return_on
from programs.models import EligibilityDecision, EligibilityRun, Enrolment, EnrolmentReason, Program, ProgramVersion
from programs.queries.admissions import plan_in_force
from programs.queries.eligibility import latest_run
from programs.queries.enrolments import ADMISSIBLE_SQL
from programs.services.notices import tell_household_about_enrolment
from programs.signals import enrolment_changed, enrolments_confirmed
from programs.workflows import ENROLMENT

REASON_MAX = 300


@dataclass(frozen=True)
class Confirmation:
    """What confirming a list did."""

    enrolled: int


@transaction.atomic
def confirm_enrolments(*, run: EligibilityRun, actor: User, expected: int | None = None) -> Confirmation:
    """Admit every household that the run found eligible and that is not in the programme, within the actor's areas.

    Left out are households that are paused (enrolled already), that left the programme before (each is decided by a
    person, `readmit_household`), that left the register, or in which nobody can be paid. `expected` is the number the
    person saw and confirmed. Repeating it admits nobody; two people at once admit each household once.

    Raises:
        PermissionDenied: the actor may admit nobody anywhere.
        RuleViolation: the run is not the latest complete one of the version in force, other households than those
            that were shown would be admitted, or the programme's places are limited.
    """
    paths = actor.area_paths_with("programs.confirm_enrolment")
    if not paths:
        raise PermissionDenied
    run = lock_current_run(run)
    program = run.version.program
    _refuse_limited(program)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO programs_enrolment"
            " (program_id, household_id, status, run_id, enrolled_on, confirmed_by_id, status_reason)"
            f" SELECT %s, h.id, 'enrolled', %s, %s, %s, '' {ADMISSIBLE_SQL}"
            # Of two files of one person admitted together, the one registered later is the later enrolment.
            " ORDER BY h.id"
            " ON CONFLICT (program_id, household_id) WHERE status IN ('enrolled', 'suspended') DO NOTHING",
            [
                program.pk,
                run.pk,
                timezone.localdate(),
                actor.pk,
                run.pk,
                [f"{path}%" for path in paths],
                program.pk,
            ],
        )
        enrolled = cursor.rowcount
    if enrolled and expected is not None and enrolled != expected:
        raise RuleViolation(
            ngettext(
                "The list has changed since you saw it: it now has {count} household. Look at it again.",
                "The list has changed since you saw it: it now has {count} households. Look at it again.",
                enrolled,
            ).format(count=formats.number(enrolled))
        )
    if enrolled:
        audit.record(
            actor=actor,
            action="enrolments.confirmed",
            target=run,
            data={"program": program.pk, "enrolled": enrolled, "areas": paths},
        )
        transaction.on_commit(partial(enrolments_confirmed.send_robust, EligibilityRun, run_id=run.pk))
    return Confirmation(enrolled=enrolled)


@transaction.atomic
def readmit_household(*, run: EligibilityRun, household_id: int, actor: User, reason: str) -> Enrolment:
    """Admit one household that left the programme before, because a person has looked at why it left.

    Raises:
        PermissionDenied: the actor may not admit households where this one lives.
        RuleViolation: no reason was given, the run is not the current one, it did not find the household eligible, the
            household has not left before, may not come back yet, or is in the programme already.
    """
    reason = clean_reason(reason)
    run = lock_current_run(run)
    program = run.version.program
    _refuse_limited(program)
    decision = (
        EligibilityDecision.objects.filter(run=run, household_id=household_id, decision="eligible")
        .select_related("household__area")
        .first()
    )
    if decision is None:
        raise RuleViolation(_("The latest check did not find this household eligible."))
    if not actor.has_perm("programs.confirm_enrolment", decision.household.area):
        raise PermissionDenied
    ended = Enrolment.objects.filter(program=program, household_id=household_id, status=Enrolment.Status.EXITED)
    if not ended:
        raise RuleViolation(_("This household has not left the programme before. Confirm the list instead."))
    for earlier in ended.select_related("reason"):
        refuse_early_return(earlier)
    try:
        with transaction.atomic():
            enrolment = Enrolment.objects.create(
                program=program,
                household_id=household_id,
                run=run,
                enrolled_on=timezone.localdate(),
                confirmed_by=actor,
                status_reason=reason,
            )
    except IntegrityError as error:
        if "enrolment_once_per_program" not in str(error):
            raise
        raise RuleViolation(_("This household is in the programme already.")) from error
    audit.record(actor=actor, action="enrolment.readmitted", target=enrolment, note=reason)
    transaction.on_commit(partial(enrolment_changed.send_robust, Enrolment, enrolment_id=enrolment.pk, verb="readmit"))
    return enrolment


def suspend_enrolment(*, enrolment: Enrolment, actor: User, reason: str, code: str = "") -> Enrolment:
    """Pause an enrolment: nothing is paid until a person resumes it. The household is told why.

    `code` names the reason (`EnrolmentReason`); without one it is «another reason», explained by the words alone.

    Raises:
        PermissionDenied: the actor may not do this where the household lives.
        TransitionNotAllowed: it is not enrolled.
        RuleViolation: no reason was given, or one that does not belong to this step.
    """
    return _change(enrolment, "suspend", actor, reason, code)


def resume_enrolment(*, enrolment: Enrolment, actor: User, reason: str, code: str = "") -> Enrolment:
    """Take up a paused enrolment again. The household is told.

    Raises:
        PermissionDenied: the actor may not do this where the household lives.
        TransitionNotAllowed: it is not paused.
        RuleViolation: no reason was given, or one that does not belong to this step.
    """
    return _change(enrolment, "resume", actor, reason, code)


def graduate_enrolment(*, enrolment: Enrolment, actor: User, reason: str, code: str = "") -> Enrolment:
    """End an enrolment because the household no longer needs it. The household is told.

    Raises:
        PermissionDenied: the actor may not do this where the household lives.
        TransitionNotAllowed: it is paused, or has ended already.
        RuleViolation: no reason was given, or one that does not belong to this step.
    """
    return _change(enrolment, "graduate", actor, reason, code)


def exit_enrolment(*, enrolment: Enrolment, actor: User, reason: str, code: str = "") -> Enrolment:
    """End an enrolment for good; coming back takes a new one, not before the reason's time has passed.

    Raises:
        PermissionDenied: the actor may not do this where the household lives.
        TransitionNotAllowed: it has ended already.
        RuleViolation: no reason was given, or one that does not belong to this step.
    """
    return _change(enrolment, "exit", actor, reason, code)


@transaction.atomic
def _change(enrolment: Enrolment, verb: str, actor: User, words: str, code: str) -> Enrolment:
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("household__area", "program")
        .get(pk=enrolment.pk)
    )
    transition = ENROLMENT.check(verb, status=enrolment.status, actor=actor, area=enrolment.area)
    enrolment.reason = _reason(verb, code)
    # A reason that says everything needs no words; it is kept in words all the same, as it is called now.
    if words.strip() or enrolment.reason.needs_words:
        enrolment.status_reason = clean_reason(words)
    else:
        enrolment.status_reason = enrolment.reason.name_ar
    enrolment.status = transition.target
    if transition.target == Enrolment.Status.EXITED:
        enrolment.ended_on = max(timezone.localdate(), enrolment.enrolled_on)
    enrolment.save(update_fields=["status", "reason", "status_reason", "ended_on"])
    entry = audit.record(
        actor=actor,
        action=f"enrolment.{verb}",
        target=enrolment,
        note=enrolment.status_reason,
        data={"reason": enrolment.reason.code},
    )
    tell_household_about_enrolment(enrolment, step=entry.pk)
    transaction.on_commit(partial(enrolment_changed.send_robust, Enrolment, enrolment_id=enrolment.pk, verb=verb))
    return enrolment


def _reason(verb: str, code: str) -> EnrolmentReason:
    """Return the reason of a step, by its code."""
    if not code:
        return shipped(OTHER[verb])
    reason = EnrolmentReason.objects.filter(code=code, verb=verb, is_active=True).first()
    if reason is None:
        raise RuleViolation(_("This reason does not belong to this step, or is no longer in use. Choose another one."))
    return reason


def refuse_early_return(earlier: Enrolment) -> None:
    """Refuse whoever comes back before the time that the reason of the last end asks for."""
    if earlier.reason is None or earlier.ended_on is None:
        return
    day = may_return_on(ended_on=earlier.ended_on, months=earlier.reason.returns_after_months)
    if timezone.localdate() < day:
        raise RuleViolation(
            _("This household left for a reason after which it can come back from {day} on: {reason}.").format(
                day=formats.day(day), reason=earlier.reason.name
            )
        )


def lock_current_run(run: EligibilityRun) -> EligibilityRun:
    """Return the run, locked, if admissions may rest on it."""
    run = EligibilityRun.objects.select_for_update(of=("self",)).select_related("version__program").get(pk=run.pk)
    if run.status != EligibilityRun.Status.COMPLETE:
        raise RuleViolation(_("This check is not finished."))
    in_force = ProgramVersion.objects.filter(program=run.version.program).in_force(timezone.localdate()).first()
    latest = latest_run(run.version.program)
    if in_force != run.version or latest != run:
        raise RuleViolation(_("There is a later check, or a later version of the rules. Confirm the latest list."))
    return run


def _refuse_limited(program: Program) -> None:
    """Refuse to admit by the check alone where places or money are limited: there applicants are ranked."""
    if plan_in_force(program, timezone.localdate()) is not None:
        raise RuleViolation(
            _("The places of this programme are limited: enter an application, and rank the applicants.")
        )


def clean_reason(text: str) -> str:
    """Return a reason on one line.

    Raises:
        RuleViolation: it is empty or too long.
    """
    text = " ".join(text.split())
    if not text:
        raise RuleViolation(_("Give the reason."))
    if len(text) > REASON_MAX:
        raise RuleViolation(_("Give the reason in at most {limit} characters.").format(limit=REASON_MAX))
    return text

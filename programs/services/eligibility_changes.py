"""The verbs of changes of eligibility: found by comparing two checks in two statements, decided by people one by one.

A check changes no enrolment: whoever ceased to be eligible stays until one person proposes the exit and another one
confirms it; whoever became eligible is admitted by the verbs of enrolment.
"""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import Household
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import User
from programs.admission.reasons import NOT_ELIGIBLE, shipped
from programs.models import EligibilityChange, EligibilityRun, Program
from programs.services.enrolments import clean_reason, exit_enrolment
from programs.workflows import ELIGIBILITY_CHANGE

_Kind = EligibilityChange.Kind

# Parameters: run, programme, run. A waiting change is overtaken when this check finds what was before, when the
# household is no longer asked, when its enrolment has ended, or when it was admitted meanwhile.
_OVERTAKE = """
    UPDATE programs_eligibilitychange c SET status = 'overtaken'
    FROM programs_eligibilitychange own
    LEFT JOIN programs_eligibilitydecision d ON d.run_id = %s AND d.household_id = own.household_id
    LEFT JOIN programs_enrolment e
      ON e.program_id = own.program_id AND e.household_id = own.household_id AND e.status <> 'exited'
    WHERE c.id = own.id AND own.program_id = %s AND own.status IN ('open', 'exit_proposed') AND own.run_id < %s
      AND (d.decision IS NULL OR (d.decision = 'eligible') <> (own.kind = 'became')
           OR (e.id IS NULL) <> (own.kind = 'became'))
"""
# Parameters: programme, run before, run, run before, programme, run. Who became eligible and is in the programme, and
# who ceased to be and is not, brings nothing to decide.
_FIND = """
    INSERT INTO programs_eligibilitychange
        (program_id, household_id, kind, before_run_id, run_id, before, after, failed, unknown, enrolment_id, status,
         found_at, note)
    SELECT %s, now.household_id, CASE WHEN now.decision = 'eligible' THEN 'became' ELSE 'ceased' END, %s, %s,
           coalesce(was.decision, ''), now.decision, now.failed, now.unknown, e.id, 'open', now(), ''
    FROM programs_eligibilitydecision now
    LEFT JOIN programs_eligibilitydecision was ON was.run_id = %s AND was.household_id = now.household_id
    LEFT JOIN programs_enrolment e
      ON e.program_id = %s AND e.household_id = now.household_id AND e.status <> 'exited'
    WHERE now.run_id = %s
      AND (now.decision = 'eligible') IS DISTINCT FROM (coalesce(was.decision, '') = 'eligible')
      AND (now.decision = 'eligible') = (e.id IS NULL)
    ON CONFLICT DO NOTHING
"""


@transaction.atomic
def record_changes(*, run: EligibilityRun) -> int:
    """Put into the queue whom a complete check found otherwise than the one before; return how many.

    The first check of a programme has nothing to be compared with: its eligible households stand on the list of
    admissions. Repeating it finds nothing new. Two statements, however many households.
    """
    program_id = run.version.program_id
    before = (
        EligibilityRun.objects.complete()
        .filter(version__program=program_id, pruned_at__isnull=True, pk__lt=run.pk)
        .order_by("-pk")
        .first()
    )
    if before is None or run.status != EligibilityRun.Status.COMPLETE:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_OVERTAKE, [run.pk, program_id, run.pk])
        cursor.execute(_FIND, [program_id, before.pk, run.pk, before.pk, program_id, run.pk])
        return cursor.rowcount


def propose_exit(*, change: EligibilityChange, actor: User, reason: str) -> EligibilityChange:
    """Propose that a household which is no longer eligible leaves the programme; a second person decides.

    Raises:
        PermissionDenied: the actor may not decide where the household lives.
        TransitionNotAllowed: somebody has decided already, or a later check found otherwise.
        RuleViolation: no reason was given, or it did not cease to be eligible.
    """
    with transaction.atomic():
        change, target = _opened(change, "propose_exit", actor, _Kind.CEASED)
        change.status, change.proposed_by, change.note = target, actor, clean_reason(reason)
        change.save(update_fields=["status", "proposed_by", "note"])
        audit.record(actor=actor, action="eligibility_change.proposed", target=change, note=change.note)
        return change


def confirm_exit(*, change: EligibilityChange, actor: User, reason: str) -> EligibilityChange:
    """End the enrolment, as another person proposed.

    Raises:
        PermissionDenied, TransitionNotAllowed: as above, or the enrolment has ended already.
        RuleViolation: the actor proposed it, or no reason was given.
    """
    with transaction.atomic():
        change, target = _opened(change, "confirm_exit", actor, _Kind.CEASED)
        if actor.pk == change.proposed_by_id:
            raise RuleViolation(_("The person who confirms the exit must differ from the one who proposed it."))
        if change.enrolment is None:
            raise RuleViolation(_("The household is not in the programme."))
        reason = clean_reason(reason)
        exit_enrolment(enrolment=change.enrolment, actor=actor, reason=reason, code=shipped(NOT_ELIGIBLE).code)
        return _decided(change, target, actor, reason, "eligibility_change.exited")


def keep(*, change: EligibilityChange, actor: User, reason: str) -> EligibilityChange:
    """Leave everything as it is, with the reason; the change is not found again.

    Raises:
        PermissionDenied, TransitionNotAllowed: as above.
        RuleViolation: no reason was given.
    """
    with transaction.atomic():
        change, target = _opened(change, "keep", actor, None)
        return _decided(change, target, actor, clean_reason(reason), "eligibility_change.kept")


@dataclass(frozen=True)
class HandedOver:
    """How many households a person passed on for admission."""

    households: int


@transaction.atomic
def hand_over(*, program: Program, actor: User) -> HandedOver:
    """Pass on, in the actor's areas, all who became eligible: they stand on the latest check's list of admissions.

    One statement; whom another person passes on at the same moment is passed on once. Nobody is admitted by it.

    Raises:
        PermissionDenied: the actor may admit nobody anywhere.
    """
    permission = ELIGIBILITY_CHANGE.permission_of("hand_over")
    if not actor.area_paths_with(permission):
        raise PermissionDenied
    waiting = EligibilityChange.objects.visible_to(actor, permission).filter(
        program=program, kind=_Kind.BECAME, status=EligibilityChange.Status.OPEN
    )
    count = EligibilityChange.objects.filter(pk__in=waiting.values("pk"), status="open").update(
        status=EligibilityChange.Status.HANDED_OVER,
        decided_by=actor,
        decided_at=timezone.now(),
    )
    if count:
        audit.record(actor=actor, action="eligibility_change.handed_over", target=program, data={"households": count})
    return HandedOver(count)


def _opened(
    change: EligibilityChange, verb: str, actor: User, kind: EligibilityChange.Kind | None
) -> tuple[EligibilityChange, str]:
    """Return the change, locked, and where the verb leads."""
    change = (
        EligibilityChange.objects.select_for_update(of=("self",))
        .select_related("household__area", "enrolment")
        .get(pk=change.pk)
    )
    transition = ELIGIBILITY_CHANGE.check(verb, status=change.status, actor=actor, area=change.area)
    if change.household.status == Household.Status.INACTIVE:
        # Its enrolment may have gone to another household with its people; the next check takes this off the list.
        raise RuleViolation(
            _("Household {reference} has left the register since this was found. There is nothing to decide.").format(
                reference=change.household.household_ref
            )
        )
    if kind is not None and change.kind != kind:
        raise RuleViolation(_("This household did not cease to be eligible."))
    return change, transition.target


def _decided(change: EligibilityChange, target: str, actor: User, reason: str, action: str) -> EligibilityChange:
    change.status, change.note = target, reason
    change.decided_by, change.decided_at = actor, timezone.now()
    change.save(update_fields=["status", "note", "decided_by", "decided_at"])
    audit.record(actor=actor, action=action, target=change, note=reason)
    return change

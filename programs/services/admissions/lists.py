"""Ranked lists: drawn by one person as a preview, confirmed by another; a few statements however long the list is."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import Area, User
from programs.models import AdmissionList, Application, EligibilityRun, Program
from programs.queries.admissions import (
    CANDIDATES_SQL,
    candidate_params,
    committed_monthly,
    plan_in_force,
    rank_statement,
)
from programs.queries.eligibility import latest_run
from programs.services.enrolments import lock_current_run
from programs.services.notices import write_waiting_notices
from programs.signals import enrolments_confirmed
from programs.workflows import ADMISSION_LIST

_Status = AdmissionList.Status


@transaction.atomic
def draw_list(*, run: EligibilityRun, actor: User) -> AdmissionList:
    """Rank all verified and waiting applicants of a programme, and say with whom places and money reach.

    Nobody is admitted by it. The order: the poorer first, an unknown score last; then who applied earlier; then by lot.
    Within each area as many as it has places, over the country as far as the money reaches.

    Raises:
        PermissionDenied: the actor may not draw lists for the whole country.
        RuleViolation: the run is not the latest complete one of the version in force, another list waits for a second
            person, or nobody can be ranked.
    """
    if not actor.has_perm("programs.add_admissionlist", Area.objects.root()):
        raise PermissionDenied
    run = lock_current_run(run)
    program = Program.objects.select_for_update().get(pk=run.version.program_id)
    today = timezone.localdate()
    if AdmissionList.objects.filter(program=program, status=_Status.DRAWN).exists():
        raise RuleViolation(_("A list waits for a second person. It has to be confirmed or withdrawn first."))
    plan = plan_in_force(program, today)
    committed = committed_monthly(run.version, today)
    drawn = AdmissionList.objects.create(
        program=program, version=run.version, run=run, plan=plan, on_date=today, committed=committed, prepared_by=actor
    )
    money_left = plan.monthly_limit - committed if plan is not None and plan.monthly_limit is not None else None
    statement, params = rank_statement(run=run, plan=plan, list_id=drawn.pk, money_left=money_left, on_date=today)
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        ranked = cursor.rowcount
    if not ranked:
        raise RuleViolation(_("Nobody can be ranked: no verified applicant was found eligible by the latest check."))
    within = Q(outcome="within")
    counted = drawn.entries.aggregate(within=Count("pk", filter=within), added=Sum("due", filter=within))
    drawn.within, drawn.added = counted["within"], counted["added"] or 0
    drawn.waiting = ranked - drawn.within
    asked = Application.objects.filter(program=program, status__in=["verified", "waiting"]).count()
    drawn.unranked = asked - ranked
    drawn.save(update_fields=["within", "added", "waiting", "unranked"])
    audit.record(
        actor=actor,
        action="admission_list.drawn",
        target=drawn,
        data={"within": drawn.within, "waiting": drawn.waiting, "unranked": drawn.unranked, "run": run.pk},
    )
    return drawn


@transaction.atomic
def confirm_list(*, drawn: AdmissionList, actor: User) -> AdmissionList:
    """Admit who is within the places, and let the others wait in the order of the list.

    A few statements, however many households. Who cannot be admitted any more (no longer eligible by the latest check,
    left the register, withdrew, has nobody to be paid) is counted and stays an applicant.

    Raises:
        PermissionDenied: the actor may not confirm lists for the whole country.
        TransitionNotAllowed: it was confirmed or withdrawn already.
        RuleViolation: the actor drew it; another version or plan is in force by now; or places were taken or money
            committed meanwhile.
    """
    latest = latest_run(drawn.program)
    if latest is None or latest.version_id != drawn.version_id:
        raise RuleViolation(_("Another version of the rules is in force by now. Withdraw the list and draw it again."))
    run = lock_current_run(latest)
    program = Program.objects.select_for_update().get(pk=drawn.program_id)
    drawn = AdmissionList.objects.select_for_update().get(pk=drawn.pk)
    transition = ADMISSION_LIST.check("confirm", status=drawn.status, actor=actor, area=Area.objects.root())
    if actor.pk == drawn.prepared_by_id:
        raise RuleViolation(_("The person who confirms the list must differ from the one who drew it."))
    today = timezone.localdate()
    plan = plan_in_force(program, today)
    if (plan.pk if plan else None) != drawn.plan_id:
        raise RuleViolation(_("The places have changed since the list was drawn. Withdraw it and draw it again."))
    if committed_monthly(run.version, today) > drawn.committed and plan is not None and plan.monthly_limit is not None:
        raise RuleViolation(_("More is committed than when the list was drawn. Withdraw it and draw it again."))
    admitted = _admit(drawn, run, actor)
    _let_wait(drawn)
    drawn.status, drawn.decided_by, drawn.decided_at = transition.target, actor, timezone.now()
    drawn.left_over = drawn.within - admitted
    drawn.save(update_fields=["status", "decided_by", "decided_at", "left_over"])
    audit.record(
        actor=actor,
        action="admission_list.confirmed",
        target=drawn,
        data={"admitted": admitted, "left_over": drawn.left_over, "waiting": drawn.waiting},
    )
    write_waiting_notices(drawn)
    transaction.on_commit(partial(enrolments_confirmed.send_robust, EligibilityRun, run_id=run.pk))
    return drawn


@transaction.atomic
def withdraw_list(*, drawn: AdmissionList, actor: User) -> AdmissionList:
    """Set a list aside; the applicants stay as they were.

    Raises:
        PermissionDenied: the actor may not draw lists for the whole country.
        TransitionNotAllowed: it was confirmed or withdrawn already.
    """
    drawn = AdmissionList.objects.select_for_update().get(pk=drawn.pk)
    transition = ADMISSION_LIST.check("withdraw", status=drawn.status, actor=actor, area=Area.objects.root())
    drawn.status, drawn.decided_by, drawn.decided_at = transition.target, actor, timezone.now()
    drawn.save(update_fields=["status", "decided_by", "decided_at"])
    audit.record(actor=actor, action="admission_list.withdrawn", target=drawn)
    return drawn


def _admit(drawn: AdmissionList, run: EligibilityRun, actor: User) -> int:
    """Enrol who is within the places and can still be admitted, and return how many."""
    today = timezone.localdate()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"""
                WITH admitted AS (
                    INSERT INTO programs_enrolment
                        (program_id, household_id, status, run_id, enrolled_on, confirmed_by_id, status_reason)
                    SELECT app.program_id, h.id, 'enrolled', %s, %s, %s, '' {CANDIDATES_SQL}
                      AND app.status IN ('verified', 'waiting')
                      AND app.id IN (
                        SELECT application_id FROM programs_admissionlistentry
                        WHERE list_id = %s AND outcome = 'within')
                    ORDER BY h.id
                    ON CONFLICT (program_id, household_id) WHERE status IN ('enrolled', 'suspended') DO NOTHING
                    RETURNING id, household_id
                )
                UPDATE programs_application app
                SET status = 'admitted', enrolment_id = admitted.id, list_id = %s, rank = entry.rank,
                    decided_by_id = %s, decided_at = now(), offered_by_id = NULL, answer_by = NULL
                FROM admitted JOIN programs_admissionlistentry entry
                  ON entry.list_id = %s AND entry.household_id = admitted.household_id
                WHERE app.id = entry.application_id
                """,  # noqa: S608 - constants of the queries
                [run.pk, today, actor.pk, *candidate_params(run, today), drawn.pk, drawn.pk, actor.pk, drawn.pk],
            )
            return cursor.rowcount
    except DatabaseError as error:
        raise places_taken(error) from error


def _let_wait(drawn: AdmissionList) -> None:
    """Put everybody else on the list into the line, in its order."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE programs_application app SET status = 'waiting', list_id = entry.list_id, rank = entry.rank
            FROM programs_admissionlistentry entry
            WHERE entry.list_id = %s AND entry.outcome <> 'within' AND app.id = entry.application_id
              AND app.status IN ('verified', 'waiting')
            """,
            [drawn.pk],
        )
        # Who waited already but was not ranked this time stands behind everybody who was.
        cursor.execute(
            """
            UPDATE programs_application app SET rank = behind.rank
            FROM (
                SELECT a.id, (SELECT max(rank) FROM programs_admissionlistentry WHERE list_id = %s)
                             + row_number() OVER (ORDER BY a.rank, a.id) AS rank
                FROM programs_application a
                WHERE a.program_id = %s AND a.status IN ('waiting', 'offered') AND a.list_id <> %s
            ) behind
            WHERE app.id = behind.id
            """,
            [drawn.pk, drawn.program_id, drawn.pk],
        )


def places_taken(error: DatabaseError) -> Exception:
    """Return in words what the database refused about places; other errors as they are."""
    said = str(error)
    if "no place is left in area quota" in said:
        return RuleViolation(_("The places of an area were taken meanwhile. Draw the list again."))
    if "there are no places where household" in said:
        return RuleViolation(_("There are no places where one of these households lives."))
    return error

"""Free places: offered to the next in the line by one person, taken up with another."""

import datetime as dt

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import User
from programs.models import Application, EligibilityRun, Enrolment, PlacePlan, Program
from programs.queries.admissions import committed_monthly, monthly_of, next_in_line, plan_in_force
from programs.queries.eligibility import latest_run
from programs.services.admissions.applications import open_application
from programs.services.admissions.lists import places_taken
from programs.services.enrolments import lock_current_run
from programs.services.notices import tell_applicant_of_place

# A household has so long to answer. Illustrative; to be set by circular.
ANSWER_DAYS = 30


@transaction.atomic
def offer_place(*, application: Application, actor: User) -> Application:
    """Offer a free place to a household that is next in the line of its area; the household is told.

    Raises:
        PermissionDenied: the actor may not offer places where the household lives.
        TransitionNotAllowed: the household does not wait (any more).
        RuleViolation: no place is free, somebody else is next, the household is no longer eligible, or the month would
            cost more than the plan allows.
    """
    run, plan = _lock_program(application)
    application, target = open_application(application, "offer", actor)
    if plan is None:
        raise RuleViolation(_("The programme has no plan of places: draw a list instead."))
    today = timezone.localdate()
    if all(entry.application_id != application.pk for entry in next_in_line(run, plan, today)):
        raise RuleViolation(
            _("This household is not next: no place is free in its area, others come first, or it is not eligible now.")
        )
    if plan.monthly_limit is not None:
        cost = committed_monthly(run.version, today) + monthly_of(run.version, application.household_id, today)
        if cost > plan.monthly_limit:
            raise RuleViolation(_("The programme would cost more a month than the plan of places allows."))
    application.status, application.offered_by = target, actor
    application.answer_by = today + dt.timedelta(days=ANSWER_DAYS)
    application.save(update_fields=["status", "offered_by", "answer_by"])
    entry = audit.record(actor=actor, action="application.offer", target=application)
    tell_applicant_of_place(application, step=entry.pk)
    return application


@transaction.atomic
def admit_applicant(*, application: Application, actor: User) -> Application:
    """Admit a household that takes up the place another person offered.

    Raises:
        PermissionDenied: the actor may not admit where the household lives.
        TransitionNotAllowed: no place is offered (any more).
        RuleViolation: the actor offered it, the latest check did not find the household eligible, or the place is gone.
    """
    run, _plan = _lock_program(application)
    application, target = open_application(application, "admit", actor)
    if actor.pk == application.offered_by_id:
        raise RuleViolation(_("The person who admits must differ from the one who offered the place."))
    if not run.decisions.filter(household=application.household_id, decision="eligible").exists():
        raise RuleViolation(_("The latest check did not find this household eligible."))
    try:
        with transaction.atomic():
            enrolment = Enrolment.objects.create(
                program_id=application.program_id,
                household_id=application.household_id,
                run=run,
                enrolled_on=timezone.localdate(),
                confirmed_by=actor,
            )
    except DatabaseError as error:
        if "enrolment_once_per_program" in str(error):
            raise RuleViolation(_("This household is in the programme already.")) from error
        raise places_taken(error) from error
    application.status, application.enrolment = target, enrolment
    application.decided_by, application.decided_at = actor, timezone.now()
    application.save(update_fields=["status", "enrolment", "decided_by", "decided_at"])
    audit.record(actor=actor, action="application.admit", target=application, data={"enrolment": enrolment.pk})
    return application


@transaction.atomic
def lapse_offer(*, application: Application, actor: User) -> Application:
    """Take back an offer that nobody answered in time. The household waits on, at its rank.

    Raises:
        PermissionDenied: the actor may not offer places where the household lives.
        TransitionNotAllowed: no place is offered (any more).
        RuleViolation: there is still time to answer.
    """
    application, target = open_application(application, "lapse", actor)
    if application.answer_by is not None and timezone.localdate() <= application.answer_by:
        raise RuleViolation(_("The household still has time to answer."))
    application.status, application.offered_by, application.answer_by = target, None, None
    application.save(update_fields=["status", "offered_by", "answer_by"])
    audit.record(actor=actor, action="application.lapse", target=application)
    return application


def _lock_program(application: Application) -> tuple[EligibilityRun, PlacePlan | None]:
    """Return the check and the plan that count now; offers of one programme wait for one another."""
    run = latest_run(application.program)
    if run is None:
        raise RuleViolation(_("No check has been made yet."))
    run = lock_current_run(run)
    program = Program.objects.select_for_update().get(pk=application.program_id)
    return run, plan_in_force(program, timezone.localdate())

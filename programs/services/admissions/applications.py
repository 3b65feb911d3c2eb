"""Applications: taken over from a check, entered by a caseworker or for a partner, verified, refused, withdrawn."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import Household
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import User
from programs.models import Application, EligibilityRun, Enrolment, Program
from programs.queries.enrolments import ADMISSIBLE_SQL
from programs.services.enrolments import clean_reason, lock_current_run, refuse_early_return
from programs.workflows import APPLICATION

_Source = Application.Source


@transaction.atomic
def apply_for_household(*, program: Program, household: Household, actor: User, partner_name: str = "") -> Application:
    """Enter an application of a household, by the social unit or (`partner_name`) on behalf of a partner.

    Raises:
        PermissionDenied: the actor may not enter applications where the household lives.
        RuleViolation: the household is in the programme, has an open application, left the register, or may not come
            back yet.
    """
    if not actor.has_perm("programs.add_application", household.area):
        raise PermissionDenied
    if household.status == Household.Status.INACTIVE:
        raise RuleViolation(_("This household has left the register."))
    enrolments = Enrolment.objects.filter(program=program, household=household).select_related("reason")
    for enrolment in enrolments:
        if enrolment.status != Enrolment.Status.EXITED:
            raise RuleViolation(_("This household is in the programme already."))
        refuse_early_return(enrolment)
    partner_name = " ".join(partner_name.split())
    try:
        with transaction.atomic():
            application = Application.objects.create(
                program=program,
                household=household,
                source=_Source.PARTNER if partner_name else _Source.CASEWORKER,
                partner_name=partner_name,
                applied_on=timezone.localdate(),
                applied_by=actor,
            )
    except IntegrityError as error:
        if "application_one_is_open" not in str(error):
            raise
        raise RuleViolation(_("This household has an open application for the programme already.")) from error
    audit.record(actor=actor, action="application.entered", target=application, data={"source": application.source})
    return application


@dataclass(frozen=True)
class TakenOver:
    """How many households became applicants, or were verified, and how many of those asked for were left."""

    done: int
    left: int = 0


@transaction.atomic
def take_over_from_check(*, run: EligibilityRun, actor: User) -> TakenOver:
    """Make applicants of all households in the actor's areas that the check found eligible, in one statement.

    Left out is who is in the programme, left it before (a person enters those), applied already, or cannot be paid.
    Repeating it adds nobody.

    Raises:
        PermissionDenied: the actor may enter applications nowhere.
        RuleViolation: the run is not the latest complete one of the version in force.
    """
    paths = actor.area_paths_with("programs.add_application")
    if not paths:
        raise PermissionDenied
    run = lock_current_run(run)
    program_id = run.version.program_id
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO programs_application (program_id, household_id, source, partner_name, run_id, applied_on,"
            " applied_by_id, status, proof, note)"
            f" SELECT %s, h.id, 'check', '', %s, %s, %s, 'applied', '', '' {ADMISSIBLE_SQL} ORDER BY h.id"
            " ON CONFLICT (program_id, household_id) WHERE status IN ('applied', 'verified', 'waiting', 'offered')"
            " DO NOTHING",
            [
                program_id, run.pk, timezone.localdate(), actor.pk,
                run.pk, [f"{path}%" for path in paths], program_id,
            ],
        )  # fmt: skip
        count = cursor.rowcount
    if count:
        audit.record(
            actor=actor,
            action="applications.taken_over",
            target=run,
            data={"program": program_id, "applications": count, "areas": paths},
        )
    return TakenOver(count)


@transaction.atomic
def verify_by_register(*, program: Program, actor: User) -> TakenOver:
    """Verify, in the actor's areas, all applicants whose household file a caseworker has verified in the register.

    One statement; the rest is named: their files are not verified yet.

    Raises:
        PermissionDenied: the actor may verify nowhere.
    """
    permission = APPLICATION.permission_of("verify")
    if not actor.has_perm(permission):
        raise PermissionDenied
    asked = Application.objects.visible_to(actor, permission).filter(program=program, status=Application.Status.APPLIED)
    total = asked.count()
    ready = asked.filter(household__status=Household.Status.VERIFIED)
    done = Application.objects.filter(pk__in=ready.values("pk"), status=Application.Status.APPLIED).update(
        status=Application.Status.VERIFIED,
        proof=Application.Proof.REGISTER,
        verified_by=actor,
        verified_on=timezone.localdate(),
    )
    if done:
        audit.record(actor=actor, action="applications.verified", target=program, data={"applications": done})
    return TakenOver(done, max(total - done, 0))


def verify_application(*, application: Application, actor: User, proof: str, note: str = "") -> Application:
    """Say that a person has looked: at the home, or at papers.

    Raises:
        PermissionDenied: the actor may not verify where the household lives.
        TransitionNotAllowed: it was verified or decided already.
        RuleViolation: it was not said what was looked at.
    """
    if proof not in (Application.Proof.VISIT, Application.Proof.PAPERS):
        raise RuleViolation(_("Say whether the home was visited or papers were seen."))
    with transaction.atomic():
        application, target = open_application(application, "verify", actor)
        application.status, application.proof, application.note = target, proof, " ".join(note.split())
        application.verified_by, application.verified_on = actor, timezone.localdate()
        application.save(update_fields=["status", "proof", "note", "verified_by", "verified_on"])
        audit.record(actor=actor, action="application.verified", target=application, note=application.note)
        return application


def refuse_application(*, application: Application, actor: User, reason: str) -> Application:
    """Refuse an application: what was looked at does not bear it out.

    Raises:
        PermissionDenied: the actor may not verify where the household lives.
        TransitionNotAllowed: it was verified or decided already.
        RuleViolation: no reason was given.
    """
    return end_application(application, "refuse", actor, reason)


def withdraw_application(*, application: Application, actor: User, reason: str) -> Application:
    """Take back an application, as the household wishes; also an offer it declines. The place is free again.

    Raises:
        PermissionDenied: the actor may not enter applications where the household lives.
        TransitionNotAllowed: it was decided already.
        RuleViolation: no reason was given.
    """
    return end_application(application, "withdraw", actor, reason)


@transaction.atomic
def end_application(application: Application, verb: str, actor: User, reason: str) -> Application:
    """End an application without admission."""
    application, target = open_application(application, verb, actor)
    application.status, application.note = target, clean_reason(reason)
    application.decided_by, application.decided_at = actor, timezone.now()
    application.save(update_fields=["status", "note", "decided_by", "decided_at"])
    audit.record(actor=actor, action=f"application.{verb}", target=application, note=application.note)
    return application


def open_application(application: Application, verb: str, actor: User) -> tuple[Application, str]:
    """Return the application, locked, and where the verb leads."""
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("household__area", "program", "list")
        .get(pk=application.pk)
    )
    transition = APPLICATION.check(verb, status=application.status, actor=actor, area=application.area)
    return application, transition.target

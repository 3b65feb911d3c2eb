"""The verbs of eligibility checks: ask for a sweep, write it step by step, keep and drop runs."""

import datetime as dt
from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import ScoringModel
from beneficiaries.services.facts import refresh_facts
from ministry import audit, formats, jobs
from ministry.exceptions import RuleViolation
from ministry.models import Job, User
from programs.eligibility import storage
from programs.eligibility.checks import refuse_unsound
from programs.eligibility.compiler import Keys, RuleCompiler
from programs.eligibility.sweep import decide, households_without_facts
from programs.eligibility.tree import rules_digest, rules_of
from programs.models import EligibilityDecision, EligibilityRun, Program, ProgramVersion
from programs.services.versions import country
from programs.signals import eligibility_run_completed

JOB_KIND = "eligibility_check"
# Complete runs kept per programme with their decisions, besides those on which somebody was admitted.
RUNS_KEPT = 7
# A run that was stopped can be taken up again for this long.
STOPPED_RUNS_KEPT = dt.timedelta(days=1)

_Status = EligibilityRun.Status


@transaction.atomic
def start_eligibility_check(*, program: Program, actor: User | None, on_date: dt.date | None = None) -> Job:
    """Start a sweep of the version in force on `on_date` (today) over the whole registry.

    `actor` None: the nightly schedule.

    Raises:
        PermissionDenied: the actor may not start checks for the whole country.
        RuleViolation: no version is in force on that day, or its rules cannot be compiled.
        JobAlreadyActive: a check of this programme is under way.
    """
    if actor is not None and not actor.has_perm("programs.add_eligibilityrun", country()):
        raise PermissionDenied
    on_date = on_date or timezone.localdate()
    version = version_in_force(program, on_date)
    refuse_unsound(rules_of(version))
    job = jobs.start(
        kind=JOB_KIND,
        scope=f"program:{program.pk}",
        params={"version": version.pk, "on_date": on_date.isoformat()},
        actor=actor,
    )
    audit.record(actor=actor, action="eligibility_check.started", target=version, data={"on_date": on_date.isoformat()})
    return job


def version_in_force(program: Program, on_date: dt.date) -> ProgramVersion:
    """Return the version of a programme that binds on a day.

    Raises:
        RuleViolation: none does.
    """
    version = ProgramVersion.objects.filter(program=program).in_force(on_date).select_related("program").first()
    if version is None:
        raise RuleViolation(
            _("No version of «{program}» is in force on {day}. Put one in force first.").format(
                program=program, day=formats.day(on_date)
            )
        )
    return version


def open_run(*, version: ProgramVersion, on_date: dt.date, job: Job | None = None) -> EligibilityRun:
    """Make a run and its table. Called in the transaction that plans the job, so a job has one run.

    Raises:
        RuleViolation: the rules cannot be compiled.
    """
    root = refuse_unsound(rules_of(version))
    model_id = version.scoring_model_id or (
        ScoringModel.objects.filter(status=ScoringModel.Status.IN_FORCE).values_list("pk", flat=True).first()
    )
    run = EligibilityRun.objects.create(
        version=version,
        job=job,
        on_date=on_date,
        scoring_model_id=model_id,
        rules_sha256=rules_digest(version, root),
    )
    storage.create_table(run.pk)
    return run


def compiler_of(run: EligibilityRun) -> RuleCompiler:
    """Return the compiled rules of a run.

    Raises:
        RuleViolation: they are no longer those with which it was opened.
    """
    root = refuse_unsound(rules_of(run.version))
    if rules_digest(run.version, root) != run.rules_sha256:
        raise RuleViolation(_("The rules changed while the check was running. Start it again."))
    return RuleCompiler(root, on_date=run.on_date, scoring_model_id=run.version.scoring_model_id)


def decide_range(*, run: EligibilityRun, keys: Keys) -> int:
    """Decide about one range of households and return how many there were.

    Households of which no facts were ever computed (entered while no worker ran) get them first: «not known» is to mean
    that nobody was asked, not that nobody counted.

    Repeating a range in another transaction would decide twice, which the primary key refuses at the end; the job marks
    the step done in the same transaction.
    """
    compiler = compiler_of(run)
    refresh_facts(households_without_facts(keys))
    return decide(compiler, run_id=run.pk, keys=keys)


@transaction.atomic
def complete_run(*, run: EligibilityRun) -> EligibilityRun:
    """Attach the run's table and count what it found: from the commit on it is the programme's latest.

    Raises:
        RuleViolation: the run is not running.
    """
    run = EligibilityRun.objects.select_for_update().get(pk=run.pk)
    if run.status != _Status.RUNNING:
        raise RuleViolation(_("This check is already finished."))
    storage.attach_table(run.pk)
    counted = dict(
        EligibilityDecision.objects.filter(run=run).values_list("decision").annotate(households=Count("household_id"))
    )
    for decision in EligibilityDecision.Decision:
        setattr(run, decision.value, counted.get(decision.value, 0))
    run.status = _Status.COMPLETE
    run.completed_at = timezone.now()
    run.save(update_fields=["status", "completed_at", *EligibilityDecision.Decision.values])
    starter = run.job.started_by if run.job else None
    audit.record(actor=starter, action="eligibility_check.completed", target=run, data=counted)
    transaction.on_commit(partial(eligibility_run_completed.send_robust, EligibilityRun, run_id=run.pk))
    return run


def run_at_once(*, version: ProgramVersion, on_date: dt.date) -> EligibilityRun:
    """Sweep without a job, in the caller's process, in one transaction: for measurements and small registries."""
    with transaction.atomic():
        run = open_run(version=version, on_date=on_date)
        decide_range(run=run, keys=Keys())
        storage.add_keys(run.pk)
        storage.check_keys(run.pk)
        return complete_run(run=run)


def drop_old_runs(*, keep: int = RUNS_KEPT) -> int:
    """Remove the decisions of old runs and return how many runs lost theirs; their counts stay.

    Kept are the latest `keep` complete runs of each programme and all on whose grounds a household was admitted. Runs
    that were stopped more than a day ago are abandoned.
    """
    dropped = 0
    for run_id in _runs_to_drop(keep):
        # One transaction each: dropping a table stops writers of the registry for a moment.
        with transaction.atomic():
            run = EligibilityRun.objects.select_for_update().get(pk=run_id)
            if run.pruned_at is not None:
                continue
            storage.drop_table(run.pk)
            run.pruned_at = timezone.now()
            if run.status == _Status.RUNNING:
                run.status = _Status.ABANDONED
            run.save(update_fields=["pruned_at", "status"])
            dropped += 1
    return dropped


def _runs_to_drop(keep: int) -> list[int]:
    stopped = EligibilityRun.objects.filter(
        status=_Status.RUNNING,
        pruned_at__isnull=True,
        started_at__lt=timezone.now() - STOPPED_RUNS_KEPT,
    ).exclude(job__status__in=Job.ACTIVE)
    old: list[int] = []
    for program_id in Program.objects.values_list("pk", flat=True):
        complete = EligibilityRun.objects.complete().filter(version__program=program_id, pruned_at__isnull=True)
        kept = list(complete.order_by("-id").values_list("pk", flat=True)[:keep])
        old += complete.exclude(pk__in=kept).filter(enrolments__isnull=True).values_list("pk", flat=True)
    return [*stopped.values_list("pk", flat=True), *old]

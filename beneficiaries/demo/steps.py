"""The registry's part of the demo: a register taken in like any other, answers of the fund, facts and scores."""

import csv
from decimal import Decimal

from django.db.models import QuerySet

from beneficiaries.demo.register import write_register
from beneficiaries.models import (
    DuplicatePair,
    DuplicateRun,
    Household,
    HouseholdFacts,
    HouseholdMerge,
    ImportBatch,
    Score,
    ScoringModel,
)
from beneficiaries.queries.overlap import Overlap, households_of, overlap_of
from beneficiaries.services import imports
from beneficiaries.services.duplicate_notices import tell_of_strong_pairs
from beneficiaries.services.duplicate_sweeps import start_duplicate_sweep
from beneficiaries.services.facts import refresh_facts
from beneficiaries.services.formal_incomes import record_formal_incomes
from beneficiaries.services.households import verify_household
from beneficiaries.services.merges import Choice, propose_household_merge
from beneficiaries.services.scores import start_scoring
from ministry import jobs
from ministry.actor import acting
from ministry.demo import Demo, register_step
from ministry.exceptions import RuleViolation
from ministry.models import Area, AuditEntry, Job

_Status = ImportBatch.Status


def _import_register(demo: Demo) -> str:
    """Write the files and take them in; go on with an import that was interrupted half-way."""
    batch = _unfinished().select_related("job").first()
    if batch is None:
        files = write_register(demo.folder, households=demo.households, seed=demo.seed, on=demo.on)
        # At the console, like `import_register`: nobody of the staff imports for the whole country.
        batch = imports.import_now(
            households=files.households,
            individuals=files.individuals,
            area=Area.objects.get(level=Area.Level.COUNTRY),
        )
    elif batch.status == _Status.IN_REVIEW:
        batch = imports.commit_import(batch=batch, actor=None, tell_worker=False)
        if batch.job is not None:
            jobs.run_now(batch.job)
            batch.refresh_from_db()
    if batch.status != _Status.COMMITTED:
        raise RuleViolation(f"The invented register was not accepted: {batch.summary}")
    _run_what_waits()
    return f"{Household.objects.count()} households entered"


def _is_imported(_demo: Demo) -> bool:
    return Household.objects.exists() and not ImportBatch.objects.filter(status=_Status.COMMITTING).exists()


def _unfinished() -> QuerySet[ImportBatch]:
    """Return imports begun at the console; the job of one that was killed has been run to its end by now."""
    return ImportBatch.objects.filter(
        uploaded_by=None, status__in=[_Status.UPLOADED, _Status.CHECKING, _Status.IN_REVIEW, _Status.COMMITTING]
    )


def _run_what_waits() -> None:
    """Run the jobs the import has queued: while the demo is built there may be no worker yet."""
    for job in Job.objects.filter(status=Job.Status.QUEUED, kind__startswith="beneficiaries.").order_by("pk"):
        jobs.run_now(job)


def _record_formal_incomes(demo: Demo) -> str:
    with (demo.folder / "formal_income.csv").open(encoding="utf-8", newline="") as stream:
        answers = [(row["person_ref"], Decimal(row["formal_income_monthly"])) for row in csv.DictReader(stream)]
    changed = record_formal_incomes(answers=answers, actor=None, source="إجابات صندوق التأمينات (بيانات تجريبية)")
    return f"{changed} answers of the insurance fund"


def _has_formal_incomes(demo: Demo) -> bool:
    answered = AuditEntry.objects.filter(action="formal_incomes.recorded").exists()
    # A register that did not come from here has no answers to record.
    return answered or not (demo.folder / "formal_income.csv").exists()


def _score(demo: Demo) -> str:
    actor = demo.person("program_officer")
    with acting(actor):
        changed = refresh_facts(on_date=demo.on)
        for model in _models_in_force():
            if not Score.objects.filter(scoring_model=model).exists():
                jobs.run_now(start_scoring(model=model, actor=actor))
    return f"{changed} facts changed, {Score.objects.count()} scores"


def _is_scored(_demo: Demo) -> bool:
    return HouseholdFacts.objects.exists() and all(
        Score.objects.filter(scoring_model=model).exists() for model in _models_in_force()
    )


def _verify_some(demo: Demo) -> str:
    """Let the caseworker check two of three of the households that are theirs; the others wait on the desk."""
    actor = demo.person("caseworker")
    mine = Household.objects.visible_to(actor).filter(status=Household.Status.REGISTERED).order_by("pk")
    checked = [household for number, household in enumerate(mine) if number % 3]
    with acting(actor):
        for household in checked:
            verify_household(household=household, actor=actor)
    return f"{len(checked)} households verified by the caseworker"


def _is_verified(demo: Demo) -> bool:
    theirs = Household.objects.visible_to(demo.person("caseworker"))
    return theirs.filter(status=Household.Status.VERIFIED).exists() or not theirs.exists()


def _tell_of_duplicates(_demo: Demo) -> str:
    """Compare everybody with everybody, unless the import has had it done, and tell who decides."""
    if not DuplicateRun.objects.filter(finished_at__isnull=False).exists():
        jobs.run_now(start_duplicate_sweep(full=True, tell_worker=False))
    told = tell_of_strong_pairs()
    return f"{DuplicatePair.objects.open().count()} possible duplicates, {len(told)} caseworkers told"


def _is_swept(_demo: Demo) -> bool:
    swept = DuplicateRun.objects.filter(finished_at__isnull=False).exists()
    untold = DuplicatePair.objects.open().filter(band=DuplicatePair.Band.STRONG, told_at__isnull=True)
    return swept and not untold.exists()


def _joinable() -> Overlap | None:
    """Return two files of one family of which everybody was found and is certain, the latest such."""
    pairs = DuplicatePair.objects.open().filter(band=DuplicatePair.Band.STRONG).order_by("-pk")
    seen = set()
    for pair in pairs.select_related("individual_a", "individual_b")[:400]:
        homes = households_of(pair)
        keys = tuple(home.pk for home in homes)
        if len(homes) < 2 or keys in seen:
            continue
        seen.add(keys)
        overlap = overlap_of(*homes)
        found = overlap.pairs.values()
        if len(overlap.matches) == len(overlap.members) > 1 and all(one.band == pair.band for one in found):
            return overlap
    return None


def _propose_joining(demo: Demo) -> str:
    """Let the programme officer propose to join two files of one family, for a second person to confirm."""
    actor, overlap = demo.person("program_officer"), _joinable()
    if overlap is None:
        return "no family was found twice for certain"
    with acting(actor):
        propose_household_merge(
            kept=overlap.kept,
            closed=overlap.closed,
            choices={person: Choice(same_as=other) for person, other in overlap.matches.items()},
            actor=actor,
            note="أكدت الأسرة في الوحدة الاجتماعية أنها سُجلت مرتين بعد انتقالها.",
        )
    return f"joining of {overlap.closed} with {overlap.kept} proposed"


def _is_joining_proposed(_demo: Demo) -> bool:
    return HouseholdMerge.objects.exists() or _joinable() is None


def _models_in_force() -> list[ScoringModel]:
    return list(ScoringModel.objects.filter(status=ScoringModel.Status.IN_FORCE))


register_step("register", _import_register, is_done=_is_imported, order=100)
register_step("duplicates", _tell_of_duplicates, is_done=_is_swept, order=105)
register_step("two files of one family", _propose_joining, is_done=_is_joining_proposed, order=106)
register_step("formal incomes", _record_formal_incomes, is_done=_has_formal_incomes, order=110)
register_step("facts and scores", _score, is_done=_is_scored, order=120)
register_step("verified households", _verify_some, is_done=_is_verified, order=130)

"""Taking a register in: upload, look at it, enter or discard it. Each verb is one transaction; jobs do the steps."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beneficiaries.imports import checks, entering, pairs, staging
from beneficiaries.imports.reading import UnreadableFile
from beneficiaries.imports.reasons import ABOUT_THE_FILE
from beneficiaries.imports.template import sheet_of
from beneficiaries.models import ColumnMapping, ImportBatch, ImportIssue, StagedHousehold, StagedIndividual
from beneficiaries.queries.import_columns import fits
from beneficiaries.signals import register_imported
from beneficiaries.workflows import IMPORT_BATCH
from ministry import audit, documents, jobs
from ministry.documents.scanning import ScannerUnavailable
from ministry.documents.services import scan
from ministry.exceptions import DomainError, RuleViolation
from ministry.models import Area, Document, Job, User
from ministry.workflow import Transition

CHECK_JOB = "import_check"
COMMIT_JOB = "import_commit"
# Households entered in one transaction: some two seconds, also with large families.
HOUSEHOLDS_AT_ONCE = 10_000
# From this many new households on the planner's statistics are brought up to date at the end.
_WORTH_ANALYZING = 1_000
# What is asked of the staged rows, and so has to be known about them.
_ANALYZED = (
    f"{StagedHousehold._meta.db_table} (batch_id, row, household_ref, governorate_code, district_code)",
    f"{StagedIndividual._meta.db_table} (batch_id, row, household_ref, person_ref, relationship, national_key,"
    " national_ok)",
)
# The same of the registry. Names are left to the server's own time: lists of skeletons take longer than all the rest.
_REGISTRY = (
    "beneficiaries_household, beneficiaries_dwelling, beneficiaries_membership, beneficiaries_identifier,"
    " beneficiaries_disability, beneficiaries_duplicatepair,"
    " beneficiaries_individual (id, person_ref, sex, birth_date, phone_key, marital_status, years_schooling, in_school,"
    " works, pregnant, formal_income_monthly, import_batch_id)"
)


@transaction.atomic
def open_import(
    *,
    households: File,
    individuals: File | None,
    area: Area,
    actor: User | None,
    mapping: Mapping[str, Any] | None = None,
    column_mapping: ColumnMapping | None = None,
    ask_columns: bool = False,
    tell_worker: bool = True,
) -> ImportBatch:
    """Store two register files, or a workbook that holds both (`individuals` None), and have them looked at.

    `actor` None is the operator at the console. With `ask_columns`, files whose columns are neither the template's
    nor those of the (kept) mapping wait until somebody has said which column is what.

    Raises:
        PermissionDenied: the actor may not import into this area.
        DocumentRefused: a file is no table, too large, or dangerous.
    """
    if actor is not None and not actor.has_perm("beneficiaries.add_importbatch", area):
        raise PermissionDenied
    stored = [
        documents.store(upload, subject=None, actor=actor, allowed=documents.TABLES)
        for upload in (households, individuals)
        if upload is not None
    ]
    batch = ImportBatch.objects.create(
        area=area,
        households_file=stored[0],
        individuals_file=stored[-1],
        uploaded_by=actor,
        mapping=dict(mapping or (column_mapping.layout if column_mapping else {})),
        column_mapping=column_mapping,
    )
    Document.objects.filter(pk__in=[document.pk for document in stored]).update(
        subject_type=batch._meta.label_lower, subject_id=batch.pk
    )
    audit.record(
        actor=actor,
        action="import.uploaded",
        target=batch,
        data={"households_sha256": stored[0].sha256, "individuals_sha256": stored[-1].sha256},
    )
    if ask_columns and not fits(batch, batch.mapping):
        batch.status = ImportBatch.Status.NAMING
        batch.save(update_fields=["status"])
        return batch
    return start_check(batch=batch, actor=actor, tell_worker=tell_worker)


def start_check(*, batch: ImportBatch, actor: User | None, tell_worker: bool = True) -> ImportBatch:
    """Have an uploaded batch looked at in the background."""
    batch.job = jobs.start(
        kind=CHECK_JOB, scope=_scope(batch), params={"batch_id": batch.pk}, actor=actor, tell_worker=tell_worker
    )
    batch.save(update_fields=["job"])
    return batch


@transaction.atomic
def commit_import(*, batch: ImportBatch, actor: User | None, tell_worker: bool = True) -> ImportBatch:
    """Have the rows of a reviewed import entered into the registry.

    Two people pressing at once start one job; the second is told that the import has moved on.

    Raises:
        PermissionDenied: the actor may not enter imports in this area.
        TransitionNotAllowed: the import is not waiting for review.
        RuleViolation: bad cells are left, or the staged rows are gone.
    """
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("area").get(pk=batch.pk)
    transition = _check("commit", batch=batch, actor=actor)
    if bad := batch.issues.filter(severity=ImportIssue.Severity.BAD).count():
        raise RuleViolation(
            ngettext(
                "{count} cell must be mended first. Correct it in the file and upload the file again.",
                "{count} cells must be mended first. Correct them in the files and upload the files again.",
                bad,
            ).format(count=bad)
        )
    staged = checks.count_rows(batch=batch)
    if any(staged[file]["rows"] != batch.summary[file]["rows"] for file in staged):
        raise RuleViolation(
            _(
                "The server lost the rows that were read, probably in a crash. Discard this import and upload the"
                " files again."
            )
        )
    batch.status = transition.target
    batch.decided_by, batch.decided_at = actor, timezone.now()
    batch.job = jobs.start(
        kind=COMMIT_JOB, scope=_scope(batch), params={"batch_id": batch.pk}, actor=actor, tell_worker=tell_worker
    )
    batch.save(update_fields=["status", "decided_by", "decided_at", "job"])
    audit.record(actor=actor, action="import.accepted", target=batch)
    return batch


@transaction.atomic
def discard_import(*, batch: ImportBatch, actor: User | None, note: str = "") -> ImportBatch:
    """Close an import without entering anything; its files and findings are kept.

    Raises:
        PermissionDenied: the actor may not discard imports in this area.
        TransitionNotAllowed: its rows are being entered or are in.
        RuleViolation: it is being looked at this moment.
    """
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("area", "job").get(pk=batch.pk)
    transition = _check("discard", batch=batch, actor=actor)
    if batch.job and batch.job.is_active:
        raise RuleViolation(_("The files are being checked. Wait until that is finished, or stop it first."))
    batch.status = transition.target
    batch.decided_by, batch.decided_at = actor, timezone.now()
    batch.save(update_fields=["status", "decided_by", "decided_at"])
    _clear_staging(batch)
    audit.record(actor=actor, action="import.discarded", target=batch, note=note)
    return batch


def import_now(
    *,
    households: Path,
    individuals: Path,
    area: Area,
    actor: User | None = None,
    mapping: Mapping[str, Any] | None = None,
    commit: bool = True,
    on_progress: Callable[[Job], None] | None = None,
) -> ImportBatch:
    """Take in two files in this process, by the same steps as the worker; stop before entering where cells are bad.

    Raises:
        DocumentRefused: a file is no table, too large, or dangerous.
        JobFailed: the work broke off; the batch stays as it is.
    """
    with households.open("rb") as first, individuals.open("rb") as second:
        batch = open_import(
            households=File(first, households.name),
            individuals=File(second, individuals.name),
            area=area,
            actor=actor,
            mapping=mapping,
            tell_worker=False,
        )
    _run(batch, on_progress)
    if commit and batch.status == ImportBatch.Status.IN_REVIEW and not _has_bad(batch):
        batch = commit_import(batch=batch, actor=actor, tell_worker=False)
        _run(batch, on_progress)
    return batch


# The steps of the two jobs. Each runs in the transaction of its step and may run again.


def stage_file(*, batch_id: int, file: str) -> dict[str, int]:
    """Read one file into staging; what makes it unreadable becomes a finding."""
    batch = _being_checked(batch_id)
    document = batch.households_file if file == ImportIssue.File.HOUSEHOLDS else batch.individuals_file
    # Ages and future dates are judged as of the day the file came in, whenever the work is done.
    today = timezone.localdate(batch.uploaded_at)
    sheet = sheet_of(file, today=today)
    try:
        document = scan(document)
    except ScannerUnavailable as error:
        raise DomainError(_("The virus scanner does not answer. Resume this work in a few minutes.")) from error
    try:
        if document.scan != Document.Scan.CLEAN:
            raise UnreadableFile("refused_file")
        with document.file.open("rb") as stream, transaction.atomic():
            return {f"{file}_read": staging.stage(batch=batch, sheet=sheet, stream=stream, today=today)}
    except UnreadableFile as error:
        staging.note_unreadable(batch=batch, sheet=sheet, error=error)
    return {}


def run_check_step(*, batch_id: int, step: str) -> None:
    """Ask one step's questions about the staged rows; nothing where a file could not be read."""
    batch = _being_checked(batch_id)
    if not _is_unreadable(batch):
        if step == "files":
            # The server has not met these rows yet, and would plan for none. A rough idea is enough.
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL default_statistics_target = 10")
                cursor.execute(f"ANALYZE {', '.join(_ANALYZED)}")
        checks.run_step(batch=batch, step=step)


def conclude_checks(*, batch_id: int) -> None:
    """Put a checked batch before a person, or say that it cannot be read."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    if batch.status != ImportBatch.Status.CHECKING:
        return
    batch.status = ImportBatch.Status.FAILED if _is_unreadable(batch) else ImportBatch.Status.IN_REVIEW
    batch.summary = dict(checks.count_rows(batch=batch))
    batch.save(update_fields=["status", "summary"])


def row_ranges(*, batch_id: int) -> list[tuple[int, int, int]]:
    """Return (first row, last row, households) of the steps in which a batch is entered."""
    staged = StagedHousehold.objects.filter(batch_id=batch_id)
    ends = staged.aggregate(first=Min("row"), last=Max("row"))
    if ends["first"] is None:
        return []
    return [
        (first, min(first + HOUSEHOLDS_AT_ONCE - 1, ends["last"]), HOUSEHOLDS_AT_ONCE)
        for first in range(ends["first"], ends["last"] + 1, HOUSEHOLDS_AT_ONCE)
    ]


def make_districts(*, batch_id: int) -> dict[str, int]:
    """Add the districts the batch names and nobody knew."""
    return {"districts": entering.make_districts(batch=ImportBatch.objects.get(pk=batch_id))}


def enter_rows(*, batch_id: int, first: int, last: int) -> dict[str, int]:
    """Enter the households of some rows with their people."""
    return asdict(entering.enter_rows(batch=ImportBatch.objects.get(pk=batch_id), first=first, last=last))


def flag_pairs(*, batch_id: int) -> dict[str, int]:
    """Flag people who share a national number with somebody of this batch."""
    batch = ImportBatch.objects.get(pk=batch_id)
    if batch.households.count() >= _WORTH_ANALYZING:
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {_REGISTRY}")
    return {"pairs": pairs.flag_shared_identifiers(batch=batch)}


def conclude_commit(*, batch_id: int, counts: Mapping[str, Any]) -> None:
    """Close an entered batch and announce it."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch_id)
    if batch.status != ImportBatch.Status.COMMITTING:
        return
    batch.status = ImportBatch.Status.COMMITTED
    batch.summary = batch.summary | {"entered": dict(counts)}
    batch.save(update_fields=["status", "summary"])
    _clear_staging(batch)
    audit.record(actor=batch.decided_by, action="import.entered", target=batch, data=dict(counts))
    transaction.on_commit(partial(register_imported.send_robust, ImportBatch, batch_id=batch.pk))


def _check(verb: str, *, batch: ImportBatch, actor: User | None) -> Transition:
    # The operator at the console stands above roles; the audit trail says that it was nobody's account.
    return IMPORT_BATCH.check(
        verb, status=batch.status, actor=actor or User(), area=batch.area, permitted=actor is None
    )


def _run(batch: ImportBatch, on_progress: Callable[[Job], None] | None) -> None:
    assert batch.job is not None  # noqa: S101 - both verbs that lead here start one
    jobs.run_now(batch.job, on_progress=on_progress)
    batch.refresh_from_db()


def _scope(batch: ImportBatch) -> str:
    return f"import:{batch.pk}"


def _being_checked(batch_id: int) -> ImportBatch:
    batch = ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch_id)
    if batch.status == ImportBatch.Status.UPLOADED:
        batch.status = ImportBatch.Status.CHECKING
        batch.save(update_fields=["status"])
    if batch.status != ImportBatch.Status.CHECKING:
        raise RuleViolation(_("This import is no longer being checked."))
    return batch


def _is_unreadable(batch: ImportBatch) -> bool:
    return batch.issues.filter(reason__in=ABOUT_THE_FILE).exists()


def _has_bad(batch: ImportBatch) -> bool:
    return batch.issues.filter(severity=ImportIssue.Severity.BAD).exists()


def _clear_staging(batch: ImportBatch) -> None:
    for model in (StagedHousehold, StagedIndividual):
        model.objects.filter(batch=batch).delete()

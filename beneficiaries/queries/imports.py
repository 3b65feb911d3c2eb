"""Reading what an import found: counted by reason, as rows for a file, and the rows that stand in the way."""

from collections.abc import Iterator, Sequence

from django.db.models import Count
from django.utils import timezone

from beneficiaries.imports.layout import OWN_COLUMNS, layout_of
from beneficiaries.imports.reasons import sentence
from beneficiaries.imports.template import sheet_of
from beneficiaries.models import ImportBatch, ImportIssue, StagedHousehold, StagedIndividual

FINDING_COLUMNS = ("file", "row", "column", "value", "severity", "explanation")


def reason_counts(batch: ImportBatch) -> list[tuple[str, str, int]]:
    """Return (severity, reason, cells) of a batch's findings, bad ones and frequent ones first."""
    counts = batch.issues.order_by().values_list("severity", "reason").annotate(cells=Count("id"))
    return sorted(counts, key=lambda count: (count[0] != ImportIssue.Severity.BAD, -count[2]))


def finding_rows(
    batch: ImportBatch, *, severity: str = "", named: bool = True
) -> Iterator[tuple[str, int, str, str, str, str]]:
    """Return findings as rows for a table, file by file from the top, in the active language.

    `named` gives the files their names in that language, else their codes.
    """
    issues = batch.issues.order_by("file", "row", "column")
    if severity:
        issues = issues.filter(severity=severity)
    for issue in issues.iterator(chunk_size=5_000):
        yield (
            issue.get_file_display() if named else issue.file,
            issue.row,
            issue.column,
            issue.value,
            issue.get_severity_display(),
            sentence(issue.reason, issue.params),
        )


def rejected_columns(batch: ImportBatch, *, file: str) -> tuple[str, ...]:
    """Return the columns of a file of rejected rows: the row's number, its cells as headed in it, what is wrong."""
    layout = layout_of(batch.mapping, file)
    number, problems = OWN_COLUMNS
    return (number, *(layout.heading_of(name) for name in _names(file)), problems)


def rejected_rows(
    batch: ImportBatch, *, file: str, severity: str = ImportIssue.Severity.BAD
) -> Iterator[Sequence[object]]:
    """Return the staged rows of one file with bad (or doubtful) cells as typed, and all that is wrong in one cell."""
    model = StagedHousehold if file == ImportIssue.File.HOUSEHOLDS else StagedIndividual
    names = _names(file)
    issues = list(batch.issues.filter(file=file, severity=severity).order_by("row", "column").iterator())
    staged = {
        row: list(cells)
        for row, *cells in model.objects.filter(batch=batch, row__in={issue.row for issue in issues}).values_list(
            "row", *names
        )
    }
    problems: dict[int, list[str]] = {}
    for issue in issues:
        cells = staged.setdefault(issue.row, [None] * len(names))
        if issue.column in names:
            cells[names.index(issue.column)] = issue.value
        problems.setdefault(issue.row, []).append(
            f"{issue.column}: {sentence(issue.reason, issue.params)}".lstrip(": ")
        )
    for row in sorted(problems):
        yield (row, *(cell or "" for cell in staged[row]), " ".join(problems[row]))


def _names(file: str) -> tuple[str, ...]:
    return sheet_of(file, today=timezone.localdate()).names

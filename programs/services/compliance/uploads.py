"""Files of reports from education and health authorities: what matches is taken in, the rest waits for a person."""

import csv
import io
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import IO

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.imports.layout import Layout
from beneficiaries.imports.reading import UnreadableFile, match_header, open_table
from beneficiaries.queries.standing import STANDING_CARDS
from ministry import audit, documents, formats
from ministry.digits import plain_number
from ministry.exceptions import RuleViolation
from ministry.models import User
from ministry.text import clean, digits
from programs.models import CompliancePeriod, ConditionUpload, ConditionUploadError
from programs.services.compliance.periods import FIGURE_MAX
from programs.services.versions import country
from programs.workflows import COMPLIANCE_PERIOD

COLUMNS = ("person", "condition", "figure", "service")
ROWS_MAX = 100_000
_CELL_MAX = 60
_CLOSED = {"closed", "0", "no", "false", "مغلق", "مغلقة", "لا"}
_OPEN = {"", "open", "1", "yes", "true", "مفتوح", "مفتوحة", "نعم"}
Reason = ConditionUploadError.Reason


@dataclass(frozen=True)
class _Row:
    number: int
    person: str
    condition: str
    figure: str
    is_open: bool
    value: Decimal | None = None
    reason: str = ""


@transaction.atomic
def take_in_reports(*, period: CompliancePeriod, upload: File, source: str, actor: User) -> ConditionUpload:
    """Take in a file of reports; rows that do not match wait in the queue, with the reason.

    People are found by national number, else by register number. Handing the same file in again changes nothing but
    the time of the reports.

    Raises:
        PermissionDenied: the actor may not hand in files for the whole country.
        TransitionNotAllowed: the period is no longer open.
        RuleViolation: the file is no table with the asked headings, is empty or too long.
    """
    if not actor.has_perm("programs.add_conditionupload", country()):
        raise PermissionDenied
    period = CompliancePeriod.objects.select_for_update(of=("self",)).select_related("version").get(pk=period.pk)
    COMPLIANCE_PERIOD.check("report", status=period.status, actor=actor, area=country())
    document = documents.store(upload, subject=period, actor=actor, allowed=documents.TABLES)
    with document.file.open("rb") as kept:
        rows = _read(kept)
    batch = ConditionUpload(
        period=period, document=document, source=source, rows=len(rows), matched=0, uploaded_by=actor
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE condition_row (row integer, person text, number text, condition text, figure text,"
            " is_open boolean, value numeric, reason text) ON COMMIT DROP"
        )
        cursor.copy_expert(
            "COPY condition_row FROM STDIN"
            " WITH (FORMAT csv, FORCE_NOT_NULL (person, number, condition, figure, reason))",
            _as_csv(rows),
        )
        cursor.execute(_MATCH, {"version": period.version_id, "months": period.months})
        cursor.execute(
            _TAKE_IN,
            {"period": period.pk, "source": source, "actor": actor.pk, "now": timezone.now()},
        )
        batch.matched = cursor.rowcount
        batch.save()
        cursor.execute(
            "INSERT INTO programs_conditionuploaderror (upload_id, row, person, condition, figure, reason, resolution)"
            " SELECT %s, row, left(person, 60), left(condition, 60), left(figure, 60), reason, ''"
            " FROM condition_found WHERE reason <> ''",
            [batch.pk],
        )
        errors = cursor.rowcount
        cursor.execute("DROP TABLE condition_row, condition_found")
    audit.record(
        actor=actor,
        action="condition_upload.taken_in",
        target=batch,
        data={"period": period.pk, "rows": len(rows), "matched": batch.matched, "errors": errors},
    )
    return batch


# The number of a card that was merged leads to the card that took over.
_MATCH = f"""
    CREATE TEMP TABLE condition_found ON COMMIT DROP AS
    WITH lead AS MATERIALIZED ({STANDING_CARDS})
    SELECT given.*, found.people, found.individual_id, asked.id AS condition_id,
           CASE WHEN given.reason <> '' THEN given.reason
                WHEN asked.id IS NULL THEN 'condition_unknown'
                WHEN coalesce(found.people, 0) = 0 THEN 'person_unknown'
                WHEN found.people > 1 THEN 'person_ambiguous'
                WHEN row_number() OVER (
                    PARTITION BY asked.id, found.individual_id, given.reason = '' ORDER BY given.row
                ) > 1 THEN 'repeated'
                ELSE '' END AS verdict
    FROM condition_row given
    LEFT JOIN programs_condition asked
           ON asked.version_id = %(version)s AND asked.months = %(months)s AND asked.code = given.condition
    LEFT JOIN LATERAL (
        SELECT count(DISTINCT person_id) AS people, min(person_id) AS individual_id
        FROM (
            SELECT number.individual_id AS person_id FROM beneficiaries_identifier number
            WHERE number.kind = 'national_id' AND number.removed_on IS NULL AND given.number <> ''
              AND number.value_key = given.number
            UNION ALL
            SELECT coalesce(lead.person_id, card.id) FROM beneficiaries_individual card
            LEFT JOIN lead ON lead.id = card.id
            WHERE card.person_ref = given.person
        ) candidate
    ) found ON true;
    UPDATE condition_found SET reason = verdict;
"""  # noqa: S608 - our own text

_TAKE_IN = """
    INSERT INTO programs_compliancereport
        (period_id, condition_id, individual_id, value, service_available, source, reported_by_id, reported_at)
    SELECT %(period)s, condition_id, individual_id, value, is_open, %(source)s, %(actor)s, %(now)s
    FROM condition_found WHERE reason = ''
    ON CONFLICT (period_id, condition_id, individual_id) DO UPDATE
    SET value = excluded.value, service_available = excluded.service_available, source = excluded.source,
        reported_by_id = excluded.reported_by_id, reported_at = excluded.reported_at
"""


def _read(content: IO[bytes]) -> list[_Row]:
    most = max(FIGURE_MAX.values())
    try:
        table = open_table(content, COLUMNS)
        problems = match_header(table, COLUMNS, Layout())
        if problems:
            wrong = _(", ").join(sorted({column for _reason, column in problems}))
            raise RuleViolation(
                _("The headings must be {asked}. These are missing, unknown or repeated: {wrong}.").format(
                    asked=_(", ").join(COLUMNS), wrong=wrong
                )
            )
        rows: list[_Row] = []
        for number, cells in table.rows:
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) >= ROWS_MAX:
                raise RuleViolation(
                    _("The file has more than {most} rows. Divide it.").format(most=formats.number(ROWS_MAX))
                )
            rows.append(_row(number, cells, table.positions, most))
    except UnreadableFile as error:
        raise RuleViolation(
            _("The file cannot be read from row {row} on. Save it again as CSV or Excel.").format(
                row=formats.number(error.row)
            )
        ) from error
    if not rows:
        raise RuleViolation(_("The file has no rows below its headings."))
    return rows


def _row(number: int, cells: list[str], positions: list[int], most: Decimal) -> _Row:
    if len(cells) <= max(positions):
        return _Row(number, clean(" ".join(cells))[:_CELL_MAX], "", "", True, reason=Reason.CELLS_MISSING)
    person, condition, figure, service = (clean(cells[position])[: 4 * _CELL_MAX] for position in positions)
    value, reason = None, ""
    if figure:
        try:
            value = Decimal(plain_number(figure.rstrip("%٪ "))).quantize(Decimal("0.01"))
            if not 0 <= value <= most:
                reason = Reason.FIGURE_UNREADABLE
        except (InvalidOperation, ValueError):
            reason = Reason.FIGURE_UNREADABLE
    if service.lower() not in _CLOSED | _OPEN:
        reason, figure = Reason.FIGURE_UNREADABLE, f"{figure} {service}".strip()
    return _Row(number, person, condition, figure, service.lower() not in _CLOSED, None if reason else value, reason)


def _as_csv(rows: list[_Row]) -> io.StringIO:
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        writer.writerow(
            [
                row.number,
                row.person,
                digits(row.person),
                row.condition,
                row.figure,
                row.is_open,
                "" if row.value is None else row.value,
                row.reason,
            ]
        )
    text.seek(0)
    return text


@transaction.atomic
def resolve_error(*, error: ConditionUploadError, actor: User, note: str) -> ConditionUploadError:
    """Note what was done about a row that could not be taken in, e.g. entered by hand.

    Raises:
        PermissionDenied: the actor may not hand in files.
        RuleViolation: it was dealt with already, or nothing was noted.
    """
    if not actor.has_perm("programs.add_conditionupload", country()):
        raise PermissionDenied
    error = ConditionUploadError.objects.select_for_update().get(pk=error.pk)
    if error.resolved_at:
        raise RuleViolation(_("This row has been dealt with already."))
    note = " ".join(note.split())
    if not note:
        raise RuleViolation(_("Say what was done."))
    error.resolved_by, error.resolved_at, error.resolution = actor, timezone.now(), note[:300]
    error.save(update_fields=["resolved_by", "resolved_at", "resolution"])
    audit.record(actor=actor, action="condition_upload.row_resolved", target=error, note=error.resolution)
    return error

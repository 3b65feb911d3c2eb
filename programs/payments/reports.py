"""Reading what a paying agent sends back: CSV or Excel, headings in Arabic or English, figures in any digits."""

import codecs
import csv
import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from ministry.digits import western
from ministry.exceptions import RuleViolation
from programs.models import Payment, ReconciliationRow

Problem = ReconciliationRow.Problem
# Row 1 is the heading.
FIRST_ROW = 2
# Heading as written by agents → our column.
_HEADINGS = {
    "payment_ref": "ref",
    "payment reference": "ref",
    "payment number": "ref",
    "رقم الدفعة": "ref",
    "status": "status",
    "result": "status",
    "الحالة": "status",
    "النتيجة": "status",
    "amount": "amount",
    "المبلغ": "amount",
    "paid_on": "paid_on",
    "date": "paid_on",
    "payment date": "paid_on",
    "تاريخ الصرف": "paid_on",
    "التاريخ": "paid_on",
    "agent_ref": "agent_ref",
    "receipt": "agent_ref",
    "رقم الإيصال": "agent_ref",
}
_REQUIRED = ("ref", "status", "amount")
_STATUSES = {
    "paid": Payment.Status.PAID,
    "delivered": Payment.Status.PAID,
    "مدفوع": Payment.Status.PAID,
    "مدفوعة": Payment.Status.PAID,
    "صرف": Payment.Status.PAID,
    "تم الصرف": Payment.Status.PAID,
    "returned": Payment.Status.RETURNED,
    "unclaimed": Payment.Status.RETURNED,
    "مرتجع": Payment.Status.RETURNED,
    "مرتجعة": Payment.Status.RETURNED,
    "لم تستلم": Payment.Status.RETURNED,
    "failed": Payment.Status.FAILED,
    "rejected": Payment.Status.FAILED,
    "فشل": Payment.Status.FAILED,
    "مرفوض": Payment.Status.FAILED,
    "مرفوضة": Payment.Status.FAILED,
}
# Thousands only where each group has three digits: 1,50 is not guessed to be 150.
_AMOUNT = re.compile(r"(\d+|\d{1,3}(,\d{3})+)(\.\d{1,5})?")
_SIGNS = str.maketrans({"٬": ",", "٫": ".", "\u200f": "", "\u200e": "", "\u00a0": "", " ": ""})
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%d-%m-%Y")
_BYTES_SNIFFED = 64 * 1024


@dataclass(frozen=True)
class ReportRow:
    """One row: as typed, as understood, and what is wrong with it."""

    row_number: int
    ref_text: str
    status_text: str
    amount_text: str
    paid_on_text: str
    agent_ref: str
    payment_ref: str
    status: str
    amount: Decimal | None
    paid_on: dt.date | None
    problem: str


def read_report(content: BinaryIO, today: dt.date) -> Iterator[ReportRow]:
    """Yield the rows of a report; empty rows are passed over.

    Raises:
        RuleViolation: it is neither CSV nor Excel, or a required column is missing. Said before the first row.
    """
    table = _table(content)
    headings = next(table, None)
    if headings is None:
        raise RuleViolation(_("The file is empty. It needs a heading and at least one row."))
    columns = _columns(headings)
    return _rows(table, columns, today)


def _rows(table: Iterator[list[Any]], columns: dict[str, int], today: dt.date) -> Iterator[ReportRow]:
    for number, cells in enumerate(table, start=FIRST_ROW):
        typed = {name: cells[at] if at < len(cells) else None for name, at in columns.items()}
        if any(_text(value) for value in typed.values()):
            yield understood(number, typed, today)


def understood(number: int, typed: dict[str, Any], today: dt.date) -> ReportRow:
    """Return a row with what its cells mean, or the first thing that is wrong with it."""
    payment_ref = western(_text(typed.get("ref"))).upper().replace(" ", "")
    status = _STATUSES.get(_text(typed.get("status")).casefold(), "")
    amount = parse_amount(typed.get("amount"))
    paid_on, date_is_wrong = parse_date(typed.get("paid_on"), today)
    problem = Problem.NONE
    if not payment_ref:
        problem = Problem.REF_MISSING
    elif not status:
        problem = Problem.STATUS_UNKNOWN
    elif amount is None:
        problem = Problem.AMOUNT_UNREADABLE
    elif date_is_wrong:
        problem = Problem.DATE_UNREADABLE
    return ReportRow(
        row_number=number,
        ref_text=_text(typed.get("ref"))[:100],
        status_text=_text(typed.get("status"))[:100],
        amount_text=_text(typed.get("amount"))[:100],
        paid_on_text=_text(typed.get("paid_on"))[:100],
        agent_ref=_text(typed.get("agent_ref"))[:60],
        payment_ref=payment_ref[:100],
        status=status,
        amount=amount,
        paid_on=paid_on,
        problem=problem,
    )


def parse_amount(value: Any) -> Decimal | None:
    """Return an amount exactly as written, or None; never rounded, never guessed."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        # A spreadsheet keeps 1234.567 as the nearest binary fraction; `repr` gives back the figure that was typed.
        text = repr(value) if isinstance(value, float) else str(value)
    else:
        text = western(_text(value)).translate(_SIGNS)
    if not _AMOUNT.fullmatch(text):
        return None
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return amount if amount < Decimal(10) ** 10 else None


def parse_date(value: Any, today: dt.date) -> tuple[dt.date | None, bool]:
    """Return the date of payment and whether the cell makes no sense; an empty cell is simply no date."""
    if isinstance(value, dt.datetime):
        day: dt.date | None = value.date()
    elif isinstance(value, dt.date):
        day = value
    else:
        text = western(_text(value))
        if not text:
            return None, False
        day = next((parsed for form in _DATES if (parsed := _parsed(text, form))), None)
    if day is None or day > today or day.year < 2000:
        return None, True
    return day, False


def _parsed(text: str, form: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        return None


def _text(value: Any) -> str:
    if value is None:
        return ""
    # PostgreSQL cannot keep the null character.
    return str(value).replace("\x00", "").strip()


def _columns(headings: list[Any]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for position, heading in enumerate(headings):
        name = _HEADINGS.get(_text(heading).casefold())
        if name and name not in columns:
            columns[name] = position
    missing = [name for name in _REQUIRED if name not in columns]
    if missing:
        wanted = {"ref": "payment_ref", "status": "status", "amount": "amount"}
        raise RuleViolation(
            _(
                "Row 1 has no column {columns}. The report needs the headings payment_ref, status and amount; "
                "paid_on and agent_ref may follow."
            ).format(columns=", ".join(wanted[name] for name in missing))
        )
    return columns


def _table(content: BinaryIO) -> Iterator[list[Any]]:
    start = content.read(_BYTES_SNIFFED)
    content.seek(0)
    if start.startswith(b"PK"):
        return _xlsx_table(content)
    if b"\x00" in start.removeprefix(b"\xff\xfe"):
        raise RuleViolation(_("The file is neither CSV nor an Excel workbook (.xlsx). Save it as one of these."))
    return _csv_table(content, start)


def _csv_table(content: BinaryIO, start: bytes) -> Iterator[list[Any]]:
    encoding = "utf-8-sig"
    try:
        # The cut may fall inside a letter; an incomplete end is no error.
        start.decode("utf-8") if len(start) < _BYTES_SNIFFED else start[:-4].decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 8:
            encoding = "windows-1256"
    heading = start.decode(encoding, "replace").splitlines()[:1]
    delimiter = max(",;\t|", key=heading[0].count) if heading else ","
    # Not a text wrapper: that would close the upload when it is forgotten.
    return _csv_rows(csv.reader(codecs.iterdecode(content, encoding, errors="replace"), delimiter=delimiter))


def _csv_rows(reader: Any) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise RuleViolation(
            _("The file breaks off at line {line}: a quotation mark is not closed or a cell is far too long.").format(
                line=reader.line_num
            )
        ) from error


def _xlsx_table(content: BinaryIO) -> Iterator[list[Any]]:
    try:
        book = load_workbook(content, read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # Some programs declare a size of one cell; the rows are read as they come.
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True)
        first = list(islice(rows, 1))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, IndexError, SyntaxError) as error:
        raise RuleViolation(_("The Excel workbook cannot be read. Save it anew as .xlsx and send it again.")) from error
    return _lists(first, rows)


def _lists(first: list[tuple], rows: Iterator[tuple]) -> Iterator[list[Any]]:
    for row in first:
        yield list(row)
    for row in rows:
        yield list(row)

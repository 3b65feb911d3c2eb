"""Writing a list of payments as a file, line by line, in constant memory."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO

from django.db import connections
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from ministry.exports import safe_cell
from programs.models import PaymentCycle, PaymentFile
from programs.payments.pain001 import write_pain001

HEADINGS = (
    "payment_ref",
    "payee_name",
    "national_id",
    "phone",
    "governorate",
    "unit",
    "amount",
    "currency",
    "month",
    "household_ref",
)
AMOUNT_COLUMN = HEADINGS.index("amount")
_WIDTHS = (22, 34, 18, 16, 18, 22, 12, 9, 10, 16)
# A sheet holds 1,048,576 rows.
ROWS_PER_SHEET = 1_000_000
ROWS_AT_ONCE = 5_000

_ROWS = """
    SELECT payment.payment_ref, payee.full_name,
           coalesce((
               SELECT identifier.value_key FROM beneficiaries_identifier identifier
               WHERE identifier.individual_id = payee.id AND identifier.kind = 'national_id'
                 AND identifier.removed_on IS NULL
               ORDER BY identifier.is_well_formed DESC NULLS LAST, identifier.id LIMIT 1
           ), ''),
           coalesce(nullif(payee.phone, ''), household.phone),
           coalesce(governorate.name_ar, ''), area.name_ar, payment.amount, payment.currency,
           household.household_ref
    FROM programs_payment payment
    JOIN programs_entitlement entitlement ON entitlement.id = payment.entitlement_id
    JOIN beneficiaries_household household ON household.id = entitlement.household_id
    JOIN beneficiaries_individual payee ON payee.id = payment.payee_id
    JOIN ministry_area area ON area.id = entitlement.area_id
    LEFT JOIN ministry_area governorate
      ON governorate.level = 'governorate' AND area.path LIKE governorate.path || '%%'
    WHERE payment.cycle_id = %s AND payment.batch = %s
    ORDER BY payment.id
"""


@dataclass
class Totals:
    """What was written."""

    lines: int = 0
    control_total: Decimal = Decimal(0)

    def add(self, amount: Decimal) -> None:
        self.lines += 1
        self.control_total += amount


def rows_of(cycle: PaymentCycle, batch: int) -> Iterator[tuple]:
    """Yield the lines of a list in the order of their numbers, through a server-side cursor."""
    month = f"{cycle.period:%Y-%m}"
    with connections["default"].chunked_cursor() as cursor:
        # The driver's own cursor: Django's would keep the figure to itself.
        cursor.cursor.itersize = ROWS_AT_ONCE
        cursor.execute(_ROWS, [cycle.pk, batch])
        for ref, name, national_id, phone, governorate, unit, amount, currency, household_ref in cursor:
            yield (
                ref,
                clean(name),
                national_id,
                clean(phone).replace("+", "00"),
                governorate,
                unit,
                amount,
                currency,
                month,
                household_ref,
            )


# Neither XML nor a line-based file can carry control characters.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def clean(text: str) -> str:
    """Return the text without control characters and line breaks."""
    return _CONTROL.sub(" ", text).strip()


def write_csv(output: BinaryIO, cycle: PaymentCycle, batch: int, minor_units: int, *, mark: bool) -> Totals:
    """Write a list as CSV: UTF-8, comma, CRLF; `mark` puts the byte-order mark in front that spreadsheets ask for."""
    totals = Totals()
    text = io.TextIOWrapper(output, encoding="utf-8-sig" if mark else "utf-8", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for row in rows_of(cycle, batch):
        amount = row[AMOUNT_COLUMN]
        totals.add(amount)
        writer.writerow([f"{amount:.{minor_units}f}" if value is amount else safe_cell(value) for value in row])
    text.flush()
    text.detach()
    return totals


def write_xlsx(output: BinaryIO, cycle: PaymentCycle, batch: int, minor_units: int) -> Totals:
    """Write a list as a workbook: every cell but the amount is text, and a sheet of its own states the totals."""
    totals = Totals()
    book = Workbook(write_only=True)
    amount_format = "#,##0" + ("." + "0" * minor_units if minor_units else "")
    sheet: WriteOnlyWorksheet | None = None
    for number, row in enumerate(rows_of(cycle, batch)):
        if sheet is None or number % ROWS_PER_SHEET == 0:
            sheet = _new_sheet(book, number // ROWS_PER_SHEET + 1)
        cells = [text_cell(sheet, value) for value in row]
        amount = row[AMOUNT_COLUMN]
        cells[AMOUNT_COLUMN] = WriteOnlyCell(sheet, amount)
        cells[AMOUNT_COLUMN].number_format = amount_format
        sheet.append(cells)
        totals.add(amount)
    control = book.create_sheet("control")
    for label, value in (("payments", totals.lines), ("control_total", totals.control_total)):
        control.append([label, value])
    control.append(["currency", cycle.currency])
    control.append(["list", f"{cycle.pk}/{batch}"])
    book.save(output)
    return totals


def _new_sheet(book: Workbook, number: int) -> WriteOnlyWorksheet:
    sheet = book.create_sheet(f"payments {number}")
    sheet.freeze_panes = "A2"
    for position, width in enumerate(_WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = width
    cells = []
    for heading in HEADINGS:
        cell = WriteOnlyCell(sheet, heading)
        cell.font = Font(bold=True)
        cells.append(cell)
    sheet.append(cells)
    return sheet


def text_cell(sheet: WriteOnlyWorksheet, value: object) -> Cell:
    cell = WriteOnlyCell(sheet, str(value))
    # SECURITY: openpyxl takes a text that begins with = for a formula; numbers of 14 digits survive as text only.
    cell.data_type = "s"
    cell.number_format = "@"
    return cell


def write(output: BinaryIO, cycle: PaymentCycle, batch: int, file_format: str, minor_units: int) -> Totals:
    """Write a list in the format asked for and return its totals.

    Raises:
        RuleViolation: the format needs to know something about the agent that nobody has entered.
    """
    if file_format == PaymentFile.Format.XLSX:
        return write_xlsx(output, cycle, batch, minor_units)
    if file_format == PaymentFile.Format.PAIN001:
        return Totals(*write_pain001(output, cycle, batch, minor_units))
    return write_csv(output, cycle, batch, minor_units, mark=file_format == PaymentFile.Format.CSV)

"""A table as an Excel workbook, written row by row."""

import tempfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from programs.payments.files import text_cell

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Kept in memory up to this size, then on disk.
_IN_MEMORY = 4 * 1024 * 1024


def workbook(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> IO[bytes]:
    """Return a workbook with one sheet: numbers as numbers, everything else as text that nothing calculates."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    headings = []
    for name in header:
        cell = WriteOnlyCell(sheet, name)
        cell.font = Font(bold=True)
        headings.append(cell)
    sheet.append(headings)
    for row in rows:
        sheet.append([value if isinstance(value, int | Decimal) else text_cell(sheet, value) for value in row])
    output = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the answer closes it
    book.save(output)
    output.seek(0)
    return output

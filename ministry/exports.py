"""Files for spreadsheets: nothing a person typed is taken for a formula, and letters survive."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

# What Excel and LibreOffice read as the beginning of a formula (OWASP, CSV injection), also in its full width, which
# some spreadsheets read alike.
FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
ROWS_AT_ONCE = 500


def safe_cell(value: object) -> str:
    """Return the cell's text so that a spreadsheet does not calculate it; numbers stay as they are.

    SECURITY: a cell that begins with one of these signs is executed, also behind blanks and an apostrophe; names and
    references are typed by people.
    """
    text = "" if value is None else str(value)
    is_formula = isinstance(value, str) and (text[:1] in "\t\r" or text.lstrip(" '\t\r\n").startswith(FORMULA_STARTS))
    return f"'{text}" if text and is_formula else text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield a CSV file piece by piece, beginning with the mark by which Excel knows UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        writer.writerow([safe_cell(value) for value in row])
        if number % ROWS_AT_ONCE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """Answer with a CSV file, streamed."""
    return StreamingHttpResponse(
        csv_lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )

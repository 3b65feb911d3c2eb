"""Register files as rows of text, whatever program saved them.

CSV in UTF-8 (with or without mark), UTF-16 (with mark), Windows-1256 or ISO 8859-6, separated by comma, semicolon,
tab or bar, cells quoted where they hold separators or line breaks; or the first sheet of an Excel workbook.
"""

import codecs
import csv
import datetime as dt
import io
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from beneficiaries.imports.layout import Layout, heading

# Python's own limit would stop at 128 KB; a cell that long is a finding about one cell, not the end of the reading.
# Beyond this it is a quotation mark that nobody closed.
CELL_LIMIT = 64 * 1024 * 1024
csv.field_size_limit(CELL_LIMIT)

_BLOCK = 1 << 20
_SEPARATORS = ",;\t|"
_XLSX = b"PK\x03\x04"
_XLS = b"\xd0\xcf\x11\xe0"
# Bytes that may belong to something to be cleaned away: control characters, backslashes (which COPY reads as escapes),
# and the first bytes of marks and signs outside plain Arabic and Latin.
_SUSPECT = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x5C, 0x7F, 0xC2, 0xCC, 0xCD, *range(0xE1, 0xF8)])
# The Arabic letter mark, and hamzas and maddas typed as marks of their own.
_SUSPECT_PAIRS = (b"\xd8\x9c", b"\xd9\x93", b"\xd9\x94", b"\xd9\x95")
_FORMULA = re.compile(rb"<f[ />]")
# What goes wrong in a workbook that is damaged, or was made to look like one.
_DAMAGES = (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, EOFError)


class UnreadableFile(Exception):
    """The file as a whole cannot be read; `reason` says why, `row` from where on."""

    def __init__(self, reason: str, row: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.row = row


@dataclass
class Table:
    """A file's header and rows. `rows` yields (row number as a spreadsheet shows it, cells)."""

    header: list[str]
    rows: Iterator[tuple[int, list[str]]]
    # False where cells may hold invisible characters or anything that has to be cleaned cell by cell.
    is_plain: bool = False
    # Positions of the template's columns, in the template's order; that of a column the file does not have is one
    # beyond its last. Filled by `match_header`.
    positions: list[int] = field(default_factory=list)


def open_table(stream: IO[bytes], expected: Sequence[str], sheet: str = "") -> Table:
    """Read the header of a register file and return it with its rows, which are read as they are asked for.

    `sheet` names the sheet of a workbook (default: the first).

    Raises:
        UnreadableFile: it is no table of text, or empty, or has no such sheet.
    """
    start = stream.read(8)
    stream.seek(0)
    if start.startswith(_XLSX):
        return _open_workbook(stream, sheet)
    if start.startswith(_XLS):
        raise UnreadableFile("unreadable_file")
    return _open_text(stream, expected)


def sheet_names(stream: IO[bytes]) -> list[str]:
    """Return the names of a workbook's sheets; none for a text file.

    Raises:
        UnreadableFile: it is a damaged workbook.
    """
    start = stream.read(4)
    stream.seek(0)
    if start != _XLSX:
        return []
    try:
        return [sheet.title for sheet in load_workbook(stream, read_only=True).worksheets]
    except _DAMAGES as error:
        raise UnreadableFile("unreadable_file") from error
    finally:
        stream.seek(0)


def match_header(
    table: Table, expected: Sequence[str], layout: Layout, required: Collection[str] = ()
) -> list[tuple[str, str]]:
    """Find the template's columns in the header, through the layout; return what is wrong as (reason, column).

    A column mapped to "" is left out. Where a person has gone through the columns, those of the template that nobody
    pointed out are taken as absent, unless they are `required`.
    """
    names = [layout.target(name) for name in table.header]
    # A nameless column without content is how spreadsheets save a stray cell.
    findings = [("column_unknown", name[:40]) for name in names if name and name not in expected]
    wanted = {*layout.columns.values(), *required} if layout.is_chosen else set(expected)
    if layout.numbered:
        wanted.discard("person_ref")
    findings += [("column_missing", name) for name in expected if name in wanted and name not in names]
    findings += [("column_repeated", name) for name in expected if names.count(name) > 1]
    if not findings:
        table.positions = [names.index(name) if name in names else len(names) for name in expected]
    return findings


def _open_text(stream: IO[bytes], expected: Sequence[str]) -> Table:
    encoding, is_plain = _encoding(stream)
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
    first = text.readline()
    row = 1
    if first.lower().startswith("sep="):
        # A hint some programs write for others; spreadsheets do not show it as a row.
        first = text.readline()
    while first and not first.strip():
        first = text.readline()
        row += 1
    if not first:
        raise UnreadableFile("empty_file")
    separator = max(_SEPARATORS, key=lambda sign: _known(first, sign, expected))
    reader = csv.reader(_from_line(first, text), delimiter=separator)
    try:
        header = next(reader)
    except csv.Error as error:
        raise UnreadableFile("quote_not_closed", row) from error
    return Table(header=header, rows=_text_rows(reader, row + 1), is_plain=is_plain)


def _known(line: str, separator: str, expected: Sequence[str]) -> tuple[int, int]:
    names = [heading(name.strip('"')) for name in line.split(separator)]
    return sum(name in expected for name in names), len(names)


def _from_line(first: str, text: io.TextIOWrapper) -> Iterator[str]:
    yield first
    yield from text


def _text_rows(reader: Iterator[list[str]], first: int) -> Iterator[tuple[int, list[str]]]:
    row = first
    try:
        for cells in reader:
            yield row, cells
            row += 1
    except csv.Error as error:
        raise UnreadableFile("quote_not_closed", row) from error


def _encoding(stream: IO[bytes]) -> tuple[str, bool]:
    """Return the file's encoding, and whether it is UTF-8 without anything that has to be cleaned away."""
    start = stream.read(4)
    stream.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", False
    has_mark = start.startswith(codecs.BOM_UTF8)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    is_plain = True
    damaged = foreign = 0
    old: Counter[int] = Counter()
    tail = b""
    stream.seek(len(codecs.BOM_UTF8) if has_mark else 0)
    while block := stream.read(_BLOCK):
        text = decoder.decode(block)
        if "\ufffd" in text:
            damaged += text.count("\ufffd")
            old.update(block)
        foreign += len(block) - len(text)
        if is_plain:
            seam = tail + block[:1]
            is_plain = (
                len(block.translate(None, _SUSPECT)) == len(block)
                and b"\t" not in block
                and not any(pair in block or pair in seam for pair in _SUSPECT_PAIRS)
            )
            tail = block[-1:]
    stream.seek(0)
    # A few broken letters in much that is sound: a UTF-8 file that was damaged, not one of the old code page.
    if damaged and damaged * 10 > foreign:
        return _old_encoding(old), False
    return ("utf-8-sig" if has_mark else "utf-8"), is_plain and not damaged


def _old_encoding(seen: Counter[int]) -> str:
    """Tell the two old Arabic code pages apart: from «ط» on, the same letters have other numbers."""
    windows = sum(seen[byte] for byte in b"\xdd\xde\xdf\xec\xed")  # ف ق ك ى ي
    iso = sum(seen[byte] for byte in b"\xe2\xe7\xe8\xe9\xea")  # ق ه و ى ي, in Windows â ç è é ê
    return "iso8859_6" if iso > windows else "cp1256"


def _open_workbook(stream: IO[bytes], sheet: str) -> Table:
    try:
        rows = _sheet_rows(stream, sheet, data_only=True)
        if _has_formulas(stream):
            rows = _with_formulas(rows, _sheet_rows(stream, sheet, data_only=False))
        header = [_plain(value) for value in next(rows)]
    except StopIteration:
        raise UnreadableFile("empty_file") from None
    except _DAMAGES as error:
        raise UnreadableFile("unreadable_file") from error
    while header and not header[-1]:
        header.pop()
    return Table(header=header, rows=_workbook_rows(rows, len(header)))


def _sheet_rows(stream: IO[bytes], name: str, *, data_only: bool) -> Iterator[tuple[Any, ...]]:
    sheets = load_workbook(stream, read_only=True, data_only=data_only).worksheets
    sheet = next((one for one in sheets if one.title == name), None) if name else sheets[0]
    if sheet is None:
        raise UnreadableFile("sheet_missing")
    # Some programs state a wrong size of the sheet, and only that many cells would be read.
    sheet.reset_dimensions()
    return sheet.iter_rows(values_only=True)


def _has_formulas(stream: IO[bytes]) -> bool:
    """Return whether some sheet of the workbook computes a cell."""
    with zipfile.ZipFile(stream) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            with archive.open(name) as part:
                tail = b""
                while block := part.read(_BLOCK):
                    if _FORMULA.search(tail + block):
                        return True
                    tail = block[-2:]
    return False


def _with_formulas(values: Iterator[tuple[Any, ...]], formulas: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Show the formula itself where no program has computed it: an empty cell would be a silent loss."""
    for row, typed in zip(values, formulas, strict=True):
        yield tuple(
            str(getattr(formula, "text", formula)) if value is None and formula is not None else value
            for value, formula in zip(row, typed, strict=True)
        )


def _workbook_rows(rows: Iterator[tuple[Any, ...]], width: int) -> Iterator[tuple[int, list[str]]]:
    for number, values in enumerate(rows, 2):
        cells = [_plain(value) for value in values]
        # A workbook stores only cells that hold something: a short row is not a damaged one.
        if len(cells) < width:
            cells += [""] * (width - len(cells))
        elif len(cells) > width and not any(cells[width:]):
            del cells[width:]
        yield number, cells


def _plain(value: Any) -> str:
    """Return a workbook's typed value as it would stand in a CSV file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)

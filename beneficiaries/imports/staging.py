"""A register file into the staging table: every row read once, its keys worked out, its findings noted beside it."""

import datetime as dt
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import IO, Any

from django.db import connection

from beneficiaries.imports.cells import Cell, Reader
from beneficiaries.imports.doubts import doubt_age, doubt_number, number_key
from beneficiaries.imports.layout import Layout, layout_of
from beneficiaries.imports.reading import Table, UnreadableFile, match_header, open_table
from beneficiaries.imports.reasons import REASONS
from beneficiaries.imports.template import Sheet
from beneficiaries.models import ImportBatch, ImportIssue
from ministry.countries import current
from ministry.text import NameKeys, PhoneKeys, clean

# Characters of a cell kept in a finding.
VALUE_LENGTH = 200
# Distinct cells of a column remembered at most.
_REMEMBERED = 100_000
# Rows handed to the server at once.
_ROWS_AT_ONCE = 500
# Findings kept in memory before they go to a file.
_FINDINGS_IN_MEMORY = 8 * 1024 * 1024


def stage(*, batch: ImportBatch, sheet: Sheet, stream: IO[bytes], today: dt.date) -> int:
    """Read a file into staging, in place of whatever of it is there, and return how many rows went in.

    Raises:
        UnreadableFile: the file cannot be read to its end. Findings about the header are written, not raised, and
            then no row is staged.
    """
    _forget(batch, sheet)
    with _Findings(batch, sheet) as findings:
        layout = layout_of(batch.mapping, sheet.file)
        table = open_table(stream, sheet.names, layout.sheet)
        problems = match_header(table, sheet.names, layout, sheet.required)
        for reason, column in problems:
            findings.add(1, column, column, reason, {"column": column})
        if problems:
            return 0
        rows = (_HouseholdRows if sheet.keys == ("phone_key",) else _IndividualRows)(
            batch, sheet, table, layout, findings, today
        )
        lines = _Lines(rows.lines())
        columns = ", ".join(("batch_id", "row", *sheet.names, *sheet.keys))
        with connection.cursor() as cursor:
            cursor.copy_expert(
                f"COPY {sheet.model._meta.db_table} ({columns}) FROM STDIN (FORMAT text, NULL '')", lines, size=1 << 18
            )
        if not lines.count:
            raise UnreadableFile("empty_file")
        return lines.count


def note_unreadable(*, batch: ImportBatch, sheet: Sheet, error: UnreadableFile) -> None:
    """Record as a finding that a file cannot be read."""
    _forget(batch, sheet)
    with _Findings(batch, sheet) as findings:
        findings.add(error.row, "", "", error.reason, {})


def _forget(batch: ImportBatch, sheet: Sheet) -> None:
    sheet.model.objects.filter(batch=batch).delete()
    ImportIssue.objects.filter(batch=batch, file=sheet.file).delete()


class _Memory(dict):
    """Cells of a column by what was typed: plain text where all is well, else the `Cell` with its finding."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def __missing__(self, value: str) -> str | Cell:
        cell = self.reader(value)
        if len(self) > _REMEMBERED:
            self.clear()
        self[value] = answer = cell if cell.reason else cell.text
        return answer


class _Glance:
    """The same for a column whose cells are nearly all different: most are seen to be right without being read."""

    def __init__(self, reader: Reader, plainly: Callable[[str], bool]) -> None:
        self.reader = reader
        self.plainly = plainly

    def __getitem__(self, value: str) -> str | Cell:
        if self.plainly(value):
            return value
        cell = self.reader(value)
        return cell if cell.reason else cell.text


class _Worked(dict):
    """Answers worked out once for each distinct text."""

    def __init__(self, work_out: Callable[[str], Any]) -> None:
        super().__init__()
        self.work_out = work_out

    def __missing__(self, value: str) -> Any:
        if len(self) > _REMEMBERED:
            self.clear()
        self[value] = answer = self.work_out(value)
        return answer


class _Rows:
    """Rows of one file on their way to COPY."""

    def __init__(
        self,
        batch: ImportBatch,
        sheet: Sheet,
        table: Table,
        layout: Layout,
        findings: "_Findings",
        today: dt.date,
    ) -> None:
        self.batch_id = str(batch.pk)
        self.sheet = sheet
        self.table = table
        self.findings = findings
        self.today = today
        self.phone = PhoneKeys()
        self.memories = [
            _Glance(column.reader, column.plainly) if column.plainly else _Memory(column.reader)
            for column in sheet.readers(layout)
        ]
        self.places = _Places(sheet, table) if layout.numbered else None

    def lines(self) -> Iterator[str]:
        width = len(self.table.header)
        places = self.places
        is_partial = places is not None or width in self.table.positions
        in_order = self.table.positions == list(range(width))
        pick = itemgetter(*self.table.positions)
        is_plain = self.table.is_plain
        memories = self.memories
        for row, typed in self.table.rows:
            if len(typed) != width:
                if any(typed):
                    self.findings.add(row, "", "", "cell_count", {"found": len(typed), "expected": width})
                continue
            if is_partial:
                typed = [*typed, "", places.number(typed) if places else ""]
            cells = typed if in_order else pick(typed)
            line = "\t".join(cells)
            if (
                not is_plain or "\n" in line or "\r" in line or "  " in line or " \t" in line or "\t " in line
                or line[:1] == " " or line[-1:] == " "
            ):  # fmt: skip
                # COPY reads a backslash as an escape.
                cells = [clean(cell).replace("\\", "/") for cell in cells]
                if not any(cells):
                    continue
            try:
                values: list[Any] = [memory[cell] for memory, cell in zip(memories, cells, strict=True)]
                line = "\t".join(values)
            except TypeError:
                values = self.noted(row, cells, values)
                line = "\t".join(values)
            else:
                if not line.strip("\t"):
                    continue
            yield f"{self.batch_id}\t{row}\t{line}\t{self.keys(row, cells, values)}\n"

    def noted(self, row: int, cells: Any, values: list[Any]) -> list[str]:
        """Note what was found in the cells of a row, and return their plain forms."""
        if not any(cells):
            return [""] * len(values)
        plain = []
        for column, typed, value in zip(self.sheet.columns, cells, values, strict=True):
            if isinstance(value, Cell):
                self.findings.add(row, column.name, typed, value.reason, value.params)
                value = value.text
            plain.append(value)
        return plain

    def keys(self, row: int, cells: Any, values: list[str]) -> str:
        raise NotImplementedError

    def phone_key(self, row: int, phone: str) -> str:
        if not phone:
            return ""
        key, is_usable = self.phone(phone)
        if not is_usable:
            self.findings.add(row, "phone", phone, "phone_unusable", {})
        return key


class _Places:
    """Numbers for people whom the file does not number: household and place in it. Same file, same numbers."""

    def __init__(self, sheet: Sheet, table: Table) -> None:
        self.position = table.positions[sheet.names.index("household_ref")]
        table.positions[sheet.names.index("person_ref")] = len(table.header) + 1
        self.members: Counter[str] = Counter()

    def number(self, typed: list[str]) -> str:
        household = clean(typed[self.position])
        if not household:
            return ""
        self.members[household] += 1
        return f"{household}-{self.members[household]}"


class _HouseholdRows(_Rows):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        names = self.sheet.names
        self.pick = itemgetter(names.index("phone"), names.index("rooms"), names.index("bedrooms"))

    def keys(self, row: int, cells: Any, values: list[str]) -> str:
        phone, rooms, bedrooms = self.pick(values)
        if rooms and bedrooms and int(bedrooms) > int(rooms):
            self.findings.add(row, "bedrooms", bedrooms, "bedrooms_exceed_rooms", {"rooms": int(rooms)})
        return self.phone_key(row, phone)


class _IndividualRows(_Rows):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.names = NameKeys()
        self.mother_keys = _Worked(lambda name: self.names(name)[0])
        self.country = current()
        self.pick = itemgetter(
            *map(
                self.sheet.names.index,
                (
                    "full_name", "mother_name", "phone", "national_id", "birth_date", "sex", "relationship",
                    "marital_status", "years_schooling", "pregnant",
                ),
            )
        )  # fmt: skip

    def keys(self, row: int, cells: Any, values: list[str]) -> str:
        name, mother, phone, typed_number, born, sex, relationship, marital, schooling, pregnant = self.pick(values)
        name_key, skeletons = self.names(name)
        mother_key = self.mother_keys[mother] if mother else ""
        number = is_right = ""
        if typed_number:
            number, is_right = self.number(row, typed_number, born, sex)
        if born:
            doubt_age(
                partial(self.findings.add, row),
                today=self.today, born=born, sex=sex, relationship=relationship, marital=marital, schooling=schooling,
                pregnant=pregnant,
            )  # fmt: skip
        elif pregnant == "1" and sex == "M":
            self.findings.add(row, "pregnant", pregnant, "pregnant_unlikely", {"years": "—"})
        return "\t".join((name_key, " ".join(skeletons), mother_key, self.phone_key(row, phone), number, is_right))

    def number(self, row: int, typed: str, born: str, sex: str) -> tuple[str, str]:
        """Return a national number's key and whether it is well formed ("t"/"f"); note what is doubtful."""
        number = typed if typed.isascii() and typed.isdigit() else number_key(typed)
        is_well_formed = doubt_number(
            partial(self.findings.add, row), country=self.country, number=number, typed=typed, born=born, sex=sex
        )
        return number, "t" if is_well_formed else "f"


class _Lines:
    """Lines for COPY, as the file the driver reads from."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        self.count = 0

    def read(self, _size: int) -> bytes:
        block = list(islice(self.lines, _ROWS_AT_ONCE))
        self.count += len(block)
        return "".join(block).encode()


class _Findings:
    """Findings of one file, one for each cell, written when the rows are in."""

    def __init__(self, batch: ImportBatch, sheet: Sheet) -> None:
        self.batch_id = batch.pk
        self.file = sheet.file
        self.spool = tempfile.SpooledTemporaryFile(max_size=_FINDINGS_IN_MEMORY)  # noqa: SIM115 - closed on exit
        self.row = -1
        self.columns: set[str] = set()

    def add(self, row: int, column: str, value: str, reason: str, params: dict[str, Any]) -> None:
        """Note a finding, unless the cell has one already."""
        if row != self.row:
            self.row = row
            self.columns = set()
        if column in self.columns:
            return
        self.columns.add(column)
        fields = (
            str(self.batch_id), self.file, str(row), column, _escaped(value[:VALUE_LENGTH]),
            REASONS[reason].severity, reason, _escaped(json.dumps(params)),
        )  # fmt: skip
        self.spool.write(("\t".join(fields) + "\n").encode())

    def __enter__(self) -> "_Findings":
        return self

    def __exit__(self, error: type[BaseException] | None, *_rest: object) -> None:
        if error is None:
            self.spool.seek(0)
            with connection.cursor() as cursor:
                cursor.copy_expert(
                    f"COPY {ImportIssue._meta.db_table}"
                    ' (batch_id, file, row, "column", value, severity, reason, params) FROM STDIN (FORMAT text)',
                    self.spool,
                )
        self.spool.close()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", " ").replace("\n", " ").replace("\r", " ").replace("\x00", "")

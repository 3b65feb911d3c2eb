"""Looking into uploaded files before they are read: headings, first rows, words that are no codes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils import timezone

from beneficiaries.imports.layout import Layout, fold_value, layout_of
from beneficiaries.imports.reading import UnreadableFile, match_header, open_table, sheet_names
from beneficiaries.imports.suggesting import codes_of
from beneficiaries.imports.template import Column, sheet_of
from beneficiaries.models import ImportBatch, ImportIssue
from ministry.models import Document
from ministry.text import clean

FILES = (ImportIssue.File.HOUSEHOLDS, ImportIssue.File.INDIVIDUALS)
# Rows shown, and rows looked through for words that are no codes; the check itself reads all.
SHOWN_ROWS = 3
LOOKED_AT_ROWS = 5_000
# Characters of a cell that are shown, and different words of a column that are asked about.
_SHOWN_LENGTH = 60
_WORDS = 40


@dataclass(frozen=True)
class FilePreview:
    """The beginning of a file: its sheets and the one looked at, headings, and for each the first cells."""

    file: str
    sheets: list[str]
    sheet: str
    header: list[str]
    samples: list[list[str]]


def document_of(batch: ImportBatch, file: str) -> Document:
    """Return the document that holds one of the two files; one workbook may hold both."""
    return batch.households_file if file == ImportIssue.File.HOUSEHOLDS else batch.individuals_file


def look_into(batch: ImportBatch, *, file: str, sheet: str = "") -> FilePreview:
    """Return the beginning of one of a batch's files.

    Without a `sheet`, households are looked for on the first; people on the second where one workbook holds both.

    Raises:
        UnreadableFile: it is no table.
    """
    names = sheet_of(file, today=timezone.localdate()).names
    with document_of(batch, file).file.open("rb") as stream:
        sheets = sheet_names(stream)
        if sheet not in sheets:
            is_shared = batch.households_file_id == batch.individuals_file_id
            second = file == ImportIssue.File.INDIVIDUALS and is_shared and len(sheets) > 1
            sheet = sheets[1 if second else 0] if sheets else ""
        table = open_table(stream, names, sheet)
        rows = [cells for _number, cells in islice(table.rows, SHOWN_ROWS)]
    samples = [
        [clean(row[index])[:_SHOWN_LENGTH] for row in rows if index < len(row)] for index in range(len(table.header))
    ]
    return FilePreview(file, sheets, sheet, table.header, samples)


def fits(batch: ImportBatch, mapping: Mapping[str, Any]) -> bool:
    """Return whether both files have the columns the mapping (or the template) expects.

    A file that cannot be read at all fits: what is wrong with it is for the check to say.
    """
    for file in FILES:
        layout = layout_of(mapping, file)
        sheet = sheet_of(file, today=timezone.localdate())
        try:
            with document_of(batch, file).file.open("rb") as stream:
                table = open_table(stream, sheet.names, layout.sheet)
                if match_header(table, sheet.names, layout, sheet.required):
                    return False
        except UnreadableFile as error:
            if error.reason == "sheet_missing":
                return False
    return True


def unknown_words(batch: ImportBatch, *, file: str, layout: Layout) -> dict[str, list[tuple[str, int]]]:
    """Return, by column with codes, what stands there and is none: (as written, rows), the frequent ones first."""
    today = timezone.localdate()
    sheet = sheet_of(file, today=today)
    with document_of(batch, file).file.open("rb") as stream:
        table = open_table(stream, sheet.names, layout.sheet)
        if match_header(table, sheet.names, layout, sheet.required):
            return {}
        wanted = [
            (column, position, Counter[str](), dict[str, str]())
            for column, position in zip(sheet.readers(layout), table.positions, strict=True)
            if codes_of(column.name) and position < len(table.header)
        ]
        for _number, cells in islice(table.rows, LOOKED_AT_ROWS):
            if len(cells) == len(table.header):
                for _column, position, words, written in wanted:
                    word = fold_value(cells[position])
                    words[word] += 1
                    written.setdefault(word, clean(cells[position]))
    return {
        column.name: unknown[:_WORDS]
        for column, _position, words, written in wanted
        if (unknown := [(written[word], rows) for word, rows in words.most_common() if word and _is_none(column, word)])
    }


def _is_none(column: Column, word: str) -> bool:
    """Return whether a word is none of a column's codes."""
    return bool(column.reader(word).reason)

"""A survey file as households with facts: one row per household, or one per person with the head marked.

Cells that cannot be read are named with row, column and reason, and count as not known; a household without number,
measure, weight or head, or whose rows contradict each other in the measure, is left out and named.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any

from beneficiaries.facts import CATALOGUE, Kind
from beneficiaries.fitting.columns import HEAD, REF, REGION, WEIGHT, WELFARE
from beneficiaries.imports.layout import heading
from beneficiaries.imports.reading import UnreadableFile, open_table
from beneficiaries.imports.suggesting import suggest_value
from ministry.text import clean, fold_digits

# Findings that are named; of the others the number is told.
NAMED = 200
ROWS_AT_MOST = 1_000_000
# Each is a question to a person.
COLUMNS_AT_MOST = 500
_SMALLINT = 32767
_YES = frozenset({"1", "yes", "true", "نعم", "y"})
_NO = frozenset({"0", "no", "false", "لا", "n"})
# A trait of single people differs between the members of many households; a mistake in typing, of few.
_OF_PEOPLE_FROM = 0.05

Value = float | int | bool | str | None


@dataclass
class SurveyHousehold:
    """A household of the survey: its number, measure, weight, region, and facts by code (None = not known)."""

    ref: str
    welfare: float
    weight: float
    region: str
    facts: dict[str, Value]


@dataclass
class Findings:
    """What was found while reading: rows, households left out by reason, cells that could not be read."""

    rows: int = 0
    cells: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    # {"row", "column", "value", "reason", "params"}, the first `NAMED`.
    named: list[dict[str, Any]] = field(default_factory=list)
    # Columns whose 1s were counted over the members of each household.
    counted: list[str] = field(default_factory=list)

    def cell(self, row: int, column: str, value: str, reason: str, **params: Any) -> None:
        self.cells += 1
        self._name(row, column, value, reason, params)

    def household(self, row: int, column: str, value: str, reason: str) -> None:
        self.left_out[reason] = self.left_out.get(reason, 0) + 1
        self._name(row, column, value, reason, {})

    def _name(self, row: int, column: str, value: str, reason: str, params: dict[str, Any]) -> None:
        if len(self.named) < NAMED:
            self.named.append(
                {"row": row, "column": column[:60], "value": value[:60], "reason": reason, "params": params}
            )

    def as_json(self) -> dict[str, Any]:
        return vars(self)


@dataclass
class _Row:
    number: int
    cells: dict[str, str]


def headings_of(stream: IO[bytes], rows: int = 3) -> tuple[list[str], list[list[str]]]:
    """Return the headings of a file and, for each, its first cells.

    Raises:
        UnreadableFile: it is no table, or has more columns than anybody could name.
    """
    table = open_table(stream, ())
    if len(table.header) > COLUMNS_AT_MOST:
        raise UnreadableFile("too_many_columns")
    first = [cells for _number, cells in islice(table.rows, rows)]
    samples = [
        [clean(cells[place])[:40] for cells in first if place < len(cells)] for place in range(len(table.header))
    ]
    return table.header, samples


def read_survey(stream: IO[bytes], columns: Mapping[str, str]) -> tuple[list[SurveyHousehold], Findings]:
    """Return the households of a survey file, in the order of the file, and what was found.

    Raises:
        UnreadableFile: it is no table, has too many rows, or lacks a column that was named.
    """
    table = open_table(stream, ())
    wanted = {heading(name): target for name, target in columns.items() if target}
    places = {heading(name): place for place, name in enumerate(table.header) if heading(name) in wanted}
    if missing := set(wanted) - set(places):
        raise UnreadableFile("column_missing:" + ", ".join(sorted(missing)))
    findings = Findings()
    by_ref: dict[str, list[_Row]] = {}
    ref_name = next(name for name, target in wanted.items() if target == REF)
    for number, cells in table.rows:
        if not any(cells):
            continue
        findings.rows += 1
        if findings.rows > ROWS_AT_MOST:
            raise UnreadableFile("too_many_rows")
        if len(cells) != len(table.header):
            findings.cell(number, "", "", "cell_count", found=len(cells), expected=len(table.header))
            continue
        row = _Row(number, {name: clean(cells[place]) for name, place in places.items()})
        ref = row.cells[ref_name]
        if ref:
            by_ref.setdefault(ref, []).append(row)
        else:
            findings.household(number, ref_name, "", "no_ref")
    of_people = _columns_of_people(by_ref, wanted) if HEAD in wanted.values() else set()
    findings.counted = sorted(of_people)
    reader = _Reader(wanted, of_people, findings)
    return [one for one in (reader.household(ref, rows) for ref, rows in by_ref.items()) if one], findings


def _columns_of_people(by_ref: Mapping[str, list[_Row]], wanted: Mapping[str, str]) -> set[str]:
    """Return the columns of counts that hold 1 or 0 and differ between the members of many households."""
    found = set()
    larger = [rows for rows in by_ref.values() if len(rows) > 1]
    for name, target in wanted.items():
        fact = CATALOGUE.get(target)
        if fact is None or fact.kind is not Kind.COUNT or not larger:
            continue
        values = [{fold_digits(row.cells[name]) for row in rows} for rows in larger]
        differing = sum(len(one) > 1 for one in values)
        if set().union(*values) <= {"0", "1", ""} and differing >= _OF_PEOPLE_FROM * len(larger):
            found.add(name)
    return found


class _Reader:
    """Makes one household of its rows."""

    def __init__(self, wanted: Mapping[str, str], of_people: set[str], findings: Findings) -> None:
        self.wanted, self.of_people, self.findings = wanted, of_people, findings
        self.name_of = {target: name for name, target in wanted.items()}

    def household(self, ref: str, rows: list[_Row]) -> SurveyHousehold | None:
        head = self._head(rows)
        if head is None:
            return None
        welfare = self._number(head, self.name_of[WELFARE])
        if welfare is None:
            self.findings.household(head.number, self.name_of[WELFARE], head.cells[self.name_of[WELFARE]], "no_welfare")
            return None
        for row in rows:
            if row.cells[self.name_of[WELFARE]] != head.cells[self.name_of[WELFARE]]:
                self.findings.household(
                    row.number, self.name_of[WELFARE], row.cells[self.name_of[WELFARE]], "welfare_differs"
                )
                return None
        weight: float | None = 1.0
        if WEIGHT in self.name_of:
            weight = self._number(head, self.name_of[WEIGHT])
            if not weight or weight <= 0:
                self.findings.household(
                    head.number, self.name_of[WEIGHT], head.cells[self.name_of[WEIGHT]], "no_weight"
                )
                return None
        facts = self._facts(head, rows)
        _derive(facts)
        return SurveyHousehold(ref, welfare, weight or 1.0, self._region(head), facts)

    def _head(self, rows: list[_Row]) -> _Row | None:
        if HEAD not in self.name_of:
            if len(rows) > 1:
                self.findings.household(
                    rows[1].number, self.name_of[REF], rows[1].cells[self.name_of[REF]], "ref_twice"
                )
                return None
            return rows[0]
        name = self.name_of[HEAD]
        heads = [row for row in rows if fold_digits(row.cells[name]).casefold() in _YES]
        if len(heads) != 1:
            self.findings.household(rows[0].number, name, "", "no_head" if not heads else "many_heads")
            return None
        return heads[0]

    def _facts(self, head: _Row, rows: list[_Row]) -> dict[str, Value]:
        facts: dict[str, Value] = {}
        for name, target in self.wanted.items():
            code, _equals, answer = target.partition("=")
            fact = CATALOGUE.get(code)
            if fact is None:
                continue
            if answer:
                facts.setdefault(code, None)
                if self._flag(head, name):
                    facts[code] = answer
            elif name in self.of_people:
                flags = [self._flag(row, name) for row in rows]
                facts[code] = sum(1 for flag in flags if flag)
            elif fact.kind is Kind.BOOLEAN:
                facts[code] = self._flag(head, name)
            elif fact.kind is Kind.CHOICE:
                facts[code] = self._answer(head, name, code)
            else:
                facts[code] = self._number(head, name, whole=fact.kind is Kind.COUNT)
        return facts

    def _region(self, head: _Row) -> str:
        names = [name for name, target in self.wanted.items() if target == REGION]
        if len(names) == 1:
            return head.cells[names[0]][:60]
        return next((name for name in names if fold_digits(head.cells[name]) == "1"), "")

    def _flag(self, row: _Row, name: str) -> bool | None:
        text = fold_digits(row.cells[name]).casefold()
        if text in _YES:
            return True
        if text in _NO:
            return False
        if text:
            self.findings.cell(row.number, name, row.cells[name], "not_yes_or_no")
        return None

    def _answer(self, row: _Row, name: str, code: str) -> str | None:
        text = row.cells[name]
        if not text:
            return None
        permitted = [value for value, _label in CATALOGUE[code].choices]
        found = suggest_value("sex" if code == "head_sex" else code, text)
        if not found:
            found = next((value for value in permitted if value.casefold() == text.casefold()), "")
        if found in permitted:
            return found
        self.findings.cell(row.number, name, text, "unknown_code", codes=", ".join(permitted))
        return None

    def _number(self, row: _Row, name: str, *, whole: bool = False) -> float | int | None:
        text = fold_digits(row.cells[name])
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.findings.cell(row.number, name, row.cells[name], "not_a_number")
        elif whole and not value.is_integer():
            self.findings.cell(row.number, name, row.cells[name], "not_whole")
        elif value < 0 or value > (_SMALLINT if whole else 1e12):
            self.findings.cell(row.number, name, row.cells[name], "out_of_range", low=0, high=_SMALLINT)
        else:
            return int(value) if whole else value
        return None


def _derive(facts: dict[str, Value]) -> None:
    """Add the facts the register computes from others, by the same formulas, where the survey does not hold them."""
    members = facts.get("members")
    for code, dividend, divisor in (
        ("persons_per_room", members, facts.get("rooms")),
        ("income_per_head", facts.get("income_monthly"), members),
    ):
        if code not in facts and isinstance(dividend, int | float) and isinstance(divisor, int | float) and divisor:
            facts[code] = dividend / divisor


def halves(households: list[SurveyHousehold]) -> tuple[list[SurveyHousehold], list[SurveyHousehold]]:
    """Cut a survey in two by the hash of the household's number: the same for the same file, whatever its order."""
    ordered = sorted(households, key=lambda one: place_of(one.ref))
    middle = -(-len(ordered) // 2)
    return ordered[:middle], ordered[middle:]


def place_of(ref: str) -> str:
    """Return where a household stands in the order in which a survey is cut: a hash, so not in the file's own order."""
    return hashlib.sha256(ref.encode()).hexdigest()


def facts_of(households: list[SurveyHousehold]) -> Iterator[str]:
    """Yield the facts that are known of some household."""
    seen: set[str] = set()
    for household in households:
        for code, value in household.facts.items():
            if value is not None and code not in seen:
                seen.add(code)
                yield code

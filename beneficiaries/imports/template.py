"""The two register files: their columns, and how the cells of each are read."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from beneficiaries.imports import cells
from beneficiaries.imports.cells import Reader
from beneficiaries.imports.layout import Layout
from beneficiaries.models import (
    Disability,
    Dwelling,
    ImportIssue,
    Individual,
    Membership,
    StagedHousehold,
    StagedIndividual,
)

REFERENCE_LENGTH = 40
NAME_LENGTH = 300
ADDRESS_LENGTH = 300
PHONE_LENGTH = 40
IDENTIFIER_LENGTH = 60
# Outside these an amount or count is a slip of the keyboard, not a household.
INCOME_HIGHEST = 1_000_000
RENT_HIGHEST = 200_000
SCHOOLING_HIGHEST = 25
# A formula, or what a spreadsheet shows where one went wrong, begins with one of these.
_FORMULA_SIGNS = ("=", "#")


@dataclass(frozen=True)
class Column:
    """A column of the import template.

    `reader` is asked once for each distinct cell. Where nearly every cell is another one, remembering would cost more
    than it saves: there `plainly` says at a glance that a cell is right as it stands, and only the others are read.
    """

    name: str
    reader: Reader
    plainly: Callable[[str], bool] | None = None

    @property
    def is_required(self) -> bool:
        """Whether each row must have something here."""
        return isinstance(self.reader, partial) and self.reader.func is cells.read_required


@dataclass(frozen=True)
class Sheet:
    """One of the two files."""

    file: str
    columns: tuple[Column, ...]
    model: type[StagedHousehold] | type[StagedIndividual]
    # Columns the portal works out beside those typed.
    keys: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> frozenset[str]:
        """The columns a file cannot do without."""
        return frozenset(column.name for column in self.columns if column.is_required)

    def readers(self, layout: Layout) -> list[Column]:
        """Return the columns as a file of this layout is to be read."""
        return [replace(column, reader=layout.reader(column.name, column.reader)) for column in self.columns]


def sheet_of(file: str, *, today: dt.date) -> Sheet:
    """Return the template of one of the two files, as it is to be read today."""
    return households_sheet(today=today) if file == ImportIssue.File.HOUSEHOLDS else individuals_sheet(today=today)


def households_sheet(*, today: dt.date) -> Sheet:
    """Return the template of households.csv as it is to be read today."""
    day = partial(cells.read_date, today=today)
    flag = cells.read_flag
    return Sheet(
        file=ImportIssue.File.HOUSEHOLDS,
        model=StagedHousehold,
        keys=("phone_key",),
        columns=(
            Column("household_ref", _required(partial(cells.read_text, limit=REFERENCE_LENGTH)), _plainly_reference),
            Column("registered_on", _required(partial(day, earliest=dt.date(1990, 1, 1)))),
            Column("governorate_code", _required(partial(cells.read_text, limit=REFERENCE_LENGTH))),
            Column("district_code", partial(cells.read_text, limit=REFERENCE_LENGTH)),
            Column("address", partial(cells.read_text, limit=ADDRESS_LENGTH), _plainly_address),
            Column("phone", partial(cells.read_text, limit=PHONE_LENGTH, over_limit="phone_too_long"), _plainly_phone),
            Column("urban", flag),
            Column("tenure", _codes(Dwelling.Tenure)),
            Column("monthly_rent", partial(cells.read_money, high=RENT_HIGHEST)),
            Column("rooms", _count(low=1, high=50)),
            Column("bedrooms", _count(low=0, high=50)),
            Column("wall", _codes(Dwelling.Wall)),
            Column("floor", _codes(Dwelling.Floor)),
            Column("roof", _codes(Dwelling.Roof)),
            Column("water", _codes(Dwelling.Water)),
            Column("sanitation", _codes(Dwelling.Sanitation)),
            Column("electricity", _codes(Dwelling.Electricity)),
            Column("cooking_fuel", _codes(Dwelling.CookingFuel)),
            Column("waste", _codes(Dwelling.Waste)),
            Column("refrigerator", flag),
            Column("television", flag),
            Column("computer", flag),
            Column("mobile_phone", flag),
            Column("tablets", _count(low=0, high=99)),
            Column("mobile_phones", _count(low=0, high=99)),
            Column("income_monthly", partial(cells.read_money, high=INCOME_HIGHEST)),
        ),
    )


def individuals_sheet(*, today: dt.date) -> Sheet:
    """Return the template of individuals.csv as it is to be read today."""
    return Sheet(
        file=ImportIssue.File.INDIVIDUALS,
        model=StagedIndividual,
        keys=("name_key", "name_skeletons", "mother_key", "phone_key", "national_key", "national_ok"),
        columns=(
            Column("household_ref", _required(partial(cells.read_text, limit=REFERENCE_LENGTH)), _plainly_reference),
            Column("person_ref", _required(partial(cells.read_text, limit=REFERENCE_LENGTH)), _plainly_reference),
            Column("full_name", _required(partial(cells.read_name, limit=NAME_LENGTH, parts=2)), _plainly_name),
            Column("mother_name", partial(cells.read_name, limit=NAME_LENGTH), _plainly_mother),
            Column("national_id", partial(cells.read_text, limit=IDENTIFIER_LENGTH), _plainly_number),
            Column("birth_date", partial(cells.read_date, today=today, earliest=dt.date(1900, 1, 1))),
            Column("sex", _required(_codes(Individual.Sex))),
            Column("phone", partial(cells.read_text, limit=PHONE_LENGTH, over_limit="phone_too_long"), _plainly_phone),
            Column("relationship", _required(_codes(Membership.Relationship))),
            Column("marital_status", _codes(Individual.MaritalStatus)),
            Column("years_schooling", _count(low=0, high=SCHOOLING_HIGHEST)),
            Column("in_school", cells.read_flag),
            Column("works", cells.read_flag),
            Column("pregnant", cells.read_flag),
            Column(
                "disability",
                partial(
                    cells.read_disability,
                    domains=frozenset(Disability.Domain.values),
                    severities=frozenset(map(str, Disability.Severity.values)),
                ),
            ),
        ),
    )


def _plainly_reference(cell: str) -> bool:
    return 0 < len(cell) <= REFERENCE_LENGTH and cell.isascii() and cell[0] not in _FORMULA_SIGNS


def _plainly_name(cell: str) -> bool:
    return " " in cell and len(cell) <= NAME_LENGTH and cell.replace(" ", "").isalpha()


def _plainly_mother(cell: str) -> bool:
    return not cell or _plainly_name(cell)


def _plainly_phone(cell: str) -> bool:
    return len(cell) <= PHONE_LENGTH and cell.isascii() and cell[:1] not in _FORMULA_SIGNS


def _plainly_number(cell: str) -> bool:
    return len(cell) <= IDENTIFIER_LENGTH and cell.isascii() and cell[:1] not in _FORMULA_SIGNS


def _plainly_address(cell: str) -> bool:
    return len(cell) <= ADDRESS_LENGTH and cells.DAMAGED not in cell and cell[:1] not in _FORMULA_SIGNS


def _count(*, low: int, high: int) -> Reader:
    return partial(cells.read_count, low=low, high=high)


def _codes(choices: type) -> Reader:
    return partial(cells.read_code, codes=tuple(choices.values))  # type: ignore[attr-defined]


def _required(reader: Reader) -> Reader:
    return partial(cells.read_required, reader=reader)

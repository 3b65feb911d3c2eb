"""What a rule may ask of a member: each field in words, its kind, and where it stands in SQL."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from beneficiaries.facts import Kind
from beneficiaries.models import Disability, Individual, Membership
from beneficiaries.rules import years_before

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# Aliases of the member subselect: ms the membership, i the person, d the person's highest functional difficulty.
# Pregnancy is asked of women of these ages; outside them an empty answer means no.
_FERTILE_FROM, _FERTILE_UNTIL = 15, 49


@dataclass(frozen=True)
class MemberField:
    """One field: its code, name, kind, permitted values, and the SQL that reads it (with its parameters)."""

    code: str
    label: "_StrPromise"
    kind: Kind
    sql: Callable[[dt.date], tuple[str, list[Any]]]
    choices: tuple[tuple[str, Any], ...] = ()
    # Whether it reads `d`.
    needs_difficulties: bool = False


def _column(sql: str) -> Callable[[dt.date], tuple[str, list[Any]]]:
    return lambda _on_date: (sql, [])


def _pregnant(on_date: dt.date) -> tuple[str, list[Any]]:
    return (
        "CASE WHEN i.sex = 'M' THEN false WHEN i.pregnant IS NOT NULL THEN i.pregnant"
        " WHEN i.birth_date > %s OR i.birth_date <= %s THEN false END",
        [years_before(on_date, _FERTILE_FROM), years_before(on_date, _FERTILE_UNTIL + 1)],
    )


_FIELDS = (
    # Compared through the birth date, never computed row by row (see `compiler`).
    MemberField("age", _("age"), Kind.COUNT, _column("i.birth_date")),
    MemberField("sex", _("sex"), Kind.CHOICE, _column("i.sex"), tuple(Individual.Sex.choices)),
    MemberField(
        "relationship",
        _("relationship to the head"),
        Kind.CHOICE,
        _column("ms.relationship"),
        tuple(Membership.Relationship.choices),
    ),
    MemberField(
        "marital_status",
        _("marital status"),
        Kind.CHOICE,
        _column("nullif(i.marital_status, '')"),
        tuple(Individual.MaritalStatus.choices),
    ),
    MemberField("years_schooling", _("years of schooling"), Kind.COUNT, _column("i.years_schooling")),
    MemberField("in_school", _("in school"), Kind.BOOLEAN, _column("i.in_school")),
    MemberField("works", _("works"), Kind.BOOLEAN, _column("i.works")),
    MemberField("pregnant", _("pregnant"), Kind.BOOLEAN, _pregnant),
    MemberField(
        "severity",
        _("highest degree of disability"),
        Kind.COUNT,
        _column("coalesce(d.severity, 1)"),
        (("1", _("No difficulty")), *((str(value), label) for value, label in Disability.Severity.choices)),
        needs_difficulties=True,
    ),
    MemberField(
        "formal_income", _("monthly formal income"), Kind.MONEY, _column("i.formal_income_monthly::double precision")
    ),
)

MEMBER_FIELDS: dict[str, MemberField] = {entry.code: entry for entry in _FIELDS}

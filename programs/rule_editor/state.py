"""What stands in the fields of a condition while it is being written, wherever it came from: a row, or a sent form."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from beneficiaries.facts import CATALOGUE, Kind
from programs.eligibility.member_fields import MEMBER_FIELDS
from programs.models import Criterion
from programs.rule_editor.outline import fingerprint_of

# What stands for «the number of members who …» among the facts.
MEMBERS = "count-of-members"
LISTS = frozenset({"in", "not_in"})
# As many member conditions as a page offers; two or three are usual.
ROWS_MAX = 12


@dataclass(frozen=True)
class Comparison:
    """What is compared (fact, or field of a member), how, and with which values."""

    about: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()

    @property
    def counts_members(self) -> bool:
        return self.about == MEMBERS


@dataclass(frozen=True)
class State:
    """All fields of a condition."""

    main: Comparison = field(default_factory=Comparison)
    rows: tuple[Comparison, ...] = (Comparison(),)
    # Public wording, notes, legal basis, place, what an unknown counts as, fingerprint of what it began from.
    rest: Mapping[str, str] = field(default_factory=dict)

    @property
    def shape(self) -> str:
        """What the comparison's fields depend on: a page that shows another shape has to be drawn again."""
        return "|".join((self.main.about, *(row.about for row in self.rows if self.main.counts_members)))

    def with_row(self) -> "State":
        """Return it with one more member condition to fill in."""
        return replace(self, rows=(*self.rows, Comparison())[:ROWS_MAX])

    def without_row(self, number: int) -> "State":
        """Return it without a member condition; one always stays."""
        kept = tuple(row for place, row in enumerate(self.rows) if place != number)
        return replace(self, rows=kept or (Comparison(),))


REST = (
    "when_unknown", "group", "legal_basis", "wording_ar", "wording_en", "note_ar", "note_en", "seen",
)  # fmt: skip


def state_of_data(data: Any) -> State:
    """Read what was sent (a QueryDict), without judging it."""
    try:
        count = min(max(int(data.get("rows", "1")), 1), ROWS_MAX)
    except ValueError:
        count = 1
    return State(
        main=_sent(data, "about", "operator", "value"),
        rows=tuple(_sent(data, f"m{row}-field", f"m{row}-operator", f"m{row}-value") for row in range(count)),
        rest={name: data.get(name, "") for name in REST},
    )


def state_of(criterion: Criterion) -> State:
    """Read a condition that is kept already."""
    fact = CATALOGUE.get(criterion.fact)
    rows = tuple(
        _kept(row.field, row.operator, row.value, found.kind if (found := MEMBER_FIELDS.get(row.field)) else None)
        for row in criterion.member_conditions.all()
    )
    kind = fact.kind if fact else None
    about = criterion.fact or MEMBERS
    return State(
        main=_kept(about, criterion.operator, criterion.value, kind),
        rows=rows or (Comparison(),),
        rest={
            "when_unknown": criterion.when_unknown,
            "group": str(criterion.group_id),
            "legal_basis": str(criterion.legal_basis_id or ""),
            "wording_ar": criterion.wording_ar,
            "wording_en": criterion.wording_en,
            "note_ar": criterion.note_ar,
            "note_en": criterion.note_en,
            "seen": fingerprint_of(criterion),
        },
    )


def new_state(group: str = "") -> State:
    """Return an empty condition for a group."""
    return State(rest={"when_unknown": Criterion.WhenUnknown.NEEDS_INFORMATION.value, "group": group})


def kept_form(comparison: Comparison, kind: Kind | None) -> tuple[str, str]:
    """Return operator and value as a row keeps them: of a code, «is one of» with a single value is «is»."""
    values = ",".join(value.strip() for value in comparison.values if value.strip())
    operator = "eq" if kind is Kind.BOOLEAN else comparison.operator
    if kind is Kind.CHOICE and operator in LISTS and "," not in values:
        operator = "eq" if operator == "in" else "ne"
    return operator, values


def _sent(data: Any, about: str, operator: str, value: str) -> Comparison:
    return Comparison(data.get(about, ""), data.get(operator, ""), tuple(data.getlist(value)))


def _kept(about: str, operator: str, value: str, kind: Kind | None) -> Comparison:
    """Return a kept comparison as the page offers it: of codes as «one of», of yes and no as «is»."""
    parts = tuple(part.strip() for part in value.replace("،", ",").split(",") if part.strip())
    if kind is Kind.CHOICE:
        return Comparison(about, {"eq": "in", "ne": "not_in"}.get(operator, operator), parts)
    if kind is Kind.BOOLEAN and operator == "ne":
        return Comparison(about, "eq", ("false" if parts == ("true",) else "true",))
    return Comparison(about, operator, parts if operator in LISTS else (value,))

"""What a version asks and pays that another one does not, in words: what a second person has to look at."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from ministry import formats
from programs.models import Criterion, ProgramVersion
from programs.rule_editor.forms import heading_of
from programs.rule_editor.outline import Outline, Place, outline_of


@dataclass(frozen=True)
class Difference:
    """One line: what it is about, what the earlier version said, what the later one says (empty: not there)."""

    about: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Differences:
    """Everything that differs; `earlier` None: there is nothing in force to compare with."""

    earlier: ProgramVersion | None
    lines: list[Difference]


def differences(later: ProgramVersion, earlier: ProgramVersion | None) -> Differences:
    """Compare rules and amounts of two versions; a new programme is compared with nothing."""
    if earlier is None:
        return Differences(None, [])
    before, after = outline_of(earlier), outline_of(later)
    return Differences(earlier, [*_amounts(earlier, later), *_groups(before, after), *_criteria(before, after)])


def _amounts(earlier: ProgramVersion, later: ProgramVersion) -> Iterator[Difference]:
    def said(version: ProgramVersion) -> Iterator[tuple[str, str]]:
        yield _("Base amount per month"), formats.plain_money(version.base_amount)
        yield _("Members counted at most"), formats.number(version.component_members_max)
        model = version.scoring_model
        yield _("Scoring model"), str(model) if model else _("the one in force")

    for (label, was), (_label, now) in zip(said(earlier), said(later), strict=True):
        if was != now:
            yield Difference(label, was, now)
    was_paid, now_paid = (
        Counter(f"{row.name}: {formats.plain_money(row.amount)}" for row in version.components.all())
        for version in (earlier, later)
    )
    for text in (was_paid - now_paid).elements():
        yield Difference(_("Amount per member"), text, "")
    for text in (now_paid - was_paid).elements():
        yield Difference(_("Amount per member"), "", text)


def _groups(before: Outline, after: Outline) -> Iterator[Difference]:
    """A group is the same when it stands in the same place; what it asks for may differ."""
    was = {place.number: heading_of(place) for place in before.groups}
    now = {place.number: heading_of(place) for place in after.groups}
    for number in sorted({*was, *now}):
        if was.get(number) != now.get(number):
            yield Difference(_("Group"), was.get(number, ""), now.get(number, ""))


def _criteria(before: Outline, after: Outline) -> Iterator[Difference]:
    """Leave out what is the same, then pair what looks at the same thing; what is left over came or went."""
    gone, come = _spoken(before), _spoken(after)
    for entry in list(come):
        if entry in gone:
            gone.remove(entry)
            come.remove(entry)
    for subject, now in come:
        twin = next((entry for entry in gone if entry[0] == subject), None)
        if twin is None:
            yield Difference(_("New condition"), "", "; ".join(now))
            continue
        gone.remove(twin)
        was = twin[1]
        yield Difference(
            _("Changed condition"),
            "; ".join([was[0], *(part for part in was[1:] if part not in now)]),
            "; ".join([now[0], *(part for part in now[1:] if part not in was)]),
        )
    for _what, was in gone:
        yield Difference(_("Condition that falls away"), "; ".join(was), "")


def _spoken(outline: Outline) -> list[tuple[tuple, list[str]]]:
    return [(_subject(place.criterion), _said(place)) for place in outline.places if place.criterion is not None]


def _subject(criterion: Criterion) -> tuple:
    return (criterion.fact, *(row.field for row in criterion.member_conditions.all()))


def _said(place: Place) -> list[str]:
    criterion: Any = place.criterion
    unknown: str | Promise = criterion.get_when_unknown_display()
    parts = [
        place.asked or criterion.wording,
        _("When it is not known: {consequence}").format(consequence=unknown),
        _("Public wording: {wording}").format(wording=criterion.wording),
    ]
    if criterion.legal_basis is not None:
        parts.append(_("Legal basis: {basis}").format(basis=criterion.legal_basis.name))
    return parts

"""Why two cards may be one person: the evidence of a pair field by field, and two bars that add up from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from beneficiaries.models import DuplicatePair, Identifier
from ministry import formats

# Units of the drawing: the page scales it.
WIDTH = 240
UNKNOWN = "unknown"
PRIOR = "prior"

_FIELDS: dict[str, str | Promise] = {
    PRIOR: gettext_lazy("How often such pairs are one person or one family"),
    "given_name": gettext_lazy("Given name"),
    "other_names": gettext_lazy("Names of father, grandfather and family"),
    "mother": gettext_lazy("Mother's name"),
    "birth_date": gettext_lazy("Date of birth"),
    "national_id": gettext_lazy("National number"),
    "phone": gettext_lazy("Phone"),
    "sex": gettext_lazy("Sex"),
    "place": gettext_lazy("Place"),
    **{str(code): label for code, label in Identifier.Kind.choices if code != "national_id"},
}
_LEVELS: dict[str, str | Promise] = {
    UNKNOWN: pgettext_lazy("evidence", "not known of one of them"),
    "same": pgettext_lazy("evidence", "the same on both"),
    "different": pgettext_lazy("evidence", "different"),
    "slip": pgettext_lazy("evidence", "one slip apart"),
    # Names
    "two_names": pgettext_lazy("evidence", "two well-known names that are not the same"),
    "alike": pgettext_lazy("evidence", "somewhat alike"),
    "nickname": pgettext_lazy("evidence", "one is a short form of the other"),
    "script": pgettext_lazy("evidence", "the same in another script"),
    "same_very_common": pgettext_lazy("evidence", "the same, and very common"),
    "same_common": pgettext_lazy("evidence", "the same, and common"),
    "same_rare": pgettext_lazy("evidence", "the same, and rare"),
    "none": pgettext_lazy("evidence", "nothing in common"),
    "one_apart": pgettext_lazy("evidence", "one name differs"),
    "father_apart": pgettext_lazy("evidence", "the father's name differs"),
    "two_apart": pgettext_lazy("evidence", "two names differ"),
    "short_one": pgettext_lazy("evidence", "the same as far as both go, one name"),
    "short_two": pgettext_lazy("evidence", "the same as far as both go, two names"),
    "short_slip": pgettext_lazy("evidence", "the same but for a slip, as far as both go"),
    "all": pgettext_lazy("evidence", "all the same"),
    "slips": pgettext_lazy("evidence", "the same but for slips"),
    "family_only": pgettext_lazy("evidence", "only the family name is the same"),
    "given_apart": pgettext_lazy("evidence", "the given name differs"),
    "given_only": pgettext_lazy("evidence", "only the given name is known, and the same"),
    # Dates of birth
    "year_near": pgettext_lazy("evidence", "a few years apart"),
    "same_year": pgettext_lazy("evidence", "the same year"),
    "same_day": pgettext_lazy("evidence", "the same day of the month"),
    "same_month": pgettext_lazy("evidence", "the same month and year"),
    "first_of_year": pgettext_lazy("evidence", "the same year, one says 1 January"),
    "year_beside": pgettext_lazy("evidence", "the same day, one year apart"),
    "swapped": pgettext_lazy("evidence", "day and month are swapped"),
    "same_first_of_year": pgettext_lazy("evidence", "1 January of the same year on both"),
    "through_number": pgettext_lazy("evidence", "the date that the other card's number tells"),
    # National numbers
    "different_sound": pgettext_lazy("evidence", "two valid numbers that differ"),
    "beside": pgettext_lazy("evidence", "two valid numbers given out one after the other"),
    "same_birth": pgettext_lazy("evidence", "different, with the same date of birth"),
    "far_slips": pgettext_lazy("evidence", "several digits differ"),
    "two_slips": pgettext_lazy("evidence", "two slips apart"),
    "cut": pgettext_lazy("evidence", "the same, one is cut short"),
    "same_unsound": pgettext_lazy("evidence", "the same, but not a valid number"),
    # Places
    "elsewhere": pgettext_lazy("evidence", "another governorate"),
    "governorate": pgettext_lazy("evidence", "the same governorate"),
    "area": pgettext_lazy("evidence", "the same area"),
    "household": pgettext_lazy("evidence", "the same household"),
}
_RARITIES = ("common", "usual", "rare")


@dataclass(frozen=True)
class Piece:
    """A part of a bar: where it begins and how long it is, in units of the drawing; weights are log2 bits."""

    weight: float
    x: float
    length: float

    @property
    def text(self) -> str:
        return formats.signed(round(self.weight, 1), "", 1)

    @property
    def tone(self) -> str:
        return "for" if self.weight >= 0 else "against"


@dataclass(frozen=True)
class Finding:
    """What one field says: in words, and for each of the two bars; None where nothing was weighed."""

    label: str
    level: str
    person: Piece | None
    family: Piece | None


@dataclass(frozen=True)
class Evidence:
    """All findings of a pair with the two bars they add up to."""

    findings: list[Finding]
    person: Piece | None = None
    family: Piece | None = None
    zero: float = 0
    width: int = WIDTH

    @property
    def is_weighed(self) -> bool:
        return self.person is not None

    @property
    def verdict(self) -> str:
        """Return which of the two the evidence speaks for, in one sentence."""
        if self.person is None or self.family is None:
            return ""
        if self.person.weight < 0 and self.family.weight < 0:
            return _("Taken together this speaks for two strangers.")
        apart = self.person.weight - self.family.weight
        if abs(apart) < 1:
            return _("Taken together this speaks as much for one person as for two people of one family.")
        if apart > 0:
            return _("Taken together this speaks for one person rather than two people of one family.")
        return _("Taken together this speaks for two people of one family rather than one person.")


def field_label(code: str) -> str:
    """Return what a field of the evidence is called."""
    return str(_FIELDS.get(code, code))


def level_in_words(level: str) -> str:
    """Return what was found in a field; the code itself for one that has no words yet."""
    if level in _LEVELS:
        return str(_LEVELS[level])
    stem, _sep, rarity = level.rpartition("_")
    if rarity in _RARITIES and stem in _LEVELS:
        return {
            "common": _("{finding}; common names"),
            "rare": _("{finding}; rare names"),
        }.get(rarity, "{finding}").format(finding=_LEVELS[stem])
    return level


def reasons_of(pair: DuplicatePair) -> list[str]:
    """Return in words what speaks most for one person: three findings at most, shared numbers first."""
    entries = [entry for entry in pair.evidence if entry["field"] != PRIOR]
    speaking = [entry for entry in entries if entry.get("weight_person") is None or entry["weight_person"] > 1]
    speaking.sort(key=lambda entry: -(entry.get("weight_person") or float("inf")))
    return [
        _("{field}: {finding}").format(field=field_label(entry["field"]), finding=level_in_words(entry["level"]))
        for entry in speaking[:3]
        if entry["level"] != UNKNOWN
    ]


def evidence_of(pair: DuplicatePair) -> Evidence:
    """Return the findings of a pair; each piece begins where the one before it ended, and the last end is the sum."""
    entries = [entry for entry in pair.evidence if entry["level"] != UNKNOWN or entry.get("weight_person")]
    weighed = bool(entries) and all(entry.get("weight_person") is not None for entry in entries)
    if not weighed:
        return Evidence(
            [Finding(field_label(one["field"]), level_in_words(one["level"]), None, None) for one in entries]
        )
    runs = {side: list(_running(entry[f"weight_{side}"] for entry in entries)) for side in ("person", "family")}
    points = [point for run in runs.values() for pair_of_points in run for point in pair_of_points]
    scale = _Scale(min(0, *points), max(0, *points))
    findings = [
        Finding(
            field_label(entry["field"]),
            level_in_words(entry["level"]) if entry["level"] else "",
            scale.piece(*person),
            scale.piece(*family),
        )
        for entry, person, family in zip(entries, runs["person"], runs["family"], strict=True)
    ]
    return Evidence(
        findings,
        person=scale.piece(0, runs["person"][-1][1]),
        family=scale.piece(0, runs["family"][-1][1]),
        zero=scale.at(0),
    )


def _running(weights: Iterable[Any]) -> Iterable[tuple[float, float]]:
    total = 0.0
    for weight in weights:
        yield total, total + float(weight)
        total += float(weight)


class _Scale:
    """Turns bits into places of the drawing; in Arabic more is further to the left."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.span = low, (high - low) or 1
        self.is_mirrored = formats.is_arabic()

    def at(self, bits: float) -> float:
        place = (bits - self.low) / self.span * WIDTH
        return round(WIDTH - place if self.is_mirrored else place, 1)

    def piece(self, start: float, end: float) -> Piece:
        ends = sorted((self.at(start), self.at(end)))
        return Piece(end - start, ends[0], max(round(ends[1] - ends[0], 1), 1.5))

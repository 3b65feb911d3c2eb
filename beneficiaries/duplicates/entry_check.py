"""Is this new person in the register already? Six indexed searches across the whole country, then the sweep's scorer.

Returns ids only: whoever shows a match asks what the reader may see of it.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from django.db import connection

from beneficiaries.duplicates import comparison
from beneficiaries.duplicates.model import PERSON, Model, Shares, in_force
from beneficiaries.duplicates.nicknames import also_called
from beneficiaries.duplicates.people import SCHEMA, Frequencies, people_from
from beneficiaries.duplicates.reading import known_frequencies, read_rows
from beneficiaries.models import DuplicateRun
from ministry.countries import current
from ministry.models import Area
from ministry.text import fold_digits, name_key, name_skeletons, phone_key, skeleton

# Rows compared at most, and rows one search may bring in: a search that finds more has found nothing in particular.
_MOST_CANDIDATES = 200
_PER_SEARCH = 60
# People whom a register without a sweep is taken to hold.
_UNSWEPT = 100_000
_DAYS_APART = 800

# Each search is one index. Unknown values are NULL and find nothing.
_SEARCHES = """
    (SELECT individual_id FROM beneficiaries_identifier
      WHERE value_key = %(number)s AND removed_on IS NULL LIMIT %(most)s)
    UNION
    (SELECT id FROM beneficiaries_individual
      WHERE birth_date = ANY(%(dates)s) AND name_skeletons[1] = ANY(%(given)s) LIMIT %(most)s)
    UNION
    (SELECT id FROM beneficiaries_individual
      WHERE phone_key = %(phone)s AND phone_key <> '' AND name_skeletons[1] = ANY(%(given)s) LIMIT %(most)s)
    UNION
    (SELECT n.individual_id FROM beneficiaries_identifier n
      JOIN beneficiaries_individual i ON i.id = n.individual_id
      WHERE right(n.value_key, 7) = %(tail)s AND n.removed_on IS NULL AND i.name_skeletons[1] = ANY(%(given)s)
      LIMIT %(most)s)
    UNION
    (SELECT id FROM beneficiaries_individual
      WHERE name_skeletons[1] = ANY(%(given)s) AND name_skeletons[2] = %(father)s
        AND name_skeletons[cardinality(name_skeletons)] = %(last)s
        AND birth_date BETWEEN %(from)s AND %(until)s LIMIT %(most)s)
    UNION
    (SELECT id FROM beneficiaries_individual
      WHERE substring(mother_key from '^[^ ]+ [^ ]+') = %(mother)s AND name_skeletons[1] = ANY(%(given)s)
        AND birth_date BETWEEN %(from)s AND %(until)s LIMIT %(most)s)
"""


@dataclass(frozen=True)
class NewPerson:
    """What is known of somebody about to be entered, as typed. `area_id`: where they register."""

    full_name: str
    mother_name: str = ""
    national_id: str = ""
    birth_date: dt.date | None = None
    sex: str = ""
    phone: str = ""
    area_id: int | None = None


@dataclass(frozen=True)
class Evidence:
    """What one field says: its level, and log2 likelihood ratios of «one person» and «one family» to strangers."""

    field: str
    level: str
    weight_person: float
    weight_family: float


@dataclass(frozen=True)
class Match:
    """Somebody of the register who may be the new person."""

    individual_id: int
    probability: float
    band: Literal["strong", "review"]
    evidence: list[Evidence]


def find_matches(person: NewPerson, *, exclude: Collection[int] = (), limit: int = 5) -> list[Match]:
    """Return who may be the same person, the likeliest first; without a usable name nobody is found by name.

    Each call costs two statements for the search and three small ones for the scorer, milliseconds at a million rows.
    """
    new = _row(person)
    ids = sorted(_candidates(new) - set(exclude))[:_MOST_CANDIDATES]
    if not ids:
        return []
    rows = [new, *read_rows(ids)]
    others = np.arange(1, len(rows))
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    parts = {part for row in rows for key in ("name_key", "mother_key") for part in (row[key] or "").split(" ")}
    frequencies = known_frequencies(parts)
    model, shares = _model_and_shares(frequencies)
    people = people_from(table, frequencies=frequencies)
    levels = comparison.levels(people, np.zeros_like(others), others)
    chances = model.posteriors(levels, shares)[:, PERSON]
    matches = []
    for at in np.argsort(-chances, kind="stable")[:limit].tolist():
        chance = float(chances[at])
        if chance >= model.review:
            matches.append(
                Match(
                    individual_id=int(people.ids[at + 1]),
                    probability=chance,
                    band="strong" if chance >= model.strong else "review",
                    evidence=[Evidence(**entry) for entry in model.evidence(levels[at], shares)],
                )
            )
    return matches


def _row(person: NewPerson) -> dict[str, Any]:
    """Return the new person's key columns, as a row of `SCHEMA`."""
    typed = fold_digits(person.national_id).upper()
    number = "".join(letter for letter in typed if letter.isascii() and letter.isalnum())
    area = Area.objects.filter(pk=person.area_id).first() if person.area_id else None
    return {
        "id": 0,
        "name_key": name_key(person.full_name),
        "mother_key": name_key(person.mother_name),
        "sex": person.sex,
        "birth_date": person.birth_date,
        "phone_key": phone_key(person.phone) if person.phone else "",
        "number": number or None,
        "is_well_formed": current().read_national_id(number).is_well_formed if number else None,
        "household": None,
        "area": area.pk if area else None,
        "governorate": (area.parent_id if area.level == Area.Level.DISTRICT else area.pk) if area else None,
    }


def _candidates(new: dict[str, Any]) -> set[int]:
    skeletons = name_skeletons(new["name_key"])
    mother = new["mother_key"].split(" ")
    born = new["birth_date"]
    number = new["number"]
    told = current().read_national_id(number).birth_date if number else None
    params = {
        "number": number,
        "tail": number[-7:] if number and len(number) > 9 else None,
        "dates": _dates(born, told),
        "given": _given(new["name_key"]),
        "phone": new["phone_key"] or None,
        "father": skeletons[1] if len(skeletons) > 1 else None,
        "last": skeletons[-1] if len(skeletons) > 1 else None,
        "from": born - dt.timedelta(days=min(_DAYS_APART, born.toordinal() - 1)) if born else None,
        "until": min(born, dt.date.max - dt.timedelta(days=_DAYS_APART)) + dt.timedelta(days=_DAYS_APART)
        if born
        else None,
        "mother": " ".join(mother[:2]) if len(mother) > 1 else None,
        "most": _PER_SEARCH,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEARCHES, params)
        return {row[0] for row in cursor.fetchall()}


def _given(key: str) -> list[str]:
    """Return the consonants of the given name, and of the names it may stand for."""
    given = key.split(" ")[0]
    return sorted({skeleton(name) for name in {given, *also_called(given)} if name})


def _dates(*known: dt.date | None) -> list[dt.date]:
    """Return the birth dates to look for: as stated, as told by the number, day and month exchanged."""
    dates = {date for date in known if date}
    dates |= {date.replace(month=date.day, day=date.month) for date in dates if date.day <= 12}
    return sorted(dates)


def _model_and_shares(frequencies: Frequencies) -> tuple[Model, Shares]:
    model = in_force()
    run = DuplicateRun.objects.filter(is_full=True, finished_at__isnull=False).first()
    if run and run.priors and run.model_version == model.version:
        person, family, strangers = run.priors
        return model, (person, family, strangers)
    return model, model.shares(frequencies.people or _UNSWEPT)

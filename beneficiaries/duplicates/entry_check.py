"""Is this new person in the register already? Six indexed searches across the whole country, then the sweep's scorer.

Returns ids only: whoever shows a match asks what the reader may see of it.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from django.db import connection

from beneficiaries.duplicates import comparison
from beneficiaries.duplicates.model import PERSON, Model, Shares, in_force
from beneficiaries.duplicates.nicknames import also_called
from beneficiaries.duplicates.people import SCHEMA, Frequencies, people_of
from beneficiaries.duplicates.reading import known_frequencies
from beneficiaries.models import DuplicateRun
from ministry.countries import current
from ministry.text import fold_digits, name_key, name_skeletons, phone_key, skeleton

# Rows compared at most, and rows one search may bring in: a search that finds more has found nothing in particular.
_MOST_CANDIDATES = 200
_PER_SEARCH = 60
# People whom a register without a sweep is taken to hold.
_UNSWEPT = 100_000
_DAYS_APART = 800

# The searches and the rows they find: a function of the database, whose plan each connection keeps (migration 0016).
_SEARCH = """
    SELECT * FROM beneficiaries_entry_check(
        %(number)s, %(tail)s, %(dates)s::date[], %(given)s::text[], %(phone)s, %(father)s, %(last)s,
        %(from)s, %(until)s, %(mother)s, %(area)s, %(most)s)
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


@dataclass(frozen=True)
class _Knowledge:
    """What scoring needs besides the people compared: as of one model in force and one full sweep."""

    register: str
    model_id: int | None
    run_id: int | None
    model: Model
    shares: Shares
    frequencies: Frequencies


# The last such knowledge of this process. A search tells which one counts, so that nothing stale is used.
_known: _Knowledge | None = None


def find_matches(person: NewPerson, *, exclude: Collection[int] = (), limit: int = 5) -> list[Match]:
    """Return who may be the same person, the likeliest first; without a usable name nobody is found by name.

    One statement; a new model or full sweep costs the first call of each process three more.
    """
    new = _row(person)
    model_id, run_id, new["governorate"], candidates = _search(new)
    left_out = set(exclude)
    found = [row for row in candidates if row["id"] not in left_out][:_MOST_CANDIDATES]
    if new["governorate"] is None:
        new["area"] = None
    if not found:
        return []
    known = _knowledge(model_id, run_id)
    model, shares = known.model, known.shares
    others = np.arange(1, len(found) + 1)
    people = people_of([new, *found], frequencies=known.frequencies)
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
    """Return the new person's key columns, as a row of `SCHEMA`; the governorate is the search's to say."""
    typed = fold_digits(person.national_id).upper()
    number = "".join(letter for letter in typed if letter.isascii() and letter.isalnum())
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
        "area": person.area_id,
        "governorate": None,
    }


def _search(new: dict[str, Any]) -> tuple[int | None, int | None, int | None, list[dict[str, Any]]]:
    """Return the model in force, the last full sweep, the new person's governorate, and who may be they."""
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
        "area": new["area"],
        "most": _PER_SEARCH,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEARCH, params)
        rows = cursor.fetchall()
    model_id, run_id, governorate = rows[0][:3]
    people = [dict(zip(SCHEMA.names, row[3:], strict=True)) for row in rows if row[3] is not None]
    return model_id, run_id, governorate, people


def _knowledge(model_id: int | None, run_id: int | None) -> _Knowledge:
    """Return the model, shares and frequencies that count now, from memory where they have not changed."""
    # Replaced as a whole, so that threads see the old or the new.
    global _known
    register = connection.settings_dict["NAME"]
    if _known is None or (_known.register, _known.model_id, _known.run_id) != (register, model_id, run_id):
        model = in_force()
        run = None if run_id is None else DuplicateRun.objects.filter(pk=run_id).first()
        frequencies = known_frequencies() if run else Frequencies(0, {})
        if run and run.priors and run.model_version == model.version:
            person, family, strangers = run.priors
            shares = (person, family, strangers)
        else:
            shares = model.shares(frequencies.people or _UNSWEPT)
        _known = _Knowledge(register, model_id, run_id, model, shares, frequencies)
    return _known


def _given(key: str) -> list[str]:
    """Return the consonants of the given name, and of the names it may stand for."""
    given = key.split(" ")[0]
    return sorted({skeleton(name) for name in {given, *also_called(given)} if name})


def _dates(*known: dt.date | None) -> list[dt.date]:
    """Return the birth dates to look for: as stated, as told by the number, day and month exchanged."""
    dates = {date for date in known if date}
    dates |= {date.replace(month=date.day, day=date.month) for date in dates if date.day <= 12}
    return sorted(dates)

"""People as columns of numbers: words coded once, dates and numbers ready to compare, a million rows at a time."""

import datetime as dt
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ministry.text import skeleton

Codes = np.ndarray[Any, np.dtype[np.int32]]

# Parts of a name and of the mother's name that are looked at; of longer names the last part keeps its place.
NAME_PARTS = 6
MOTHER_PARTS = 4
NO_DATE = np.iinfo(np.int32).min
# Threads that work on arrays at once. Of more than two a worker's memory would not be enough.
CORES = min(2, os.cpu_count() or 1)
# A number or phone on more people than this is a placeholder or an office's own: it says nothing about anybody.
NUMBER_SHARED_BY = 12
PHONE_SHARED_BY = 40
# From this share of people (and this many) on, a part is a known name and not somebody's slip of the finger.
_KNOWN_SHARE = 3e-5
_KNOWN_PEOPLE = 4
# Shares of usual parts of names in an invented register. They speak until a register is large enough to do so itself,
# as if it held so many people more.
_USUAL_NAMES = Path(__file__).with_name("names.json")
_USUAL_PEOPLE = 5_000
# Share of numbers whose own structure must be right before that structure is trusted to tell people apart.
_TRUSTED_SHARE = 0.5
_ENOUGH_NUMBERS = 50
# Characters of a number that are looked at one by one.
NUMBER_START = 16
_SEXES = {"F": 0, "M": 1}
# Dates are days since 1970, as in tables.
_FIRST_DAY = dt.date(1970, 1, 1).toordinal()
_EIGHT_DIGITS = "{:04d}{:02d}{:02d}".format

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("name_key", pa.string()),
        ("mother_key", pa.string()),
        ("sex", pa.string()),
        ("birth_date", pa.date32()),
        ("phone_key", pa.string()),
        ("number", pa.string()),
        ("is_well_formed", pa.bool_()),
        ("household", pa.int64()),
        ("area", pa.int64()),
        ("governorate", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Frequencies:
    """How many people of a register bear a part of a name."""

    people: int
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Words:
    """The distinct parts of names: text, consonants, script, and how many bear them. Rows are codes."""

    texts: list[str]
    skeletons: list[str]
    skeleton_codes: Codes
    # The same for a word with and without the article.
    bare_codes: Codes
    is_latin: np.ndarray
    # Share of people with this part in their name.
    share: np.ndarray
    # Borne by so many that it is no slip.
    is_known: np.ndarray


@dataclass(frozen=True)
class People:
    """Columns of one register, row by row the same person."""

    ids: np.ndarray
    names: Codes
    mother: Codes
    born: Codes
    # Eight digits of the birth date, zeros where it is unknown.
    born_digits: np.ndarray
    sex: np.ndarray
    number: Codes
    number_texts: "Texts"
    number_is_sound: np.ndarray
    number_is_whole: np.ndarray
    phone: Codes
    phone_texts: "Texts"
    household: np.ndarray
    area: np.ndarray
    governorate: np.ndarray
    words: Words
    frequencies: Frequencies

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def number_starts(self) -> np.ndarray:
        """Return the first characters of each distinct number, as bytes, zeros after its end."""
        texts = np.array(listed(self.number_texts) or [""], f"U{NUMBER_START}")
        return np.minimum(texts.view(np.uint32), 255).astype(np.uint8).reshape(-1, NUMBER_START)

    @cached_property
    def number_lengths(self) -> np.ndarray:
        return np.array([len(text) for text in listed(self.number_texts)] or [0], np.int16)

    @cached_property
    def number_characters(self) -> np.ndarray:
        """Return how often each character (of sixteen kinds) is met at the start of each distinct number."""
        starts = self.number_starts
        counts = np.zeros((len(starts), 16), np.int8)
        rows = np.arange(len(starts))
        for place in range(starts.shape[1]):
            counts[rows, starts[:, place] & 15] += starts[:, place] > 0
        # By column, since they are read by column.
        return np.asfortranarray(counts)

    @property
    def year(self) -> np.ndarray:
        digits = self.born_digits[:, :4].astype(np.int16)
        return digits @ np.array([1000, 100, 10, 1], np.int16)

    @property
    def skeletons(self) -> Codes:
        """Return the consonants of each name part, -1 where there is no part."""
        return _looked_up(self.words.skeleton_codes, self.names)

    @property
    def mother_skeletons(self) -> Codes:
        return _looked_up(self.words.skeleton_codes, self.mother)

    @property
    def last(self) -> Codes:
        """Return the skeleton of the last part of each name."""
        skeletons = self.skeletons
        count = (self.names >= 0).sum(1)
        return skeletons[np.arange(len(self)), np.maximum(count - 1, 0)]


# What codes of numbers and phones stand for: a column of a large register, or the list of a handful of people.
Texts: TypeAlias = pa.Array | list[str]


def listed(texts: Texts) -> list[str]:
    return texts if isinstance(texts, list) else texts.to_pylist()


def texts_at(texts: Texts, codes: Codes) -> list[str]:
    """Return what codes stand for."""
    if isinstance(texts, list):
        return [texts[code] for code in codes.tolist()]
    return texts.take(codes).to_pylist()


def people_from(table: pa.Table, *, frequencies: Frequencies | None = None) -> People:
    """Return the columns of a table of `SCHEMA`. Without `frequencies` they are counted in the table itself."""
    table = table.combine_chunks()
    names_flat, names_start = _parts(table["name_key"])
    mother_flat, mother_start = _parts(table["mother_key"])
    split_at = len(names_flat)
    coded = pc.dictionary_encode(pa.concat_arrays([names_flat, mother_flat]))
    codes = np.asarray(coded.indices).astype(np.int32)
    names = _matrix(codes[:split_at], names_start, NAME_PARTS)
    mother = _matrix(codes[split_at:], mother_start, MOTHER_PARTS)
    texts = coded.dictionary.to_pylist()
    if frequencies is None:
        counted = np.bincount(codes[:split_at], minlength=len(texts))
        frequencies = Frequencies(len(table), dict(zip(texts, counted.tolist(), strict=True)))
    born, digits = _dates(table["birth_date"])
    number, number_texts = _coded(table["number"], NUMBER_SHARED_BY)
    phone, phone_texts = _coded(table["phone_key"], PHONE_SHARED_BY)
    flags = np.asarray(pc.fill_null(table["is_well_formed"], False).combine_chunks())
    sound, whole = _soundness(flags, number, np.asarray(pc.utf8_length(number_texts)))
    return People(
        ids=np.asarray(table["id"].combine_chunks()),
        names=names,
        mother=mother,
        born=born,
        born_digits=digits,
        sex=np.asarray(pc.fill_null(pc.index_in(table["sex"], pa.array(list(_SEXES))), -1)).astype(np.int8),
        number=number,
        number_texts=number_texts,
        number_is_sound=sound,
        number_is_whole=whole,
        phone=phone,
        phone_texts=phone_texts,
        household=_integers(table["household"]),
        area=_integers(table["area"]),
        governorate=_integers(table["governorate"]),
        words=_words(texts, frequencies),
        frequencies=frequencies,
    )


def people_of(rows: Sequence[Mapping[str, Any]], *, frequencies: Frequencies) -> People:
    """Return the columns of a handful of rows of `SCHEMA`: the same as `people_from`, without a table's fixed costs."""
    codes: dict[str, int] = {}
    names = np.full((len(rows), NAME_PARTS), -1, np.int32)
    mother = np.full((len(rows), MOTHER_PARTS), -1, np.int32)
    for matrix, column in ((names, "name_key"), (mother, "mother_key")):
        width = matrix.shape[1]
        for at, row in enumerate(rows):
            if row[column]:
                parts = row[column].split(" ")
                parts = parts if len(parts) <= width else [*parts[: width - 1], parts[-1]]
                matrix[at, : len(parts)] = [codes.setdefault(part, len(codes)) for part in parts]
    number, numbers = _coded_few([row["number"] for row in rows], NUMBER_SHARED_BY)
    phone, phones = _coded_few([row["phone_key"] for row in rows], PHONE_SHARED_BY)
    flags = np.array([bool(row["is_well_formed"]) for row in rows])
    sound, whole = _soundness(flags, number, np.array([len(text) for text in numbers]))
    dates: list[dt.date | None] = [row["birth_date"] for row in rows]
    born = [NO_DATE if date is None else date.toordinal() - _FIRST_DAY for date in dates]
    digits = "".join("00000000" if date is None else _EIGHT_DIGITS(date.year, date.month, date.day) for date in dates)
    return People(
        ids=np.array([row["id"] for row in rows], np.int64),
        names=names,
        mother=mother,
        born=np.array(born, np.int32),
        born_digits=(np.frombuffer(digits.encode(), np.uint8) - ord("0")).reshape(-1, 8),
        sex=np.array([_SEXES.get(row["sex"], -1) for row in rows], np.int8),
        number=number,
        number_texts=numbers,
        number_is_sound=sound,
        number_is_whole=whole,
        phone=phone,
        phone_texts=phones,
        household=_integers_of(row["household"] for row in rows),
        area=_integers_of(row["area"] for row in rows),
        governorate=_integers_of(row["governorate"] for row in rows),
        words=_words(list(codes), frequencies),
        frequencies=frequencies,
    )


@cache
def usual_names() -> dict[str, float]:
    """Return the share of people who bear a usual part of a name."""
    return json.loads(_USUAL_NAMES.read_text(encoding="utf-8"))


def _parts(column: pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    """Return all parts of all names, and where each name begins among them."""
    column = pc.fill_null(column, "").combine_chunks()
    # An empty name has no part, not one empty part.
    split = pc.split_pattern(pc.if_else(pc.equal(column, ""), None, column), " ")
    lengths = np.asarray(pc.fill_null(pc.list_value_length(split), 0)).astype(np.int64)
    return pc.list_flatten(split), np.concatenate([[0], np.cumsum(lengths)])


def _matrix(codes: Codes, start: np.ndarray, width: int) -> Codes:
    """Return one row of codes a name, -1 where a name has no more parts."""
    lengths = np.diff(start)
    matrix = np.full((len(lengths), width), -1, np.int32)
    for place in range(width):
        rows = np.flatnonzero(lengths > place)
        matrix[rows, place] = codes[start[rows] + place]
    rows = np.flatnonzero(lengths > width)
    matrix[rows, width - 1] = codes[start[rows + 1] - 1]
    return matrix


def _dates(column: pa.ChunkedArray) -> tuple[Codes, np.ndarray]:
    column = column.combine_chunks()
    known = np.asarray(pc.is_valid(column))
    days = np.asarray(pc.fill_null(column.cast(pa.int32()), 0)).astype(np.int32)
    dates = days.astype("datetime64[D]")
    year = dates.astype("datetime64[Y]").astype(np.int32) + 1970
    month = dates.astype("datetime64[M]").astype(np.int32) % 12 + 1
    day = (dates - dates.astype("datetime64[M]")).astype(np.int32) + 1
    value = year * 10000 + month * 100 + day
    digits = np.stack([value // 10**power % 10 for power in range(7, -1, -1)], 1).astype(np.uint8)
    digits[~known] = 0
    return np.where(known, days, NO_DATE).astype(np.int32), digits


def _coded(column: pa.ChunkedArray, shared_by: int) -> tuple[Codes, pa.Array]:
    """Return a code for each text (-1: none, or on too many people to mean anything) and the texts."""
    column = column.combine_chunks()
    coded = pc.dictionary_encode(pc.if_else(pc.equal(column, ""), None, column))
    codes = np.asarray(pc.fill_null(coded.indices, -1)).astype(np.int32)
    if len(coded.dictionary):
        often = np.bincount(codes[codes >= 0], minlength=len(coded.dictionary)) > shared_by
        codes = np.where((codes >= 0) & ~often[codes], codes, -1).astype(np.int32)
    return codes, coded.dictionary


def _coded_few(texts: Sequence[str | None], shared_by: int) -> tuple[Codes, list[str]]:
    """Return what `_coded` does, for a handful."""
    known: dict[str, int] = {}
    codes = [known.setdefault(text, len(known)) if text else -1 for text in texts]
    often = {code for code in set(codes) if codes.count(code) > shared_by} if len(codes) > shared_by else set()
    return np.array([-1 if code in often else code for code in codes], np.int32), list(known)


def _soundness(flags: np.ndarray, number: Codes, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return whose number has passed its own check, and whose is whole: sound, or at least as long as usual.

    Where most numbers of usual length fail the check, the rule is not theirs: then none is sound, and two numbers that
    differ may be one with a slip.
    """
    has_one = number >= 0
    if not has_one.any():
        return has_one, has_one
    lengths = lengths[np.maximum(number, 0)]
    of_length = has_one & (lengths == np.bincount(lengths[has_one]).argmax())
    sound = flags & has_one
    if of_length.sum() >= _ENOUGH_NUMBERS and flags[of_length].mean() < _TRUSTED_SHARE:
        sound = np.zeros_like(sound)
    return sound, sound | of_length


def _integers(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(pc.fill_null(column.combine_chunks(), -1)).astype(np.int64)


def _integers_of(values: Iterable[int | None]) -> np.ndarray:
    return np.array([-1 if value is None else value for value in values], np.int64)


# The same few thousand names come up again and again at the counter.
_skeleton = lru_cache(maxsize=50_000)(skeleton)


def _words(texts: Sequence[str], frequencies: Frequencies) -> Words:
    texts = list(texts)
    skeletons = [_skeleton(text) for text in texts]
    codes: dict[str, int] = {}
    bare: dict[str, int] = {}
    people = frequencies.people
    usual = usual_names()
    counts = np.array([frequencies.counts.get(text, 0) for text in texts], float)
    usual_share = np.array([usual.get(text, 0.0) for text in texts], float)
    is_latin = np.array([text[:1].isascii() for text in texts], bool)
    return Words(
        texts=texts,
        skeletons=skeletons,
        skeleton_codes=np.array([codes.setdefault(text, len(codes)) for text in skeletons], np.int32),
        bare_codes=np.array([bare.setdefault(_without_article(text), len(bare)) for text in texts], np.int32),
        is_latin=is_latin,
        share=np.maximum(counts + usual_share * _USUAL_PEOPLE, 1) / (people + _USUAL_PEOPLE),
        is_known=((counts >= max(_KNOWN_PEOPLE, _KNOWN_SHARE * people)) | (usual_share > 0)) & ~is_latin,
    )


def _looked_up(values: np.ndarray, codes: Codes) -> Codes:
    if not len(values):
        return np.full_like(codes, -1)
    return np.where(codes >= 0, values[codes], -1).astype(np.int32)


def _without_article(text: str) -> str:
    return text[2:] if text.startswith("ال") and len(text) > 4 else text

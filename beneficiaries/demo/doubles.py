"""A register in which many are in twice, typed with more or less care: to train and to measure the search for them.

The demo's own register is what a tidy ministry holds; this one is what field offices hand in on a bad day. Whole
families come again at another office, and single people in another household. `care` scales every slip: 1 is usual, 1.5
careless, 0.5 careful. The same arguments give the same bytes.
"""

import csv
import datetime as dt
import multiprocessing
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from io import StringIO
from itertools import starmap
from pathlib import Path

from beneficiaries.demo.families import Family, FamilyMaker
from beneficiaries.demo.habits import mobile_number, swapped_digits
from beneficiaries.demo.homes import dwelling, monthly_income
from beneficiaries.demo.names import MEN, in_latin
from beneficiaries.demo.people import SERIALS, Person, Registrar
from beneficiaries.demo.places import PlaceDraw, address, places
from beneficiaries.demo.register import HOUSEHOLD_COLUMNS, INDIVIDUAL_COLUMNS, TRUTH_COLUMNS, RegisterFiles
from beneficiaries.demo.rows import Cell

BLOCK = 500
# Of a hundred families: registered again as a whole. Of a hundred people: registered again alone.
FAMILIES_AGAIN = 2.8
PEOPLE_AGAIN = 2.5
# How often a first registration slips, against a second one.
FIRST_TIME = 0.15
_HIGHEST = 0.92
_WORTH_SHARING = 20_000

_LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_HAMZA = str.maketrans("أإآ", "ااا")
_CALLED = {
    "محمد": "حمادة", "أحمد": "حمادة", "مصطفى": "درش", "إبراهيم": "هيما", "محمود": "حودة", "عبد الرحمن": "عبده",
    "عبد الله": "عبده", "عبد العزيز": "زيزو", "فاطمة": "بطة", "زينب": "زوبة", "شيماء": "شوشو", "مريم": "مريومة",
    "خديجة": "خدوجة", "إسماعيل": "سمسم", "كريم": "كيمو", "حسن": "حسونة", "نورهان": "نور", "هدى": "هدهد",
    "ياسمين": "ياسو", "إيمان": "إيمي", "كيرلس": "كيرو", "بيشوي": "بيشو",
}  # fmt: skip


@dataclass
class Slips:
    """Draws slips of one typing, each with a probability scaled by care."""

    rng: random.Random
    care: float

    def happens(self, chance: float) -> bool:
        return self.rng.random() < min(_HIGHEST, chance * self.care)

    def name(self, person: Person) -> str:
        """Return the full name as typed."""
        rng = self.rng
        given, lineage = person.given, [*person.fathers, person.family]
        if given in _CALLED and self.happens(0.035):
            given = _CALLED[given]
        if self.happens(0.015):
            lineage = [rng.choice((lineage[0], lineage[-1]))]
        elif self.happens(0.11):
            del lineage[1]
        elif self.happens(0.05):
            lineage.pop()
        elif self.happens(0.03):
            lineage.insert(2, MEN[0].draw(rng))
        elif self.happens(0.02):
            lineage[0], lineage[1] = lineage[1], lineage[0]
        if person.sex == "F" and person.marital_status == "married" and self.happens(0.05):
            lineage[-1] = MEN[1].draw(rng) if len(lineage) > 1 else lineage[-1]
        if self.happens(0.05):
            lineage = [part.removeprefix("ال") if len(part) > 5 else part for part in lineage]
        text = " ".join([given, *lineage])
        if self.happens(0.13):
            text = self._typo(text)
        return self.spelling(text)

    def spelling(self, text: str) -> str:
        """Return a text with the variants a clerk does not think about."""
        if self.happens(0.06):
            return in_latin(text)
        if self.happens(0.4):
            text = text.translate(_HAMZA)
        if self.happens(0.3):
            text = " ".join(word[:-1] + "ه" if word.endswith("ة") else word for word in text.split())
        if self.happens(0.3):
            text = " ".join(word[:-1] + "ى" if word.endswith("ي") and len(word) > 2 else word for word in text.split())
        if self.happens(0.4):
            text = text.replace("عبد ال", "عبدال")
        if self.happens(0.02) and len(text) > 5:
            text = f"{text[:3]}ـ{text[3:]}"
        if self.happens(0.04):
            text = text.replace(" ", "  ", 1)
        return text

    def _typo(self, text: str) -> str:
        rng = self.rng
        words = text.split(" ")
        at = rng.randrange(len(words))
        word = words[at]
        if len(word) < 3:
            return text
        place = rng.randrange(len(word))
        kind = rng.random()
        if kind < 0.3:
            word = word[:place] + word[place + 1 :]
        elif kind < 0.5:
            word = word[:place] + rng.choice(_LETTERS) + word[place:]
        elif kind < 0.75:
            word = word[:place] + rng.choice(_LETTERS) + word[place + 1 :]
        else:
            place = min(place, len(word) - 2)
            word = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        words[at] = word
        return " ".join(words)

    def mother(self, person: Person) -> str:
        if not person.mother or self.happens(0.17):
            return ""
        parts = person.mother if self.rng.random() < 0.7 else person.mother[:2]
        text = " ".join(parts)
        return self.spelling(self._typo(text) if self.happens(0.06) else text)

    def number(self, digits: str) -> str:
        rng = self.rng
        if self.happens(0.2):
            return ""
        if self.happens(0.12):
            digits = swapped_digits(rng, digits) if rng.random() < 0.5 else _wrong_digit(rng, digits)
        if self.happens(0.015):
            digits = _wrong_digit(rng, digits)
        if self.happens(0.013):
            at = rng.randrange(len(digits))
            digits = digits[:at] + digits[at + 1 :]
        return digits.translate(_ARABIC_DIGITS) if self.happens(0.045) else digits

    def born(self, born: dt.date) -> str:
        rng = self.rng
        leap = born.month == 2 and born.day == 29
        if self.happens(0.026):
            return ""
        if self.happens(0.02):
            return born.replace(month=1, day=1).isoformat()
        if self.happens(0.045) and not leap:
            return born.replace(year=born.year - rng.choice((-1, 1, 1))).isoformat()
        if self.happens(0.018) and born.day <= 12:
            return born.replace(month=born.day, day=born.month).isoformat()
        if self.happens(0.03):
            return born.replace(day=rng.randint(1, 28)).isoformat()
        if self.happens(0.012) and not leap:
            return born.replace(year=born.year - rng.choice((10, -10, 9, -9, 5))).isoformat()
        return born.isoformat()

    def phone(self, digits: str) -> str:
        if not digits or self.happens(0.12):
            return ""
        if self.happens(0.4):
            digits = mobile_number(self.rng)
        return f"+2{digits}" if self.happens(0.03) else digits

    def sex(self, sex: str) -> str:
        return ("F" if sex == "M" else "M") if self.happens(0.005) else sex


def _wrong_digit(rng: random.Random, digits: str) -> str:
    at = rng.randrange(1, len(digits))
    return digits[:at] + str((int(digits[at]) + rng.randint(1, 9)) % 10) + digits[at + 1 :]


def write_doubles(
    folder: Path, *, households: int, seed: int, on: dt.date, care: float = 1.0, processes: int | None = None
) -> RegisterFiles:
    """Write a register of about so many households into a folder, with the pairs of rows that are one person.

    Raises:
        ValueError: more households than there are national numbers for.
    """
    if not 1 <= households <= BLOCK * SERIALS // 2:
        raise ValueError(f"A register holds 1 to {BLOCK * SERIALS // 2:,} households.")
    folder.mkdir(parents=True, exist_ok=True)
    files = RegisterFiles(
        folder / "households.csv", folder / "individuals.csv", folder / "truth_pairs.csv", folder / "formal_income.csv"
    )
    tasks = [
        (seed, number, min(BLOCK, households - number * BLOCK), on, care) for number in range(-(-households // BLOCK))
    ]
    heads = (HOUSEHOLD_COLUMNS, INDIVIDUAL_COLUMNS, TRUTH_COLUMNS)
    with (
        files.households.open("w", encoding="utf-8", newline="") as first,
        files.individuals.open("w", encoding="utf-8", newline="") as second,
        files.truth.open("w", encoding="utf-8", newline="") as third,
    ):
        streams = (first, second, third)
        for stream, head in zip(streams, heads, strict=True):
            stream.write(",".join(head) + "\n")
        for texts in _blocks(tasks, processes if processes or households >= _WORTH_SHARING else 1):
            for stream, text in zip(streams, texts, strict=True):
                stream.write(text)
    return files


def _blocks(tasks: list, processes: int | None) -> Iterator[tuple[str, str, str]]:
    if processes == 1:
        yield from starmap(block_text, tasks)
        return
    # Spawned, not forked: a forked child would inherit the parent's database connection.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(block_text, *zip(*tasks, strict=True), chunksize=4)


def block_text(seed: int, number: int, size: int, on: dt.date, care: float) -> tuple[str, str, str]:
    """Return one block's rows as the text of three files: households, individuals, truth."""
    rng = random.Random(f"doubles/{seed}/{number}")  # noqa: S311 - an invention, not a secret
    maker = FamilyMaker(rng, Registrar(rng, block=number, blocks=SERIALS // 2, on=on), on=on)
    draw = PlaceDraw(places())
    # Whose row an entry is: the position of the person among all real people of the block.
    entries: list[tuple[Family, list[int], bool]] = []
    everybody: list[Person] = []
    again: list[tuple[Family, list[int], bool]] = []
    while len(entries) + len(again) < size:
        family = maker.make(draw.draw(rng))
        own = list(range(len(everybody), len(everybody) + len(family.people)))
        everybody += family.people
        entries.append((family, own, False))
        if rng.random() < FAMILIES_AGAIN / 100:
            again.append(_come_again(rng, draw, family, own))
    for who, person in enumerate(everybody):
        if rng.random() < PEOPLE_AGAIN / 100:
            place = draw.draw(rng) if rng.random() < 0.2 else entries[0][0].place
            alone = replace(person, relationship="head", marital_status=person.marital_status)
            again.append((Family(place, urban=rng.random() < 0.5, means=0.0, people=[alone]), [who], True))
    entries += again
    rng.shuffle(entries)
    out = tuple(StringIO() for _file in range(3))
    rows = tuple(csv.writer(stream, lineterminator="\n") for stream in out)
    met: dict[int, list[str]] = {}
    for at, (family, own, is_again) in enumerate(entries):
        reference = f"D{number:05d}-{at:04d}"
        slips = Slips(rng, care if is_again else care * FIRST_TIME)
        household, lines = _typed(rng, slips, family, reference, on)
        rows[0].writerow(household)
        rows[1].writerows(lines)
        for who, line in zip(own, lines, strict=True):
            earlier = met.setdefault(who, [])
            rows[2].writerows((*sorted((reference_before, str(line[1]))), "again") for reference_before in earlier)
            earlier.append(str(line[1]))
    return tuple(stream.getvalue() for stream in out)  # type: ignore[return-value]


def _come_again(rng: random.Random, draw: PlaceDraw, family: Family, own: list[int]) -> tuple[Family, list[int], bool]:
    place = draw.draw(rng) if rng.random() < 0.2 else family.place
    people = [replace(person) for person in family.people]
    if len(people) > 2 and rng.random() < 0.25:
        gone = rng.randrange(1, len(people))
        people.pop(gone)
        own = [*own[:gone], *own[gone + 1 :]]
    return Family(place, family.urban, family.means, people), own, True


def _typed(
    rng: random.Random, slips: Slips, family: Family, reference: str, on: dt.date
) -> tuple[list[Cell], list[list[Cell]]]:
    place = family.place
    ages = [person.age(on) for person in family.people]
    registered = on - dt.timedelta(days=rng.randrange(1, 900))
    household: list[Cell] = [
        reference,
        max(registered, *(person.born for person in family.people)).isoformat(),
        place.code,
        f"{place.code}-{1 + int(rng.random() ** 1.3 * place.districts):02d}",
        address(rng, urban=family.urban),
        slips.phone(family.people[0].phone),
        int(family.urban),
        *dwelling(rng, means=family.means, urban=family.urban, people=len(ages), adults=sum(age >= 15 for age in ages)),
        monthly_income(rng, means=family.means, workers=sum(bool(person.works) for person in family.people)),
    ]
    lines: list[list[Cell]] = []
    for at, person in enumerate(family.people, 1):
        lines.append(
            [
                reference,
                f"{reference}-{at}",
                slips.name(person),
                slips.mother(person),
                slips.number(person.national_id),
                slips.born(person.born),
                slips.sex(person.sex),
                slips.phone(person.phone),
                person.relationship,
                person.marital_status,
                person.years_schooling,
                "" if person.in_school is None else person.in_school,
                "" if person.works is None else person.works,
                "" if person.pregnant is None else person.pregnant,
                person.disability,
            ]
        )
    return household, lines

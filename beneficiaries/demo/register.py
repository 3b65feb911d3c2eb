"""The register as field offices would hand it in: families typed by clerks, some of them twice, as CSV files."""

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
from beneficiaries.demo.habits import Clerk
from beneficiaries.demo.homes import dwelling, monthly_income
from beneficiaries.demo.people import SERIALS, Person, Registrar
from beneficiaries.demo.places import PlaceDraw, address, places
from beneficiaries.demo.rows import Cell, TypedPerson, type_again, type_person

# Households are made in blocks that know nothing of each other, so that several processes can share the work.
BLOCK = 500
MAX_HOUSEHOLDS = BLOCK * SERIALS // 2
# Of a hundred households: registered a second time; a son who has a household of his own but still stands here.
AGAIN = 2.0
MARRIED_SONS = 0.75
_YEARS_OPEN = 3
# Below this many households starting processes costs more than it saves.
_WORTH_SHARING = 20_000

HOUSEHOLD_COLUMNS = (
    "household_ref", "registered_on", "governorate_code", "district_code", "address", "phone", "urban", "tenure",
    "monthly_rent", "rooms", "bedrooms", "wall", "floor", "roof", "water", "sanitation", "electricity",
    "cooking_fuel", "waste", "refrigerator", "television", "computer", "mobile_phone", "tablets", "mobile_phones",
    "income_monthly",
)  # fmt: skip
INDIVIDUAL_COLUMNS = (
    "household_ref", "person_ref", "full_name", "mother_name", "national_id", "birth_date", "sex", "phone",
    "relationship", "marital_status", "years_schooling", "in_school", "works", "pregnant", "disability",
)  # fmt: skip
TRUTH_COLUMNS = ("person_a", "person_b", "kind")
FORMAL_INCOME_COLUMNS = ("person_ref", "formal_income_monthly")


@dataclass(frozen=True)
class RegisterFiles:
    """Where the files of one invented register lie."""

    households: Path
    individuals: Path
    # Pairs of rows that are one person, for measuring only.
    truth: Path
    # What the social insurance fund answers when asked about these people.
    formal_income: Path


def write_register(
    folder: Path, *, households: int, seed: int, on: dt.date, processes: int | None = None
) -> RegisterFiles:
    """Write a register of so many households, seen on a day, into a folder. Same arguments, same bytes.

    `processes` only changes how long it takes (default: as many as there are cores, one for small registers).

    Raises:
        ValueError: more households than there are national numbers for.
    """
    if not 1 <= households <= MAX_HOUSEHOLDS:
        raise ValueError(f"A register holds 1 to {MAX_HOUSEHOLDS:,} households.")
    folder.mkdir(parents=True, exist_ok=True)
    files = RegisterFiles(
        folder / "households.csv", folder / "individuals.csv", folder / "truth_pairs.csv", folder / "formal_income.csv"
    )
    tasks = [(seed, number, min(BLOCK, households - number * BLOCK), on) for number in range(-(-households // BLOCK))]
    with (
        files.households.open("w", encoding="utf-8", newline="") as households_file,
        files.individuals.open("w", encoding="utf-8", newline="") as individuals_file,
        files.truth.open("w", encoding="utf-8", newline="") as truth_file,
        files.formal_income.open("w", encoding="utf-8", newline="") as income_file,
    ):
        streams = (households_file, individuals_file, truth_file, income_file)
        heads = (HOUSEHOLD_COLUMNS, INDIVIDUAL_COLUMNS, TRUTH_COLUMNS, FORMAL_INCOME_COLUMNS)
        for stream, head in zip(streams, heads, strict=True):
            stream.write(",".join(head) + "\n")
        for texts in _blocks(tasks, processes if processes or households >= _WORTH_SHARING else 1):
            for stream, text in zip(streams, texts, strict=True):
                stream.write(text)
    return files


def _blocks(tasks: list[tuple[int, int, int, dt.date]], processes: int | None) -> Iterator[tuple[str, str, str, str]]:
    if processes == 1:
        yield from starmap(block_text, tasks)
        return
    # Spawned, not forked: a forked child would inherit, and on leaving close, the parent's database connection.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(block_text, *zip(*tasks, strict=True), chunksize=4)


def block_text(seed: int, number: int, size: int, on: dt.date) -> tuple[str, str, str, str]:
    """Return one block's rows as the text of the four files."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311 – an invention, not a secret
    block = _Block(rng, number=number, size=size, on=on)
    block.fill()
    return block.text()


class _Block:
    """Some hundred households: made, doubled here and there, shuffled, typed."""

    def __init__(self, rng: random.Random, *, number: int, size: int, on: dt.date) -> None:
        self._rng = rng
        self._number = number
        self._size = size
        self._on = on
        registrar = Registrar(rng, block=number, blocks=SERIALS // 2, on=on)
        self._maker = FamilyMaker(rng, registrar, on=on)
        self._places = PlaceDraw(places())
        self._clerks = [Clerk.hired(rng) for _desk in range(12)]
        # Files: households, individuals, truth, formal income.
        self._out = tuple(StringIO() for _file in range(4))
        self._rows = tuple(csv.writer(out, lineterminator="\n") for out in self._out)

    def text(self) -> tuple[str, str, str, str]:
        households, individuals, truth, income = (out.getvalue() for out in self._out)
        return households, individuals, truth, income

    def fill(self) -> None:
        rng = self._rng
        again = round(self._size * AGAIN / 100)
        sons = round(self._size * MARRIED_SONS / 100)
        families = [self._maker.make(self._places.draw(rng)) for _family in range(self._size - again - sons)]
        entries: list[tuple[Family, Family | None]] = [(family, None) for family in families]
        entries += [(self._moved(family), family) for family in rng.sample(families, min(again, len(families)))]
        entries += [(self._of_son(family), family) for family in self._with_grown_son(families)[:sons]]
        # Too few grown sons in a small block: other families take the places.
        entries += [(self._maker.make(self._places.draw(rng)), None) for _missing in range(self._size - len(entries))]
        rng.shuffle(entries)
        # Who is in twice was first typed in the earlier household, so that is typed first whatever the file's order.
        typed: dict[int, TypedPerson] = {}
        references = {id(entry[0]): self._reference(at, entry[0]) for at, entry in enumerate(entries)}
        doubles = [entry for entry in entries if entry[1] is not None]
        originals = [entry for entry in entries if entry[1] is None]
        lines = {}
        for family, original in originals + doubles:
            lines[id(family)] = self._type(family, references[id(family)], typed, is_double=original is not None)
        for family, _original in entries:
            household, people = lines[id(family)]
            self._rows[0].writerow(household)
            self._rows[1].writerows(people)

    def _reference(self, at: int, family: Family) -> str:
        """Return the office's file number: the governorate's two digits and a running number."""
        return f"{family.place.id_code}-{self._number * BLOCK + at + 1:07d}"

    def _moved(self, family: Family) -> Family:
        """Return the same family as another office met it: often elsewhere, a new phone, one more or one less."""
        rng = self._rng
        place = self._places.draw(rng) if rng.random() < 0.25 else family.place
        people = [replace(person) for person in family.people]
        if len(people) > 3 and rng.random() < 0.2:
            people.pop()
        if rng.random() < 0.45:
            for person in people:
                person.phone = ""
        moved = Family(place, family.urban, family.means + rng.gauss(0, 0.15), people)
        self._maker.give_phones(moved)
        return moved

    def _with_grown_son(self, families: list[Family]) -> list[Family]:
        return [family for family in families if _grown_son(family, self._on)]

    def _of_son(self, family: Family) -> Family:
        """Return the household a grown son has founded, while he still stands in his parents'."""
        son = replace(_grown_son(family, self._on) or family.people[0], phone="")
        founded = Family(family.place, family.urban, family.means, self._maker.couple_at(son))
        self._maker.finish(founded)
        return founded

    def _type(
        self, family: Family, reference: str, typed: dict[int, TypedPerson], *, is_double: bool
    ) -> tuple[list, list[list]]:
        rng = self._rng
        clerk = rng.choice(self._clerks)
        head = family.people[0]
        ages = [person.age(self._on) for person in family.people]
        workers = sum(bool(person.works) for person in family.people)
        registered = self._on - dt.timedelta(days=rng.randrange(1, 365 * _YEARS_OPEN))
        place = family.place
        household = [
            reference,
            # Nobody is registered before the youngest member is born.
            max(registered, *(person.born for person in family.people)).isoformat(),
            place.code,
            f"{place.code}-{1 + int(rng.random() ** 1.3 * place.districts):02d}",
            address(rng, urban=family.urban),
            clerk.phone(rng, head.phone) if rng.random() < 0.97 else "",
            int(family.urban),
            *dwelling(
                rng,
                means=family.means,
                urban=family.urban,
                people=len(ages),
                adults=sum(age >= 15 for age in ages),
            ),
            monthly_income(rng, means=family.means, workers=workers),
        ]
        lines = []
        sibling_number: Cell = ""
        for at, (person, age) in enumerate(zip(family.people, ages, strict=True), 1):
            person_ref = f"{reference}-{at}"
            earlier = typed.get(_identity(person)) if is_double else None
            row = (
                type_again(rng, clerk, person, person_ref, age=age, earlier=earlier)
                if earlier
                else type_person(rng, clerk, person, person_ref, age=age)
            )
            if not is_double:
                typed[_identity(person)] = row
            if earlier:
                self._rows[2].writerow((*sorted((earlier.person_ref, person_ref)), row.kind))
            cells = row.cells
            if person.relationship == "child" and age < 18:
                # Now and then a clerk copies the number from the line above: two people, one number.
                if sibling_number and rng.random() < 0.0012:
                    cells = [*cells[:3], sibling_number, *cells[4:]]
                sibling_number = cells[3]
            lines.append([reference, *cells])
            if person.formal_income is not None:
                self._rows[3].writerow((person_ref, person.formal_income))
        return household, lines


def _identity(person: Person) -> int:
    """Return what tells people apart, whatever is typed: the number they were really given."""
    return int(person.national_id)


def _grown_son(family: Family, on: dt.date) -> Person | None:
    return next(
        (
            person
            for person in family.people
            if person.relationship == "child" and person.sex == "M" and 22 <= person.age(on) <= 36
        ),
        None,
    )

"""Invented persons: names that follow fathers, numbers that follow births, lives that follow age, sex and means."""

import datetime as dt
import random
from dataclasses import dataclass, field

from beneficiaries.demo.names import family_name, given_name
from ministry.countries.egypt import BORN_ABROAD, CHECK_WEIGHTS

_DOMAINS = ("vision", "hearing", "mobility", "cognition", "self_care", "communication")
# Serials of a day, sex and governorate of birth. Each block of the register uses its own, so that blocks can be made
# apart and no two people get one number.
SERIALS = 5000


@dataclass(slots=True)
class Person:
    """Somebody invented, as they are; what is typed about them comes later."""

    sex: str
    born: dt.date
    given: str
    # Father's and grandfather's given names, then the family's.
    fathers: tuple[str, str]
    family: str
    coptic: bool
    # The mother's given name, her father's, and her family's; empty where nobody was asked.
    mother: tuple[str, str, str] | tuple[()] = ()
    national_id: str = ""
    phone: str = ""
    relationship: str = "head"
    marital_status: str = "single"
    years_schooling: int = 0
    in_school: int | None = None
    works: int | None = None
    pregnant: int | None = None
    disability: str = ""
    # Pounds a month the insurance fund knows of; None where it has not answered.
    formal_income: int | None = field(default=0)

    @property
    def full_name(self) -> str:
        return f"{self.given} {self.fathers[0]} {self.fathers[1]} {self.family}"

    @property
    def short_name(self) -> str:
        return f"{self.given} {self.fathers[0]} {self.family}"

    def age(self, on: dt.date) -> int:
        """Return completed years on a day."""
        return on.year - self.born.year - ((on.month, on.day) < (self.born.month, self.born.day))


class Registrar:
    """Gives out birth dates and national numbers, no number twice."""

    def __init__(self, rng: random.Random, *, block: int, blocks: int, on: dt.date) -> None:
        self._rng = rng
        self._on = on
        # This block's serials: block, block + blocks, block + 2 × blocks …
        self._own = range(block, SERIALS, blocks)
        self._used: dict[tuple[dt.date, str, str], int] = {}

    def born(self, age: int) -> dt.date:
        """Return a birth date of somebody who is `age` on the day of the register."""
        year = self._on.year - age
        latest = dt.date(year, self._on.month, min(self._on.day, 28))
        return latest - dt.timedelta(days=self._rng.randrange(1, 360))

    def number(self, person: Person, id_code: str) -> str:
        """Return the person's national number; when the day has no serial left, the birth moves to the day before."""
        if self._rng.random() < 0.002:
            id_code = BORN_ABROAD
        while True:
            key = (person.born, person.sex, id_code)
            taken = self._used.get(key, 0)
            if taken < len(self._own):
                self._used[key] = taken + 1
                break
            person.born -= dt.timedelta(days=1)
        # Another beginning each day, or all of a block would bear the same four digits. Still one to one within a day.
        serial = (self._own[taken] * 1709 + person.born.toordinal() * 811) % SERIALS * 2 + (person.sex == "M")
        century = "2" if person.born.year < 2000 else "3"
        first = f"{century}{person.born:%y%m%d}{id_code}{serial:04d}"
        total = 0
        for weight, digit in zip(CHECK_WEIGHTS, first, strict=True):
            total += weight * int(digit)
        return f"{first}{(11 - total % 11) % 10}"


def stranger(rng: random.Random, registrar: Registrar, *, sex: str, age: int, coptic: bool, family: str = "") -> Person:
    """Return somebody with a lineage of their own (or of a given family)."""
    born = registrar.born(age)
    father = given_name(rng, sex="M", birth_year=born.year - 30, coptic=coptic)
    grandfather = given_name(rng, sex="M", birth_year=born.year - 60, coptic=coptic)
    person = Person(
        sex=sex,
        born=born,
        given=given_name(rng, sex=sex, birth_year=born.year, coptic=coptic),
        fathers=(father, grandfather),
        family=family or family_name(rng, coptic=coptic),
        coptic=coptic,
    )
    mother_given = given_name(rng, sex="F", birth_year=born.year - 26, coptic=coptic)
    mother_father = given_name(rng, sex="M", birth_year=born.year - 56, coptic=coptic)
    person.mother = (mother_given, mother_father, family_name(rng, coptic=coptic))
    return person


def child_of(
    rng: random.Random,
    registrar: Registrar,
    *,
    father: Person,
    mother: Person | None,
    age: int,
    taken: set[str],
    sex: str = "",
) -> Person:
    """Return a child of a father (living or not) with a name its brothers and sisters do not bear."""
    sex = sex or ("M" if rng.random() < 0.513 else "F")
    born = registrar.born(age)
    # A first son is often named for his grandfather.
    given = father.fathers[0] if sex == "M" and not taken and rng.random() < 0.12 else ""
    while not given or given in taken or given == father.given:
        given = given_name(rng, sex=sex, birth_year=born.year, coptic=father.coptic)
    taken.add(given)
    return Person(
        sex=sex,
        born=born,
        given=given,
        fathers=(father.given, father.fathers[0]),
        family=father.family,
        coptic=father.coptic,
        mother=(mother.given, mother.fathers[0], mother.family) if mother else (),
        relationship="child",
    )


def live(rng: random.Random, person: Person, *, on: dt.date, means: float) -> None:
    """Fill in schooling, work, pregnancy, health and insured income, as they go with age, sex and means."""
    age = person.age(on)
    person.years_schooling = _schooling(rng, age=age, sex=person.sex, born=person.born.year, means=means)
    if 6 <= age <= 17:
        absent = 0.02 + max(0, age - 11) * 0.022 - 0.03 * means
        person.in_school = int(rng.random() >= min(0.5, max(0.005, absent)))
    elif 18 <= age <= 22:
        person.in_school = int(person.years_schooling >= 12 and rng.random() < 0.6)
    if age >= 15 and not person.in_school:
        share = (0.82 if age < 60 else 0.28 if age < 70 else 0.06) if person.sex == "M" else 0.16
        person.works = int(rng.random() < (share if age >= 18 else 0.25))
    elif age >= 15:
        person.works = 0
    if person.sex == "F" and 15 <= age <= 49:
        expecting = 0.09 if age < 36 else 0.03
        person.pregnant = int(person.marital_status == "married" and rng.random() < expecting)
    share = 0.016 if age < 15 else 0.035 if age < 45 else 0.075 if age < 65 else 0.24
    if rng.random() < share:
        person.disability = _difficulties(rng, age)
    person.formal_income = _formal_income(rng, person, age=age, means=means)


def _schooling(rng: random.Random, *, age: int, sex: str, born: int, means: float) -> int:
    if age < 6:
        return 0
    if age < 18:
        return max(0, age - 6 - (rng.random() < 0.15))
    # Those born earlier, women and the poor stayed at school for fewer years.
    never = 0.5 - (born - 1940) * 0.008 + (0.12 if sex == "F" and born < 1985 else 0) - 0.1 * means
    if rng.random() < min(0.75, max(0.02, never)):
        return rng.choice((0, 0, 0, 2, 3))
    weights = (6, 10, 6, 14, 8, max(8, 36 + 6 * means), 6, max(2, 13 + 9 * means))
    return min(age - 6, rng.choices((5, 6, 8, 9, 11, 12, 14, 16), weights)[0])


def _difficulties(rng: random.Random, age: int) -> str:
    weights = (5, 4, 9, 2, 4, 1) if age >= 60 else (3, 3, 4, 3, 2, 3)
    found: dict[str, int] = {}
    for _difficulty in range(1 if rng.random() < 0.7 else 2):
        found.setdefault(rng.choices(_DOMAINS, weights)[0], rng.choices((2, 3, 4), (52, 35, 13))[0])
    return ";".join(f"{domain}:{severity}" for domain, severity in found.items())


def _formal_income(rng: random.Random, person: Person, *, age: int, means: float) -> int | None:
    if age < 18:
        return 0
    if rng.random() < 0.03:
        return None
    if age >= 60 and rng.random() < (0.3 if person.sex == "M" else 0.16):
        return round(rng.gauss(2300 + 500 * means, 500) / 10) * 10 if means > -2.5 else 1300
    if person.works and age < 60 and rng.random() < min(0.6, max(0.03, 0.16 + 0.13 * means)):
        return max(1200, round(rng.gauss(5200 + 1300 * means, 1200) / 10) * 10)
    return 0

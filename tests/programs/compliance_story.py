"""Reads the examples of `ministry/docs/compliance.md` and plays them with the pure rules, month by month."""

import datetime as dt
import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from programs.compliance.rules import (
    Charge,
    Kind,
    Ladder,
    Outcome,
    Person,
    Rung,
    Who,
    is_bound,
    is_missed,
    outcome_of,
    rung_reached,
    still_stands,
    withheld,
)
from programs.payments.benefit import Component, Member, component_of, monthly_benefit

_PAGE = Path(__file__).parents[2] / "ministry" / "docs" / "compliance.md"

SHIPPED = Ladder(
    rungs=(
        Rung(Kind.WARNING, misses=1),
        Rung(Kind.REDUCTION, misses=2, share=Decimal(50)),
        Rung(Kind.REDUCTION, misses=3, window=6, share=Decimal(100)),
        Rung(Kind.SUSPENSION, misses=4),
        Rung(Kind.EXIT_PROPOSAL, misses=5),
    ),
    forgotten_after=3,
)
MILDER = Ladder(rungs=(Rung(Kind.WARNING, misses=1),), forgotten_after=3)
STRICTER = Ladder(
    rungs=(
        Rung(Kind.WARNING, misses=1),
        Rung(Kind.REDUCTION, misses=2, share=Decimal(60), of_household=True),
    ),
    forgotten_after=3,
)
CAP = Decimal(50)
BASE, MEMBERS_MAX = Decimal(325), 2
COMPONENTS = (
    Component(1, Decimal(60), 6, 11),
    Component(2, Decimal(80), 12, 14),
    Component(3, Decimal(100), 15, 17),
)
SCHOOL_CHILDREN = Who(age_from=6, age_to=17)
FIRST_MONTH = dt.date(2025, 1, 1)
LONG_AGO = dt.date(2020, 1, 1)


@dataclass(frozen=True)
class Example:
    """One row of the table."""

    name: str
    history: str
    step: str
    paid: Decimal


def examples() -> list[Example]:
    """Return the rows of the examples, as they stand on the page."""
    rows = re.findall(r"^\| (.+) \| (.+) \| (.+) \| ([\d.]+) \|$", _PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return [Example(name, history, step, Decimal(paid)) for name, history, step, paid in rows]


@dataclass
class Step:
    """A step taken: who, after which of the periods of that household, and what it withheld so far."""

    child: str
    home: str
    position: int
    rung: Rung
    ladder: Ladder
    status: str = "in_force"
    months_left: int = 1
    taken: Decimal = Decimal(0)


@dataclass
class Story:
    """Plays a history; `step` and `paid` are what the table expects at its end."""

    month: dt.date = FIRST_MONTH
    people: dict[str, Person] = field(
        default_factory=lambda: {
            "Nour": Person(dt.date(2016, 6, 15), LONG_AGO),
            "Omar": Person(dt.date(2011, 6, 15), LONG_AGO),
        }
    )
    home: str = "mother"
    status: str = "enrolled"
    ladder: Ladder = SHIPPED
    # Child and household → missed or not, one entry per period played.
    missed: dict[tuple[str, str], list[bool]] = field(default_factory=dict)
    periods: int = 0
    steps: list[Step] = field(default_factory=list)
    owed: Decimal = Decimal(0)
    step: str = "none"
    paid: Decimal = Decimal(0)

    def play(self, history: str) -> "Story":
        told = [part.strip() for part in history.split(";")]
        for number, part in enumerate(told):
            if self._decide(part):
                if number == len(told) - 1:
                    self._pay()
                continue
            self._period(part)
            self._pay()
        return self

    # What people decide between two periods.
    def _decide(self, text: str) -> bool:
        found = re.fullmatch(r"(excuse|appeal won) for (\d)", text)
        if found:
            position = int(found[2]) - 1
            self.missed["Nour", self.home][position] = False
            for step in self.steps:
                corrected = self.missed[step.child, step.home][: step.position + 1]
                if step.status != "lifted" and not still_stands(step.rung, corrected, step.ladder):
                    step.status = "lifted"
                    self.owed += step.taken
                    step.taken = Decimal(0)
            return True
        if text == "appeal lost":
            (step,) = (step for step in self.steps if step.status == "frozen")
            step.status = "in_force"
            self.step = step.rung.kind
            return True
        return False

    def _period(self, text: str) -> None:
        starts_on = self.month
        ends_on = (starts_on + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
        middle = starts_on.replace(day=15)
        excused = "excused" in text
        reports: dict[str, list[tuple[Decimal | None, Decimal]]] = {"Nour": [], "Omar": []}
        later: list[str] = []
        for saying in (saying.strip() for saying in text.split(",")):
            if saying.startswith("then "):
                later.append(saying.removeprefix("then "))
            elif not self._happens(saying, middle):
                child = "Omar" if saying.startswith("Omar") else "Nour"
                if figure := re.search(r"([\d.]+)%", saying):
                    reports[child].append((Decimal(figure[1]), Decimal(80)))
                if visits := re.search(r"(\d) visit", saying):
                    reports[child].append((Decimal(visits[1]), Decimal(1)))
        self.month = ends_on + dt.timedelta(days=1)
        self.step = "none"
        for child, figures in reports.items():
            person = self.people[child]
            outcomes: list[Outcome] = []
            if self.status == "enrolled" and is_bound(SCHOOL_CHILDREN, person, starts_on, ends_on):
                outcomes = [
                    outcome_of(
                        value=value,
                        at_least=at_least,
                        service_available="school closed" not in text,
                        is_excused=excused,
                    )
                    for value, at_least in figures
                ]
            self._take_step(child, missed=is_missed(outcomes), frozen="appeal open" in text)
        self.periods += 1
        for saying in later:
            self._happens(saying, self.month - dt.timedelta(days=1))

    def _happens(self, saying: str, day: dt.date) -> bool:
        """Apply what happens to the household, and tell whether it was such a saying."""
        nour = self.people["Nour"]
        match saying:
            case "turns 18":
                nour = replace(nour, birth_date=day.replace(year=day.year - 18))
            case "stays 17":
                nour = replace(nour, birth_date=self.month.replace(year=self.month.year - 18, day=20, month=12))
            case "turns 6":
                nour = replace(nour, birth_date=day.replace(year=day.year - 6))
            case "age unknown":
                nour = replace(nour, birth_date=None)
            case "dies":
                nour = replace(nour, died_on=day)
            case "moves out":
                nour = replace(nour, left_on=day)
            case "moves to aunt":
                nour = replace(nour, joined_on=day)
                self.home = "aunt"
                self.people["Omar"] = replace(self.people["Omar"], left_on=LONG_AGO)
            case "suspended for fraud":
                self.status = "suspended"
            case "resumed":
                self.status = "enrolled"
            case "exited":
                self.status = "exited"
            case "milder ladder":
                self.ladder = MILDER
            case "stricter ladder":
                self.ladder = STRICTER
            case _:
                return False
        self.people["Nour"] = nour
        return True

    def _take_step(self, child: str, *, missed: bool, frozen: bool) -> None:
        history = self.missed.setdefault((child, self.home), [False] * self.periods)
        history.append(missed)
        rung = rung_reached(history, self.ladder) if self.status == "enrolled" else None
        if rung is None:
            return
        self.steps.append(
            Step(child, self.home, self.periods, rung, self.ladder, "frozen" if frozen else "in_force", rung.months)
        )
        if child == "Nour":
            self.step = "frozen" if frozen else rung.kind.replace("exit_proposal", "exit proposed")

    def _pay(self) -> None:
        if self.status != "enrolled":
            self.paid = Decimal(0)
            return
        day = self.month - dt.timedelta(days=1)
        living = {
            name: person
            for name, person in self.people.items()
            if (person.left_on is None or person.left_on > day) and (person.died_on is None or person.died_on > day)
        }
        members = {name: Member(person.birth_date) for name, person in living.items()}
        due = monthly_benefit(
            base=BASE,
            components=COMPONENTS,
            members_max=MEMBERS_MAX,
            members=members.values(),
            on_date=self.month,
            minor_units=2,
        ).amount
        own = {name: component_of(member, COMPONENTS, self.month) for name, member in members.items()}
        active = [
            step
            for step in self.steps
            if step.status == "in_force" and step.home == self.home and step.months_left and step.child in living
        ]
        charges = [
            Charge(
                step.rung.kind,
                step.rung.share,
                step.rung.of_household,
                own[step.child].amount if own[step.child] else Decimal(0),
            )
            for step in active
        ]
        amounts = withheld(due=due, charges=charges, at_most=CAP, minor_units=2)
        for step, amount in zip(active, amounts, strict=True):
            step.taken += amount
            step.months_left -= 1
        self.paid = due - sum(amounts) + self.owed
        self.owed = Decimal(0)

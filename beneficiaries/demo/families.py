"""Families: who lives together, and how their ages, names and mothers hang together."""

import datetime as dt
import random
from dataclasses import dataclass, field

from beneficiaries.demo.habits import mobile_number
from beneficiaries.demo.people import Person, Registrar, child_of, live, stranger
from beneficiaries.demo.places import Place

# Kinds of household among those who register, in hundredths.
_KINDS = ("nuclear", "couple", "extended", "widow", "divorced", "old_couple", "alone_old", "alone", "three_generations")
_WEIGHTS = (49, 5, 12, 9, 4, 5, 7, 4, 5)


@dataclass(slots=True)
class Family:
    """A household before it is typed."""

    place: Place
    urban: bool
    # Standing in standard deviations from the country's middle.
    means: float
    people: list[Person] = field(default_factory=list)


class FamilyMaker:
    """Makes families; everything random comes from one generator, so the same seed gives the same families."""

    def __init__(self, rng: random.Random, registrar: Registrar, *, on: dt.date) -> None:
        self._rng = rng
        self._registrar = registrar
        self._on = on

    def make(self, place: Place) -> Family:
        """Return a family of a place."""
        rng = self._rng
        urban = rng.random() < place.urban_share
        # Registers are filled by the poorer half; a poor governorate has more of them.
        means = rng.gauss(0.35 - 2.1 * place.poverty - (0 if urban else 0.15), 0.95)
        family = Family(place, urban, means)
        kind = rng.choices(_KINDS, _WEIGHTS)[0]
        family.people = getattr(self, f"_{kind}")(rng.random() < place.coptic_share)
        self.finish(family)
        return family

    def finish(self, family: Family) -> None:
        """Give everybody who lacks it a number and a life."""
        rng = self._rng
        for person in family.people:
            if not person.national_id:
                elsewhere = rng.random() < 0.06
                code = "01" if elsewhere and family.place.id_code != "01" else family.place.id_code
                person.national_id = self._registrar.number(person, code)
                live(rng, person, on=self._on, means=family.means)
        self.give_phones(family)

    def give_phones(self, family: Family) -> None:
        """Give the head a phone; other adults have their own or, like the children, are reached through the head's."""
        rng = self._rng
        head = family.people[0]
        head.phone = head.phone or mobile_number(rng)
        for person in family.people[1:]:
            age = person.age(self._on)
            if not person.phone and age >= 18 and rng.random() < 0.5:
                person.phone = mobile_number(rng)
            elif not person.phone and (age >= 6 or rng.random() < 0.6):
                person.phone = head.phone

    def _age(self, low: int, high: int, mode: int) -> int:
        return int(self._rng.triangular(low, high, mode))

    def _person(self, sex: str, age: int, coptic: bool, *, status: str, relationship: str = "head") -> Person:
        person = stranger(self._rng, self._registrar, sex=sex, age=age, coptic=coptic)
        person.marital_status = status
        person.relationship = relationship
        return person

    def _wife_of(self, husband: Person) -> Person:
        age = husband.age(self._on) - round(self._rng.gauss(5, 3))
        return self._person("F", max(18, age), husband.coptic, status="married", relationship="spouse")

    def _children(self, father: Person, mother: Person, *, mother_age: int, latest: int = 0) -> list[Person]:
        """Return the children at home of a couple whose wife is (or would be) `mother_age`; `latest`: none younger."""
        rng = self._rng
        wedding = max(17, min(mother_age, round(rng.gauss(22, 3))))
        age_of_child = mother_age - wedding - rng.choice((1, 1, 2, 3))
        wanted = rng.choices((0, 1, 2, 3, 4, 5, 6, 7), (4, 10, 24, 29, 18, 9, 4, 2))[0]
        children: list[Person] = []
        taken: set[str] = set()
        for _number in range(wanted):
            if age_of_child < latest or mother_age - age_of_child > 45:
                break
            twins = rng.random() < 0.013
            for _twin in range(2 if twins else 1):
                child = child_of(rng, self._registrar, father=father, mother=mother, age=age_of_child, taken=taken)
                if twins and _twin:
                    child.born = children[-1].born if children else child.born
                age = child.age(self._on)
                # Grown children leave: daughters earlier than sons.
                leaves = 22 if child.sex == "F" else 26
                if age < leaves or rng.random() < 0.3 * 0.9 ** (age - leaves):
                    child.marital_status = "divorced" if age > 24 and rng.random() < 0.06 else "single"
                    children.append(child)
            age_of_child -= rng.choice((1, 2, 2, 3, 3, 4, 5))
        return children

    def couple_at(self, head: Person) -> list[Person]:
        """Return the household of a man who has married: his wife and their children."""
        head.relationship, head.marital_status = "head", "married"
        wife = self._wife_of(head)
        return [head, wife, *self._children(head, wife, mother_age=wife.age(self._on))]

    def _nuclear(self, coptic: bool) -> list[Person]:
        return self.couple_at(self._person("M", self._age(24, 66, 40), coptic, status="married"))

    def _couple(self, coptic: bool) -> list[Person]:
        head = self._person("M", self._age(23, 60, 28), coptic, status="married")
        return [head, self._wife_of(head)]

    def _old_couple(self, coptic: bool) -> list[Person]:
        head = self._person("M", self._age(65, 88, 70), coptic, status="married")
        return [head, self._wife_of(head)]

    def _extended(self, coptic: bool) -> list[Person]:
        people = self._nuclear(coptic)
        head = people[0]
        rng = self._rng
        age = head.age(self._on) + rng.randint(20, 34)
        if age < 90 and rng.random() < 0.75:
            mother = self._person("F", age, coptic, status="widowed", relationship="parent")
            # The head's mother was typed in his row by her own name.
            head.mother = (mother.given, mother.fathers[0], mother.family)
            people.append(mother)
            if rng.random() < 0.25:
                father = child_of(
                    rng,
                    self._registrar,
                    father=stranger(rng, self._registrar, sex="M", age=age + 30, coptic=coptic, family=head.family),
                    mother=None,
                    age=min(90, age + 4),
                    taken=set(),
                    sex="M",
                )
                father.given = head.fathers[0]
                father.fathers = (head.fathers[1], father.fathers[1])
                father.relationship, father.marital_status = "parent", "married"
                mother.marital_status = "married"
                people.append(father)
        else:
            sister = self._sibling(head)
            people.append(sister)
        return people

    def _sibling(self, head: Person) -> Person:
        rng = self._rng
        sex = "F" if rng.random() < 0.6 else "M"
        age = max(18, head.age(self._on) + rng.randint(-12, 6))
        sibling = self._person(sex, age, head.coptic, status=rng.choice(("single", "divorced", "widowed", "single")))
        sibling.fathers, sibling.family, sibling.mother = head.fathers, head.family, head.mother
        sibling.relationship = "sibling"
        return sibling

    def _widow(self, coptic: bool) -> list[Person]:
        return self._mother_alone(coptic, age=self._age(28, 72, 48), status="widowed", latest=2)

    def _divorced(self, coptic: bool) -> list[Person]:
        return self._mother_alone(False, age=self._age(23, 55, 34), status="divorced", latest=1)

    def _mother_alone(self, coptic: bool, *, age: int, status: str, latest: int) -> list[Person]:
        mother = self._person("F", age, coptic, status=status)
        father = stranger(self._rng, self._registrar, sex="M", age=age + 6, coptic=coptic)
        return [mother, *self._children(father, mother, mother_age=age, latest=latest)]

    def _alone_old(self, coptic: bool) -> list[Person]:
        sex = "F" if self._rng.random() < 0.68 else "M"
        return [self._person(sex, self._age(64, 92, 72), coptic, status="widowed")]

    def _alone(self, coptic: bool) -> list[Person]:
        sex = "M" if self._rng.random() < 0.6 else "F"
        return [self._person(sex, self._age(21, 63, 38), coptic, status=self._rng.choice(("single", "divorced")))]

    def _three_generations(self, coptic: bool) -> list[Person]:
        rng = self._rng
        head = self._person("M", self._age(55, 78, 63), coptic, status="married")
        wife = self._wife_of(head)
        people = [head, wife]
        taken: set[str] = set()
        room = max(22, min(36, wife.age(self._on) - 19))
        son = child_of(
            rng,
            self._registrar,
            father=head,
            mother=wife,
            age=rng.randint(22, room),
            taken=taken,
            sex="M",
        )
        son.marital_status = "married"
        son_wife = self._wife_of(son)
        son_wife.relationship = "other_relative"
        people += [son, son_wife]
        for grandchild in self._children(son, son_wife, mother_age=son_wife.age(self._on)):
            grandchild.relationship = "grandchild"
            people.append(grandchild)
        if rng.random() < 0.5:
            people.append(
                child_of(
                    rng,
                    self._registrar,
                    father=head,
                    mother=wife,
                    age=rng.randint(14, 21),
                    taken=taken,
                )
            )
        return people

"""Every comparison of every fact and member field, with every meaning of «not known», against plain Python.

2,000 random households. `COMBINATIONS` is what is tried: (fact or member field) × comparison × meaning of «not known»;
for members also × comparison of their number, «= 0», «< n» and «≠» among them.
"""

import itertools
import random
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from beneficiaries.facts import CATALOGUE, Kind
from programs.eligibility.checks import problems_of
from programs.eligibility.compiler import Keys, RuleCompiler
from programs.eligibility.member_fields import MEMBER_FIELDS
from programs.eligibility.values import COUNT_OPERATORS, OPERATORS
from programs.models import Criterion
from programs.rules import Group, MemberRequirement, Requirement
from tests.programs.rule_oracle import House, Oracle
from tests.programs.rule_population import ON, every_fact, populate

SIZE = 2_000
POLICIES = Criterion.WhenUnknown.values
AT_ONCE = 90
LISTS = {"in", "not_in"}


def wanted(kind: Kind, operator: str, choices: tuple, turn: int) -> str:
    """Return a value near the limits at which the households lie; two by turns."""
    if kind is Kind.BOOLEAN:
        return ("true", "false")[turn % 2]
    if kind is Kind.CHOICE:
        codes = [code for code, _label in choices]
        return ",".join((codes[0], codes[-1])) if operator in LISTS else codes[turn % len(codes)]
    first, second = {Kind.COUNT: ("1", "2"), Kind.MONEY: ("400", "1500.1")}.get(kind, ("0.5", "2"))
    return f"{first},{second}" if operator in LISTS else (first, second)[turn % 2]


def on_facts() -> Iterator[Requirement]:
    turn, ids = itertools.count(), itertools.count(1)
    for code, fact in CATALOGUE.items():
        for operator in sorted(COUNT_OPERATORS if fact.unknown_count else OPERATORS[fact.kind]):
            value = wanted(fact.kind, operator, fact.choices, next(turn))
            for policy in POLICIES:
                yield Requirement(next(ids), operator, value, fact=code, when_unknown=policy)


def on_members() -> Iterator[Requirement]:
    turn, ids = itertools.count(), itertools.count(10_001)
    limits = {"lt": "1", "eq": "0", "ne": "1", "gte": "1", "gt": "0", "lte": "1"}
    ages = ("18", "6", "65")
    for code, field in MEMBER_FIELDS.items():
        for operator in sorted(OPERATORS[field.kind]):
            value = wanted(field.kind, operator, field.choices, next(turn))
            if code == "age":
                value = "6,18" if operator in LISTS else ages[next(turn) % 3]
            if code == "severity":
                value = "1,3" if operator in LISTS else "2"
            members = (MemberRequirement(code, operator, value),)
            for counted, policy in itertools.product(sorted(COUNT_OPERATORS), POLICIES):
                yield Requirement(next(ids), counted, limits[counted], members=members, when_unknown=policy)


COMBINATIONS = {"facts": list(on_facts()), "members": list(on_members())}


@pytest.fixture(scope="module")
def houses(django_db_setup, django_db_blocker) -> Iterator[dict[int, House]]:
    """2,000 households for all tests of this module; nothing of them stays."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield populate(random.Random(11), SIZE, every_fact)
        transaction.set_rollback(True)


def rows_of(root: Group) -> dict[int, tuple[str, list[int], list[int]]]:
    assert problems_of(root) == []
    statement = RuleCompiler(root, on_date=ON).decisions(Keys())
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        return {row[0]: row[1:4] for row in cursor.fetchall()}


def counted_as(answer: bool | None, policy: str) -> bool | None:
    return {"needs_information": None, "fails": False, "passes": True}[policy] if answer is None else answer


@pytest.mark.parametrize("subject", COMBINATIONS)
def test_each_combination_answers_as_plain_python_does(houses, subject):
    seen: set[tuple] = set()
    tried = COMBINATIONS[subject]
    for start in range(0, len(tried), AT_ONCE):
        requirements = tuple(tried[start : start + AT_ONCE])
        rows = rows_of(Group("all", requirements))
        assert rows.keys() == houses.keys()
        for key, house in houses.items():
            oracle, answers = Oracle(Group("all", requirements), house, ON), {}
            failed, unknown = [], []
            for one in requirements:
                what = (one.fact, one.members, one.operator, one.value)
                if what not in answers:
                    answers[what] = oracle.answer(one)
                answer = answers[what]
                seen.add((*what, answer))
                if answer is None:
                    unknown.append(one.id)
                if counted_as(answer, one.when_unknown) is False:
                    failed.append(one.id)
            assert rows[key][1:] == (failed, unknown), f"household {key}"
    # A test that met only one kind of answer would prove nothing.
    met = {answer for *_what, answer in seen}
    assert met == {True, False, None}


REPRESENTATIVES = ("rooms", "children_0_17", "persons_per_room", "income_monthly", "formal_income_highest", "urban",
                   "tenure", "pmt_score")  # fmt: skip


def alone() -> list[Requirement]:
    """One condition by itself: a fact of each kind, and one count of members by each comparison."""
    chosen = [one for one in COMBINATIONS["facts"] if one.fact in REPRESENTATIVES]
    return chosen + [
        one
        for one in COMBINATIONS["members"]
        if one.members[0] == MemberRequirement("in_school", "eq", one.members[0].value)
    ]


def test_one_condition_by_itself_and_its_opposite_decide_as_plain_python_does(houses):
    for requirement in alone():
        for kind in ("all", "none"):
            root = Group(kind, (requirement,))
            rows = rows_of(root)
            for key, house in houses.items():
                oracle = Oracle(root, house, ON)
                answer = oracle.answer(requirement)
                value = counted_as(answer, requirement.when_unknown)
                held = value if kind == "all" or value is None else not value
                decision = {True: "eligible", False: "not_eligible", None: "needs_information"}[held]
                expected = (decision, [requirement.id] if held is False else [], [requirement.id] * (answer is None))
                assert rows[key] == expected, f"household {key}: {root}"


def test_random_nested_groups_decide_as_plain_python_does(houses):
    rng = random.Random(29)
    pool = COMBINATIONS["facts"] + COMBINATIONS["members"]

    def tree(depth: int) -> Group:
        children = [
            tree(depth - 1) if depth and rng.random() < 0.5 else rng.choice(pool) for _ in range(rng.randint(1, 4))
        ]
        return Group(rng.choice(["all", "any", "none"]), tuple(children))

    def once(group: Group, ids: Iterator[int]) -> Group:
        return Group(
            group.kind,
            tuple(
                once(child, ids)
                if isinstance(child, Group)
                else Requirement(next(ids), child.operator, child.value, child.fact, child.members, child.when_unknown)
                for child in group.children
            ),
        )

    for _ in range(15):
        root = once(tree(3), itertools.count(1))
        rows = rows_of(root)
        for key, house in houses.items():
            assert rows[key] == Oracle(root, house, ON).verdict(), f"household {key}: {root}"


def test_the_number_of_combinations_is_stated():
    assert {subject: len(rules) for subject, rules in COMBINATIONS.items()} == {"facts": 1_038, "members": 900}

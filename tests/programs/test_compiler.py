"""The compiled statement against plain Python, on random rules and random households."""

import itertools
import random

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beneficiaries.models import ScoringModel
from programs.eligibility.checks import problems_of
from programs.eligibility.compiler import Keys, RuleCompiler
from programs.rules import Group, MemberRequirement, Requirement
from tests.programs.rule_oracle import House, Oracle
from tests.programs.rule_population import COUNTS, ON, populate, some_facts


@pytest.fixture(params=[1, 2])
def population(request, db) -> dict[int, House]:
    """200 households."""
    return populate(random.Random(request.param), 200, some_facts)


_ORDER = st.sampled_from(["eq", "ne", "lt", "lte", "gt", "gte"])
_SOME = st.sampled_from(["eq", "ne", "in", "not_in"])


def _several(values: list[str]):
    return st.tuples(_SOME, st.lists(st.sampled_from(values), min_size=1, max_size=3)).map(
        lambda drawn: (drawn[0], ",".join(drawn[1]) if drawn[0] in ("in", "not_in") else drawn[1][0])
    )


def _one(operators, values: list[str]):
    return st.tuples(operators, st.sampled_from(values))


_FACTS = st.one_of(
    st.tuples(st.sampled_from(COUNTS[1:]), _one(_ORDER, ["0", "1", "2", "3", "5"])),
    st.tuples(st.just("members"), st.one_of(_one(_ORDER, ["0", "1", "3"]), _several(["0", "1", "2"]))),
    st.tuples(st.just("rooms"), st.one_of(_one(_ORDER, ["1", "2", "3"]), _several(["1", "2", "4"]))),
    st.tuples(st.just("formal_income_highest"), _one(_ORDER, ["0", "400", "1500.1", "1500.2"])),
    st.tuples(st.just("persons_per_room"), _one(_ORDER, ["0.5", "1", "2.4"])),
    st.tuples(st.just("pmt_score"), _one(_ORDER, ["45", "45.5"])),
    st.tuples(st.just("head_sex"), _several(["M", "F"])),
    st.tuples(st.just("tenure"), _several(["owned", "rented", "borrowed"])),
    st.tuples(st.sampled_from(["urban", "refrigerator"]), _one(st.sampled_from(["eq", "ne"]), ["true", "false"])),
)
_MEMBER = st.one_of(
    st.tuples(st.just("age"), st.one_of(_one(_ORDER, ["0", "6", "18", "65"]), _several(["6", "18", "64"]))),
    st.tuples(st.just("sex"), _several(["M", "F"])),
    st.tuples(st.just("relationship"), _several(["spouse", "child", "parent"])),
    st.tuples(st.just("marital_status"), _several(["single", "married"])),
    st.tuples(st.just("years_schooling"), _one(_ORDER, ["0", "6"])),
    st.tuples(st.just("severity"), st.one_of(_one(_ORDER, ["1", "2", "4"]), _several(["1", "3"]))),
    st.tuples(st.just("formal_income"), _one(_ORDER, ["0", "400", "1500.1"])),
    st.tuples(
        st.sampled_from(["in_school", "works", "pregnant"]), _one(st.sampled_from(["eq", "ne"]), ["true", "false"])
    ),
).map(lambda drawn: MemberRequirement(drawn[0], *drawn[1]))
_WHEN_UNKNOWN = st.sampled_from(["needs_information", "needs_information", "fails", "passes"])
_LEAF = st.one_of(
    st.tuples(_FACTS, _WHEN_UNKNOWN).map(
        lambda drawn: Requirement(
            id=0, fact=drawn[0][0], operator=drawn[0][1][0], value=drawn[0][1][1], when_unknown=drawn[1]
        )
    ),
    st.tuples(st.lists(_MEMBER, min_size=1, max_size=3), _one(_ORDER, ["0", "1", "2"]), _WHEN_UNKNOWN)
    .filter(lambda drawn: drawn[1] != ("lt", "0"))
    .map(
        lambda drawn: Requirement(
            id=0, members=tuple(drawn[0]), operator=drawn[1][0], value=drawn[1][1], when_unknown=drawn[2]
        )
    ),
)
_GROUP = st.recursive(
    st.tuples(st.sampled_from(["all", "any", "none"]), st.lists(_LEAF, min_size=1, max_size=3)),
    lambda inner: st.tuples(
        st.sampled_from(["all", "any", "none"]), st.lists(st.one_of(_LEAF, inner), min_size=1, max_size=3)
    ),
    max_leaves=4,
)


def _numbered(drawn, numbers=None) -> Group:
    numbers = numbers or itertools.count(101)
    kind, children = drawn
    return Group(
        kind,
        tuple(
            Requirement(next(numbers), child.operator, child.value, child.fact, child.members, child.when_unknown)
            if isinstance(child, Requirement)
            else _numbered(child, numbers)
            for child in children
        ),
    )


def _decided(
    compiler: RuleCompiler, keys: Keys | None = None
) -> dict[int, tuple[str, list[int], list[int], float | None]]:
    statement = compiler.decisions(keys or Keys())
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        return {row[0]: row[1:] for row in cursor.fetchall()}


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=_GROUP, by_model=st.booleans())
def test_the_statement_agrees_with_plain_python(population, drawn, by_model):
    root = _numbered(drawn)
    assert problems_of(root) == []
    model = ScoringModel.objects.get().pk if by_model else None
    decided = _decided(RuleCompiler(root, on_date=ON, scoring_model_id=model))
    assert decided.keys() == population.keys()
    for key, house in population.items():
        oracle = Oracle(root, house, ON, by_model=by_model)
        assert decided[key] == (*oracle.verdict(), oracle.fact("pmt_score")), f"household {key}: {root}"


def test_one_household_and_ranges_give_the_same_rows_as_all_at_once(population):
    root = Group("all", (Requirement(1, "gte", "1", members=(MemberRequirement("age", "lt", "18"),)),
                         Requirement(2, "lt", "45.2", fact="pmt_score")))  # fmt: skip
    compiler = RuleCompiler(root, on_date=ON)
    everybody = _decided(compiler)
    ids = sorted(everybody)
    middle = ids[len(ids) // 2]
    assert _decided(compiler, Keys(None, middle)) | _decided(compiler, Keys(middle, None)) == everybody
    assert _decided(compiler, Keys(one=middle)) == {middle: everybody[middle]}

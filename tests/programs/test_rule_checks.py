"""Rules that cannot be compiled are refused, with a reason that names the fault."""

import pytest

from ministry.exceptions import RuleViolation
from programs.eligibility.checks import DEPTH_MAX, TESTS_MAX, problems_of, refuse_unsound
from programs.rules import Group, MemberRequirement, Requirement

CHILD = (MemberRequirement("age", "lt", "18"),)
SOUND = Requirement(1, "gte", "1", members=CHILD)


def on(fact, operator, value):
    return Group("all", (Requirement(1, operator, value, fact=fact),))


def members(operator, value, *requirements):
    return Group("all", (Requirement(1, operator, value, members=requirements or CHILD),))


@pytest.mark.parametrize(
    ("root", "named"),
    [
        (on("shoe_size", "gt", "40"), "shoe_size"),
        (on("tenure", "gt", "owned"), "gt"),
        (on("tenure", "in", "owned,castle"), "castle"),
        (on("tenure", "in", " , "), ""),
        (on("urban", "eq", "maybe"), "maybe"),
        (on("urban", "in", "true"), "in"),
        (on("rooms", "lt", "many"), "many"),
        (on("rooms", "lt", "2.5"), "2.5"),
        (on("rooms", "lt", "-1"), "-1"),
        (on("rooms", "lt", "99999"), "99999"),
        (on("rooms", "lt", ""), ""),
        (on("pmt_score", "lt", "nan"), "nan"),
        (on("pmt_score", "lt", "inf"), "inf"),
        (on("pmt_score", "like", "45"), "like"),
        # Exact for a number that lies between two: «is one of» has no answer.
        (on("children_0_17", "in", "1,2"), "in"),
        (members("in", "1,2"), "in"),
        (members("gte", "one"), "one"),
        (members("lt", "0"), ""),
        (Group("all", (Requirement(1, "gte", "1"),)), ""),
        (members("gte", "1", MemberRequirement("shoe_size", "gt", "40")), "shoe_size"),
        (members("gte", "1", MemberRequirement("age", "gt", "old")), "old"),
        (members("gte", "1", MemberRequirement("sex", "eq", "X")), "X"),
        (members("gte", "1", MemberRequirement("pregnant", "gt", "true")), "gt"),
    ],
)
def test_the_fault_is_named(root, named):
    problems = problems_of(root)
    assert len(problems) == 1
    assert problems[0].criterion_id == 1
    assert named in problems[0].reason
    with pytest.raises(RuleViolation):
        refuse_unsound(root)


@pytest.mark.parametrize(
    "root",
    [
        None,
        Group("all"),
        Group("all", (Group("any"),)),
        Group("all", (SOUND, Group("none"))),
        Group("all", tuple(Requirement(n, "gte", "1", members=CHILD) for n in range(TESTS_MAX + 1))),
    ],
)
def test_empty_and_endless_rules_are_refused(root):
    with pytest.raises(RuleViolation):
        refuse_unsound(root)


def test_groups_too_deep_are_refused():
    root = Group("all", (SOUND,))
    for _ in range(DEPTH_MAX):
        root = Group("all", (root,))
    with pytest.raises(RuleViolation):
        refuse_unsound(root)


def test_every_fault_is_told_at_once():
    root = Group("all", (*on("shoe_size", "gt", "40").children, *on("rooms", "lt", "many").children, Group("any")))
    assert len(problems_of(root)) == 3


@pytest.mark.parametrize(
    "root",
    [
        on("rooms", "lt", "٣"),
        on("pmt_score", "lt", "45٫5"),
        on("tenure", "in", "owned، rented"),
        on("urban", "eq", "نعم"),
        members("eq", "0"),
        members("lt", "1"),
    ],
)
def test_sound_rules_pass_in_either_script(root):
    assert refuse_unsound(root) == root

"""What members are to a new head, told by examples a family would agree with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beneficiaries.models import Membership
from beneficiaries.rules import relationship_across, relationship_to_new_head

RELATIONSHIPS = st.sampled_from(Membership.Relationship.values)


@pytest.mark.parametrize(
    ("new_head_was", "member_was", "is_now"),
    [
        ("spouse", "head", "spouse"),
        ("spouse", "child", "child"),
        ("spouse", "grandchild", "grandchild"),
        ("spouse", "parent", "other_relative"),
        ("child", "head", "parent"),
        ("child", "spouse", "parent"),
        ("child", "child", "sibling"),
        ("child", "parent", "other_relative"),
        ("parent", "head", "child"),
        ("parent", "sibling", "child"),
        ("parent", "child", "grandchild"),
        ("sibling", "head", "sibling"),
        ("sibling", "parent", "parent"),
        ("sibling", "child", "other_relative"),
        ("not_related", "head", "not_related"),
        ("spouse", "not_related", "not_related"),
    ],
)
def test_everybody_is_told_anew_under_another_head(new_head_was, member_was, is_now):
    assert relationship_to_new_head(new_head_was, member_was) == is_now


@pytest.mark.parametrize(
    ("their_head_is", "member_was", "is_now"),
    [
        ("child", "head", "child"),
        ("child", "child", "grandchild"),
        ("sibling", "child", "other_relative"),
        ("parent", "spouse", "parent"),
        ("not_related", "child", "not_related"),
    ],
)
def test_a_household_that_joins_follows_its_head(their_head_is, member_was, is_now):
    assert relationship_across(their_head_is, member_was) == is_now


@given(RELATIONSHIPS.filter(lambda one: one != "head"), RELATIONSHIPS.filter(lambda one: one != "head"))
def test_nobody_becomes_a_second_head(new_head_was, member_was):
    assert relationship_to_new_head(new_head_was, member_was) in set(Membership.Relationship.values) - {"head"}

"""Conditions without a database: the examples of the page, and what must hold for any history."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programs.compliance.rules import Charge, Kind, Ladder, Rung, rung_reached, still_stands, withheld
from tests.programs.compliance_story import CAP, SHIPPED, Story, examples

EXAMPLES = examples()
histories = st.lists(st.booleans(), min_size=1, max_size=14)


def rank(missed: list[bool], ladder: Ladder = SHIPPED) -> int:
    rung = rung_reached(missed, ladder)
    return -1 if rung is None else ladder.rungs.index(rung)


class TestExamplesOfThePage:
    def test_the_page_has_at_least_forty(self):
        assert len(EXAMPLES) >= 40

    @pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
    def test_step_and_payment_are_as_told(self, example):
        story = Story().play(example.history)
        assert (story.step, story.paid) == (example.step, example.paid)


class TestLadder:
    @given(histories)
    def test_a_period_without_a_miss_brings_no_step(self, missed):
        assert rung_reached([*missed, False], SHIPPED) is None

    @given(histories, st.data())
    def test_taking_a_miss_away_never_makes_a_step_heavier(self, missed, data):
        position = data.draw(st.integers(0, len(missed) - 1))
        without = [*missed]
        without[position] = False
        assert rank(without) <= rank(missed)

    @given(histories)
    def test_a_step_stands_while_nothing_is_corrected(self, missed):
        rung = rung_reached(missed, SHIPPED)
        assert rung is None or still_stands(rung, missed, SHIPPED)

    def test_the_furthest_rung_reached_applies_whatever_it_is_counted_by(self):
        ladder = Ladder((Rung(Kind.WARNING, 1), Rung(Kind.REDUCTION, 2, window=3, share=Decimal(20))), 9)
        assert rung_reached([True, False, True], ladder) == ladder.rungs[1]
        assert rung_reached([True, False, False, True], ladder) == ladder.rungs[0]


class TestWithheld:
    @settings(max_examples=200)
    @given(
        st.decimals(0, 5000, places=3),
        st.lists(
            st.builds(
                Charge,
                kind=st.sampled_from(Kind),
                share=st.decimals(0, 100, places=2),
                of_household=st.booleans(),
                member_amount=st.decimals(0, 5000, places=3),
            ),
            max_size=5,
        ),
        st.sampled_from([2, 3]),
    )
    def test_never_more_than_the_cap_and_never_below_nothing(self, due, charges, minor_units):
        due = due.quantize(Decimal(1).scaleb(-minor_units))
        amounts = withheld(due=due, charges=charges, at_most=CAP, minor_units=minor_units)
        assert all(amount >= 0 for amount in amounts)
        suspended = any(charge.kind == Kind.SUSPENSION for charge in charges)
        assert sum(amounts) == due if suspended else sum(amounts) <= due * CAP / 100

    def test_a_share_is_rounded_down_to_the_minor_unit(self):
        charge = Charge(Kind.REDUCTION, Decimal("33.33"), False, Decimal("100.01"))
        assert withheld(due=Decimal(500), charges=[charge], at_most=Decimal(100), minor_units=2) == [Decimal("33.33")]

    def test_a_warning_and_a_proposed_exit_withhold_nothing(self):
        charges = [Charge(kind, Decimal(100), True, Decimal(100)) for kind in (Kind.WARNING, Kind.EXIT_PROPOSAL)]
        assert withheld(due=Decimal(500), charges=charges, at_most=Decimal(100), minor_units=2) == [0, 0]

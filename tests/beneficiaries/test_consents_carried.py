"""Whose word counts when people go apart, live together, or turn out to be registered twice."""

import datetime as dt

import pytest
from django.utils import timezone, translation

from beneficiaries.models import Consent, Household
from beneficiaries.services import merges
from beneficiaries.services.consents import record_consent
from ministry.exceptions import RuleViolation
from ministry.models import AuditEntry
from tests.beneficiaries.change_factories import applied, family, member
from tests.beneficiaries.factories import ConsentFactory
from tests.beneficiaries.merging import decider, merged, two_homes, undone
from tests.beneficiaries.test_household_merges import joined, parted, twice
from tests.ministry.factories import UserFactory

pytestmark = pytest.mark.django_db
SHARING, REGISTER = Consent.Purpose.SHARING, Consent.Purpose.REGISTER


def split(home: Household) -> Household:
    """Let the spouse live apart and return the new household."""
    wife = member(home, "spouse")
    applied(
        "split",
        home,
        leavers=[wife.pk],
        destination="new",
        head_of_leavers=wife.pk,
        area_governorate=home.area.parent_id,
        area_district=home.area_id,
        address="شارع آخر",
    )
    return wife.memberships.current().get().household


def taken_back(**values) -> Consent:
    return ConsentFactory(
        purpose=SHARING,
        withdrawn_on=timezone.localdate(),
        withdrawn_by="سميرة عادل",
        withdrawal_recorded_by=UserFactory(),
        **values,
    )


class TestSplit:
    def test_the_word_to_be_in_the_register_is_carried_over_and_says_from_where(self):
        home = family()
        given = ConsentFactory(household=home, purpose=REGISTER)
        fresh = split(home)
        carried = fresh.consents.get()
        assert (carried.purpose, carried.carried_from, carried.given_on) == (REGISTER, given, given.given_on)
        assert AuditEntry.objects.filter(action="consent.carried", target_id=fresh.pk).exists()

    def test_passing_data_on_is_asked_anew(self):
        home = family()
        ConsentFactory(household=home, purpose=SHARING)
        assert not split(home).consents.filter(purpose=SHARING).exists()
        assert home.consents.in_force(SHARING).exists()

    def test_what_was_taken_back_is_not_carried(self):
        home = family()
        ConsentFactory(
            household=home,
            purpose=REGISTER,
            withdrawn_on=timezone.localdate(),
            withdrawn_by="كمال",
            withdrawal_recorded_by=UserFactory(),
        )
        assert not split(home).consents.exists()


class TestJoin:
    def join(self, home: Household, other: Household) -> None:
        applied("join", home, other_household=other.household_ref, their_head_is="sibling")

    def test_ends_passing_data_on_where_those_who_come_have_not_agreed(self):
        home = family()
        other = family(area=home.area)
        consent = ConsentFactory(household=home, purpose=SHARING)
        self.join(home, other)
        consent.refresh_from_db()
        assert consent.withdrawn_on == timezone.localdate()
        assert other.household_ref in consent.withdrawal_note

    def test_leaves_it_where_both_have_agreed(self):
        home = family()
        other = family(area=home.area)
        consent = ConsentFactory(household=home, purpose=SHARING)
        ConsentFactory(household=other, purpose=SHARING)
        self.join(home, other)
        consent.refresh_from_db()
        assert consent.is_in_force

    def test_leaves_the_word_to_be_in_the_register(self):
        home = family()
        other = family(area=home.area)
        consent = ConsentFactory(household=home, purpose=REGISTER)
        self.join(home, other)
        consent.refresh_from_db()
        assert consent.is_in_force


class TestMerge:
    def test_what_the_person_took_back_under_the_other_card_is_taken_back(self):
        first, second, pair = two_homes()
        given = ConsentFactory(household=first, purpose=SHARING)
        taken_back(household=second)
        merge = merged(pair)
        given.refresh_from_db()
        assert given.withdrawn_on == timezone.localdate()
        assert given.withdrawal_recorded_by == merge.decided_by
        undone(merge)
        given.refresh_from_db()
        assert given.is_in_force

    def test_an_older_withdrawal_does_not_count_against_a_later_word(self):
        first, second, pair = two_homes()
        given = ConsentFactory(household=first, purpose=SHARING, given_on=timezone.localdate())
        old = taken_back(household=second)
        Consent.objects.filter(pk=old.pk).update(withdrawn_on=timezone.localdate() - dt.timedelta(days=1))
        merged(pair)
        given.refresh_from_db()
        assert given.is_in_force

    def test_one_person_does_not_speak_for_the_household_they_come_to(self):
        first, second, pair = two_homes()
        ConsentFactory(household=second, purpose=SHARING)
        merged(pair)
        assert not first.consents.exists()

    def test_a_household_asked_anew_since_stands_in_the_way_of_undoing(self):
        first, second, pair = two_homes()
        ConsentFactory(household=first, purpose=SHARING)
        taken_back(household=second)
        merge = merged(pair)
        record_consent(
            household=first,
            purpose=SHARING,
            basis="consent",
            given_by="سميرة",
            method="signed",
            given_on=timezone.localdate(),
            actor=UserFactory(permissions=["beneficiaries.add_consent"]),
        )
        with translation.override("en"), pytest.raises(RuleViolation, match="agreed anew"):
            merges.propose_undo(merge=merge, actor=decider(), note="شخصان")

    def test_what_only_the_other_file_of_the_same_household_agreed_to_comes_along(self):
        first, second, _pairs = twice()
        given = ConsentFactory(household=second, purpose=SHARING)
        whole = joined(first, second)
        given.refresh_from_db()
        assert given.household == first
        parted(whole)
        given.refresh_from_db()
        assert given.household == second

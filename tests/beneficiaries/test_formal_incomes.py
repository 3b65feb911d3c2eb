from decimal import Decimal

import pytest

from beneficiaries.models import HouseholdFacts
from beneficiaries.services.facts import refresh_facts
from beneficiaries.services.formal_incomes import record_formal_incomes
from ministry.exceptions import RuleViolation
from ministry.models import AuditEntry
from tests.beneficiaries.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def couple():
    head = MembershipFactory()
    wife = MembershipFactory(household=head.household, relationship="spouse")
    refresh_facts([head.household_id])
    return head.individual, wife.individual


def record(*answers: tuple[str, str]) -> int:
    return record_formal_incomes(
        answers=[(ref, Decimal(amount)) for ref, amount in answers], actor=None, source="NOSI, 2026-11"
    )


def test_stores_the_answers_and_refreshes_the_facts_they_touch(couple):
    head, wife = couple
    assert record((head.person_ref, "0"), (wife.person_ref, "1350.50")) == 2
    head.refresh_from_db()
    wife.refresh_from_db()
    assert (head.formal_income_monthly, wife.formal_income_monthly) == (Decimal(0), Decimal("1350.50"))
    facts = HouseholdFacts.objects.get()
    assert (facts.formal_income_highest, facts.adults_formal_income_unknown) == (1350.5, 0)


def test_zero_is_an_answer_and_silence_is_not(couple):
    head, wife = couple
    record((head.person_ref, "0"))
    wife.refresh_from_db()
    assert wife.formal_income_monthly is None
    assert HouseholdFacts.objects.get().adults_formal_income_unknown == 1


def test_the_same_answers_again_change_nothing(couple):
    head, _wife = couple
    assert record((head.person_ref, "900")) == 1
    assert record((head.person_ref, "900")) == 0


@pytest.mark.parametrize("answers", [[("NOBODY", "5")], [("{head}", "-1")], [("{head}", "1"), ("{head}", "2")]])
def test_names_the_person_whose_answer_cannot_be_used_and_stores_nothing(couple, answers):
    head, wife = couple
    named = [(ref.format(head=head.person_ref), amount) for ref, amount in answers]
    with pytest.raises(RuleViolation, match=named[0][0]):
        record((wife.person_ref, "700"), *named)
    wife.refresh_from_db()
    assert wife.formal_income_monthly is None


def test_keeps_who_asked_and_how_many_answers_came_without_names(couple):
    head, _wife = couple
    record((head.person_ref, "900"))
    entry = AuditEntry.objects.get(action="formal_incomes.recorded")
    assert (entry.note, entry.data) == ("NOSI, 2026-11", {"answers": 1, "changed": 1})

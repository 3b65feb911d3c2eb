"""The household file's panel: the decision, and a sentence for each criterion with what it saw."""

import datetime as dt

import pytest
from django.utils import timezone, translation

from beneficiaries.models import HouseholdFacts
from beneficiaries.services.change_effects import effects_of
from beneficiaries.services.facts import refresh_facts
from ministry import jobs
from programs.eligibility.explain import explain
from programs.models import EligibilityRun, Enrolment
from programs.queries.household_programs import household_moments, household_programs
from programs.services import eligibility, enrolments
from tests.beneficiaries.change_factories import family, member, submitted
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs import factories

pytestmark = pytest.mark.django_db
CHILD = dt.date(2020, 5, 1)


@pytest.fixture
def version():
    return factories.version_in_force()


def checked(version):
    jobs.run_now(eligibility.start_eligibility_check(program=version.program, actor=None))
    return EligibilityRun.objects.latest("id")


def income_below(amount):
    """Return a draft that asks for a monthly income below an amount, and for information where it is not known."""
    draft = factories.draft_version()
    factories.on_fact(factories.group(draft), "income_monthly", "lt", amount)
    return draft


def entry_of(household, reader=None):
    (entry,) = household_programs(household, reader or factories.officer())["programs"]
    return entry


def test_each_criterion_says_what_it_needs_and_what_it_saw(version):
    home = factories.household_with_score(80.0, CHILD, None)
    with translation.override("en"):
        children, pregnancy, score = explain(version, household_id=home.pk, on_date=dt.date(2026, 6, 1)).reasons
    assert (children.needed, children.seen) == ("at least 1", "1; not known for 1 more member")
    assert (children.is_right, children.stands_against) == (True, False)
    assert (pregnancy.is_right, pregnancy.stands_against) == (False, False)
    assert (score.needed, score.seen) == ("less than 45", "80")
    assert (score.is_right, score.stands_against) == (False, True)


def test_the_panel_shows_decision_reasons_and_enrolment(client, version):
    home = factories.household_with_score(30.0, CHILD)
    run = checked(version)
    officer = factories.officer()
    enrolments.confirm_enrolments(run=run, actor=officer)
    entry = entry_of(home, officer)
    assert (entry.decision.decision, entry.run, entry.has_changed) == ("eligible", run, False)
    assert [enrolment.status for enrolment in entry.enrolments] == ["enrolled"]
    reader = UserFactory(
        permissions=[*factories.OFFICER, "beneficiaries.view_household", "beneficiaries.view_individual"], language="en"
    )
    client.force_login(reader)
    page = client.get(home.get_absolute_url()).content.decode()
    assert entry.program.name_ar in page or entry.program.name_en in page
    assert all(reason.criterion.wording_ar in page for reason in entry.explanation.reasons)


def test_facts_that_changed_since_are_told(version):
    home = factories.household_with_score(30.0, CHILD)
    checked(version)
    HouseholdFacts.objects.filter(household=home).update(pmt_score=90)
    assert entry_of(home).has_changed


def test_one_registered_since_the_check_is_explained_without_a_decision(version):
    checked(version)
    entry = entry_of(factories.household_with_score(30.0, CHILD))
    assert entry.decision is None
    assert entry.explanation.decision == "eligible"


def test_enrolments_are_for_those_who_may_see_them_there(version):
    home = factories.household_with_score(30.0, CHILD)
    enrolments.confirm_enrolments(run=checked(version), actor=factories.officer())
    stranger = UserFactory(permissions=factories.OFFICER, permissions__area=AreaFactory())
    assert entry_of(home, stranger).enrolments == []
    assert list(household_moments(home, stranger)) == []


def test_the_timeline_tells_admission_and_departure(version):
    home = factories.household_with_score(30.0, CHILD)
    officer = factories.officer()
    enrolments.confirm_enrolments(run=checked(version), actor=officer)
    enrolments.exit_enrolment(enrolment=Enrolment.objects.get(), actor=officer, reason="سفر الأسرة")
    admitted, left = household_moments(home, officer)
    assert timezone.localdate(admitted.at) == timezone.localdate()
    assert left.text == "سفر الأسرة"


def test_a_change_request_tells_before_and_after_for_each_programme():
    version = factories.put_in_force(income_below("1000"))
    home = family()
    refresh_facts([home.pk])
    request = submitted("income", home, income_monthly="900")
    reader = UserFactory(permissions=["programs.view_eligibilitydecision"])
    (effect,) = effects_of(request, reader)
    assert (effect.standing.code, effect.before.tone, effect.after.tone) == (version.program.code, "bad", "ok")
    assert effects_of(request, UserFactory()) == []


def test_a_split_tells_how_the_new_household_would_stand():
    factories.put_in_force(income_below("1000"))
    home = family()
    refresh_facts([home.pk])
    wife = member(home, "spouse")
    place = {"area_governorate": home.area.parent_id, "area_district": home.area_id}
    request = submitted("split", home, leavers=[wife.pk], head_of_leavers=wife.pk, destination="new", **place)
    effects = effects_of(request, UserFactory(permissions=["programs.view_eligibilitydecision"]))
    made = next(effect for effect in effects if not effect.household_ref)
    assert made.before is None
    # Nobody has asked the new household for its income yet.
    assert made.after.tone == "warn"

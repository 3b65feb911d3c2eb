"""Who became or ceased to be eligible: found by comparing checks, decided by people, nothing changed by a check."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from beneficiaries.models import HouseholdFacts
from ministry import jobs
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import AuditEntry
from programs.models import EligibilityChange, EligibilityRun, Enrolment
from programs.services import eligibility, enrolments
from programs.services import eligibility_changes as verbs
from programs.services.eligibility_changes import record_changes
from programs.workflows import ELIGIBILITY_CHANGE
from tests.ministry.factories import UserFactory
from tests.programs import factories

pytestmark = pytest.mark.django_db
CHILD = dt.date(2020, 5, 1)
DECIDER = (
    *factories.OFFICER,
    "programs.view_eligibilitychange",
    "programs.decide_eligibilitychange",
    "programs.view_program",
)
S = EligibilityChange.Status


def decider(**options):
    return UserFactory(permissions=DECIDER, **options)


def checked(version):
    job = eligibility.start_eligibility_check(program=version.program, actor=None)
    jobs.run_now(job)
    return EligibilityRun.objects.get(job=job)


def scored(home, score):
    HouseholdFacts.objects.filter(household=home).update(pmt_score=score)


@pytest.fixture
def version():
    return factories.version_in_force()


@pytest.fixture
def ceased(version):
    """Return the change of a household that was admitted and then earned too much."""
    home = factories.household_with_score(30.0, CHILD)
    run = checked(version)
    enrolments.confirm_enrolments(run=run, actor=factories.officer())
    scored(home, 80.0)
    checked(version)
    return EligibilityChange.objects.get(household=home)


class TestFinding:
    def test_the_first_check_has_nothing_beside_it(self, version):
        factories.household_with_score(30.0, CHILD)
        checked(version)
        assert not EligibilityChange.objects.exists()

    def test_both_ways_with_reasons_and_both_checks(self, version):
        poorer = factories.household_with_score(80.0, CHILD)
        richer = factories.household_with_score(30.0, CHILD)
        unasked = factories.household_with_score(31.0, CHILD)
        first = checked(version)
        enrolments.confirm_enrolments(run=first, actor=factories.officer())
        scored(poorer, 20.0)
        scored(richer, 90.0)
        scored(unasked, None)
        new = factories.household_with_score(10.0, CHILD)
        second = checked(version)
        found = {change.household: change for change in EligibilityChange.objects.all()}
        assert {home: (one.kind, one.before, one.after) for home, one in found.items()} == {
            poorer: ("became", "not_eligible", "eligible"),
            richer: ("ceased", "eligible", "not_eligible"),
            unasked: ("ceased", "eligible", "needs_information"),
            new: ("became", "", "eligible"),
        }
        assert {(one.before_run, one.run) for one in found.values()} == {(first, second)}
        assert len(found[richer].failed) == 1
        assert len(found[unasked].unknown) == 1
        assert found[richer].enrolment.household == richer

    def test_whom_it_brings_nothing_is_not_in_the_queue(self, version):
        # Never admitted and no longer eligible: nobody has anything to decide.
        home = factories.household_with_score(30.0, CHILD)
        checked(version)
        scored(home, 80.0)
        checked(version)
        assert not EligibilityChange.objects.exists()

    def test_repeating_finds_nothing_new(self, version, ceased):
        assert record_changes(run=ceased.run) == 0
        checked(version)
        assert EligibilityChange.objects.get().status == S.OPEN

    def test_a_later_check_overtakes_what_nobody_decided(self, version, ceased):
        scored(ceased.household, 30.0)
        checked(version)
        ceased.refresh_from_db()
        assert ceased.status == S.OVERTAKEN
        scored(ceased.household, 90.0)
        checked(version)
        assert EligibilityChange.objects.waiting().get().pk != ceased.pk

    def test_who_was_admitted_meanwhile_waits_no_longer(self, version):
        home = factories.household_with_score(80.0, CHILD)
        checked(version)
        scored(home, 20.0)
        run = checked(version)
        enrolments.confirm_enrolments(run=run, actor=factories.officer())
        checked(version)
        assert EligibilityChange.objects.get().status == S.OVERTAKEN

    def test_a_check_never_changes_paused_or_ended_enrolments(self, version):
        homes = [factories.household_with_score(30.0, CHILD) for _ in range(4)]
        run = checked(version)
        officer = factories.officer()
        enrolments.confirm_enrolments(run=run, actor=officer)
        paused, ended, paused_poor, ended_poor = (Enrolment.objects.get(household=home) for home in homes)
        for one in (paused, paused_poor):
            enrolments.suspend_enrolment(enrolment=one, actor=officer, reason="تحقيق")
        for one in (ended, ended_poor):
            enrolments.exit_enrolment(enrolment=one, actor=officer, reason="انتقلت")
        before = list(Enrolment.objects.order_by("pk").values())
        for home in homes[:2]:
            scored(home, 90.0)
        checked(version)
        for home in homes[:2]:
            scored(home, 30.0)
        checked(version)
        assert list(Enrolment.objects.order_by("pk").values()) == before

    def test_two_statements_however_many_households(self, version):
        for _ in range(3):
            factories.household_with_score(30.0, CHILD)
        checked(version)
        run = checked(version)
        with CaptureQueriesContext(
            connection,
        ) as few:
            record_changes(run=run)
        for _ in range(30):
            factories.household_with_score(20.0, CHILD)
        run = checked(version)
        EligibilityChange.objects.all().delete()
        with CaptureQueriesContext(connection) as many:
            assert record_changes(run=run) == 30
        assert len(many) == len(few)


class TestDeciding:
    def test_an_exit_takes_two_people(self, ceased):
        first, second = decider(), decider()
        change = verbs.propose_exit(change=ceased, actor=first, reason="الدخل زاد")
        assert Enrolment.objects.get(pk=ceased.enrolment_id).status == "enrolled"
        with pytest.raises(RuleViolation):
            verbs.confirm_exit(change=change, actor=first, reason="الدخل زاد")
        with pytest.raises(DatabaseError, match="exit_by_two"), transaction.atomic():
            EligibilityChange.objects.filter(pk=change.pk).update(decided_by=first)
        change = verbs.confirm_exit(change=change, actor=second, reason="تم التحقق من الدخل")
        assert (change.status, change.decided_by) == (S.EXITED, second)
        assert Enrolment.objects.get(pk=ceased.enrolment_id).status == "exited"
        actions = AuditEntry.objects.filter(target_id=ceased.pk, action__startswith="eligibility_change.")
        assert list(actions.order_by("pk").values_list("action", flat=True)) == [
            "eligibility_change.proposed",
            "eligibility_change.exited",
        ]

    def test_kept_with_a_reason_and_not_found_again(self, version, ceased):
        with pytest.raises(RuleViolation):
            verbs.keep(change=ceased, actor=decider(), reason=" ")
        verbs.keep(change=ceased, actor=decider(), reason="دخل موسمي")
        checked(version)
        assert EligibilityChange.objects.count() == 1

    @pytest.mark.parametrize("status", S.values)
    @pytest.mark.parametrize("verb", ["propose_exit", "confirm_exit", "keep"])
    def test_each_verb_at_each_status(self, ceased, verb, status):
        sources = next(transition.sources for transition in ELIGIBILITY_CHANGE if transition.verb == verb)
        if status != S.OPEN:
            fields = {"status": status, "note": "سبب"}
            if status in {S.EXIT_PROPOSED, S.EXITED}:
                fields["proposed_by"] = UserFactory()
            if status not in {S.EXIT_PROPOSED, S.OVERTAKEN}:
                fields |= {"decided_by": UserFactory(), "decided_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}
            EligibilityChange.objects.filter(pk=ceased.pk).update(**fields)
        act = getattr(verbs, verb)
        if status in sources:
            act(change=ceased, actor=decider(), reason="سبب")
        else:
            with pytest.raises(TransitionNotAllowed):
                act(change=ceased, actor=decider(), reason="سبب")

    def test_a_right_elsewhere_is_no_right_here(self, ceased):
        elsewhere = decider(permissions__area=factories.household().area)
        with pytest.raises(PermissionDenied):
            verbs.propose_exit(change=ceased, actor=elsewhere, reason="سبب")

    def test_what_is_decided_stands(self, ceased):
        verbs.keep(change=ceased, actor=decider(), reason="دخل موسمي")
        for fields in ({"note": "غيره"}, {"status": "open"}, {"after": "needs_information"}):
            with pytest.raises(DatabaseError, match="is decided"), transaction.atomic():
                EligibilityChange.objects.filter(pk=ceased.pk).update(**fields)

    def test_who_became_eligible_is_handed_over_where_the_person_admits(self, version):
        homes = [factories.household_with_score(80.0, CHILD) for _ in range(2)]
        checked(version)
        for home in homes:
            scored(home, 20.0)
        checked(version)
        local = decider(permissions__area=homes[0].area)
        assert verbs.hand_over(program=version.program, actor=local).households == 1
        assert EligibilityChange.objects.get(household=homes[0]).status == S.HANDED_OVER
        assert EligibilityChange.objects.get(household=homes[1]).status == S.OPEN
        assert not Enrolment.objects.exists()
        with pytest.raises(PermissionDenied):
            verbs.hand_over(program=version.program, actor=UserFactory())


class TestPages:
    @pytest.fixture
    def officer(self, client):
        user = decider(language="en")
        client.force_login(user)
        return user

    def test_the_queue_says_why_and_offers_what_fits(self, client, officer, ceased):
        address = reverse("programs:change_list", args=[ceased.program.code])
        page = client.get(address, {"status": "open"})
        text = page.content.decode()
        assert ceased.household.household_ref in text
        assert "شرط pmt_score" in text
        assert "/propose_exit/" in text
        verb = reverse("programs:change_verb", args=[ceased.program.code, ceased.pk, "propose_exit"])
        assert client.post(verb, {"reason": ""}).status_code == 422
        assert client.post(verb, {"reason": "الدخل زاد"}).status_code == 302
        assert "/confirm_exit/" not in client.get(address).content.decode()
        assert client.post(verb, {"reason": "مرة أخرى"}).status_code == 409

    def test_other_areas_are_not_there(self, client, ceased):
        client.force_login(decider(permissions__area=factories.household().area))
        address = reverse("programs:change_list", args=[ceased.program.code])
        assert ceased.household.household_ref not in client.get(address).content.decode()
        verb = reverse("programs:change_verb", args=[ceased.program.code, ceased.pk, "keep"])
        assert client.get(verb).status_code == 404

    def test_handing_over_leads_to_the_list_of_admissions(self, client, officer, version):
        home = factories.household_with_score(80.0, CHILD)
        checked(version)
        scored(home, 20.0)
        checked(version)
        response = client.post(reverse("programs:change_hand_over", args=[version.program.code]))
        assert "/admit/" in response.url
        assert EligibilityChange.objects.get().status == S.HANDED_OVER

    def test_statements_do_not_grow_with_rows(self, client, officer, version, ceased):
        address = reverse("programs:change_list", args=[version.program.code])
        client.get(address)
        with CaptureQueriesContext(connection) as few:
            client.get(address)
        for _ in range(12):
            factories.household_with_score(20.0, CHILD)
        checked(version)
        with CaptureQueriesContext(connection) as many:
            client.get(address)
        # The button that hands everybody over asks one more.
        assert len(many) <= len(few) + 1

    def test_the_desk_counts_what_waits(self, client, officer, ceased):
        assert reverse("programs:change_list", args=[ceased.program.code]) in client.get("/desk/").content.decode()

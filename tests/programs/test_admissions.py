"""Ranked lists: the order, the line, and the decision of two people."""

import datetime as dt
import hashlib
import itertools
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ministry import jobs
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import Notice
from programs.admission import messages
from programs.models import AdmissionListEntry, Application, Enrolment
from programs.queries.admissions import plan_in_force, position_of
from programs.services import eligibility, enrolments
from programs.services.admissions import applications, lists, offers
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs import factories
from tests.programs.admission_factories import (
    CHILD,
    applied,
    checked,
    confirmed,
    home_of,
    manager,
    officer,
    plan_of,
    verified,
    waiting_line,
)

pytestmark = pytest.mark.django_db
S = Application.Status
TODAY = timezone.localdate


@pytest.fixture
def version():
    return factories.version_in_force()


@pytest.fixture
def area():
    return AreaFactory()


def outcomes(drawn):
    return {entry.household_id: entry.outcome for entry in drawn.entries.all()}


class TestRanking:
    def test_the_poorer_first_then_who_waited_longer_then_by_lot(self, version, area):
        poor, unknown_score = home_of(area, 10.0), home_of(area, 44.0)
        late, early = home_of(area, 20.0), home_of(area, 20.0)
        equals = [home_of(area, 30.0) for _ in range(4)]
        for home, days in [(poor, 0), (unknown_score, 90), (late, 1), (early, 50), *((home, 5) for home in equals)]:
            verified(version, home, days_ago=days)
        drawn = lists.draw_list(run=checked(version), actor=officer())
        lot = lambda home: hashlib.sha256(f"{drawn.pk}:{home.household_ref}".encode()).hexdigest()  # noqa: E731
        by_lot = sorted(equals, key=lot)
        expected = [poor, early, late, *by_lot, unknown_score]
        assert [entry.household for entry in drawn.entries.order_by("rank")] == expected
        assert [entry.rank for entry in drawn.entries.order_by("rank")] == list(range(1, 9))

    def test_places_by_area_decide_who_is_within(self, version):
        full, roomy, without = AreaFactory(), AreaFactory(), AreaFactory()
        areas = (full, roomy, without)
        homes = {where: [home_of(where, 10.0), home_of(where, 20.0)] for where in areas}
        for home in itertools.chain(*homes.values()):
            verified(version, home)
        plan_of(version.program, {full: 1, roomy: 5})
        drawn = lists.draw_list(run=checked(version), actor=officer())
        found = outcomes(drawn)
        by_area = {where: [found[home.pk] for home in homes[where]] for where in areas}
        assert by_area == {
            full: ["within", "no_place"], roomy: ["within", "within"], without: ["no_place", "no_place"],
        }  # fmt: skip
        assert (drawn.within, drawn.waiting) == (3, 3)

    def test_a_district_lies_within_its_governorate(self, version, area):
        district = AreaFactory(parent=area)
        home = home_of(district)
        verified(version, home)
        plan_of(version.program, {area: 1})
        assert outcomes(lists.draw_list(run=checked(version), actor=officer())) == {home.pk: "within"}

    def test_money_ends_where_it_ends_and_nobody_overtakes_by_costing_less(self, version, area):
        # 325 each, and 60 for a child of 6 to 11: the second one costs 385.
        year = TODAY().year
        first = factories.household_with_score(10.0, CHILD, area=area)
        dear = factories.household_with_score(20.0, CHILD, dt.date(year - 8, 1, 1), area=area)
        cheap = factories.household_with_score(30.0, CHILD, area=area)
        for home in (first, dear, cheap):
            verified(version, home)
        plan_of(version.program, {area: 9}, monthly_limit=Decimal("700"))
        drawn = lists.draw_list(run=checked(version), actor=officer())
        assert outcomes(drawn) == {first.pk: "within", dear.pk: "no_money", cheap.pk: "no_money"}
        assert (drawn.added, drawn.committed) == (Decimal("325"), 0)

    def test_money_alone_may_be_limited(self, version, area):
        homes = [home_of(area, 10.0 + number) for number in range(3)]
        for home in homes:
            verified(version, home)
        plan_of(version.program, {}, monthly_limit=Decimal("650"))
        drawn = confirmed(checked(version))
        assert [outcomes(drawn)[home.pk] for home in homes] == ["within", "within", "no_money"]
        with pytest.raises(RuleViolation):
            offers.offer_place(application=Application.objects.get(household=homes[2]), actor=officer())

    def test_without_a_plan_everybody_is_within(self, version, area):
        homes = [home_of(area) for _ in range(3)]
        for home in homes:
            verified(version, home)
        assert set(outcomes(lists.draw_list(run=checked(version), actor=officer())).values()) == {"within"}

    def test_who_is_not_eligible_now_or_cannot_be_paid_is_not_ranked_but_counted(self, version, area):
        good, rich, headless = home_of(area), home_of(area, 80.0), None
        headless = factories.household_with_score(30.0, CHILD, area=area, has_head=False)
        applied_only = home_of(area)
        for home in (good, rich, headless):
            verified(version, home)
        applied(version, applied_only)
        drawn = lists.draw_list(run=checked(version), actor=officer())
        assert (set(outcomes(drawn)), drawn.unranked) == ({good.pk}, 2)

    def test_refuses_an_empty_list_and_a_second_one(self, version, area):
        run = checked(version)
        with pytest.raises(RuleViolation):
            lists.draw_list(run=run, actor=officer())
        verified(version, home_of(area))
        run = checked(version)
        lists.draw_list(run=run, actor=officer())
        with pytest.raises(RuleViolation):
            lists.draw_list(run=run, actor=officer())

    def test_takes_the_right_for_the_whole_country(self, version, area):
        verified(version, home_of(area))
        run = checked(version)
        with pytest.raises(PermissionDenied):
            lists.draw_list(run=run, actor=officer(permissions__area=area))
        drawn = lists.draw_list(run=run, actor=officer())
        with pytest.raises(PermissionDenied):
            lists.confirm_list(drawn=drawn, actor=manager(permissions__area=area))

    def test_the_statements_do_not_grow_with_the_list(self, version, area):
        plan_of(version.program, {area: 20})
        counts = []
        for size in (2, 12):
            for _ in range(size):
                verified(version, home_of(area))
            run, drawer, decider = checked(version), officer(), manager()
            with CaptureQueriesContext(
                connection,
            ) as captured:
                lists.confirm_list(drawn=lists.draw_list(run=run, actor=drawer), actor=decider)
            counts.append(len(captured))
        assert counts[0] == counts[1]


class TestConfirming:
    def test_admits_those_within_and_lets_the_others_wait_in_order(self, version, area):
        admitted, *line = waiting_line(version, area, places=1, waiting=3)
        assert (admitted.status, admitted.enrolment.status) == (S.ADMITTED, "enrolled")
        assert [row.status for row in line] == [S.WAITING] * 3
        plan = plan_in_force(version.program, TODAY())
        assert [position_of(row, plan).number for row in line] == [1, 2, 3]
        assert position_of(line[0], plan).of == 3
        assert position_of(admitted, plan) is None

    def test_the_person_who_drew_it_does_not_confirm(self, version, area):
        verified(version, home_of(area))
        both = UserFactory(permissions=("programs.add_admissionlist", "programs.confirm_admissionlist"))
        drawn = lists.draw_list(run=checked(version), actor=both)
        with pytest.raises(RuleViolation):
            lists.confirm_list(drawn=drawn, actor=both)
        with pytest.raises(DatabaseError, match="confirmed_by_a_second_person"), transaction.atomic():
            type(drawn).objects.filter(pk=drawn.pk).update(
                status="confirmed", decided_by=both, decided_at=timezone.now()
            )

    def test_what_was_decided_stays(self, version, area):
        verified(version, home_of(area))
        drawn = confirmed(checked(version))
        entry = drawn.entries.get()
        for change in (
            lambda: type(drawn).objects.filter(pk=drawn.pk).update(within=9),
            lambda: AdmissionListEntry.objects.filter(pk=entry.pk).update(rank=9),
            lambda: AdmissionListEntry.objects.create(
                list=drawn, application=entry.application, household=entry.household, rank=99, area_rank=1,
                waiting_since=TODAY(), lot="", due=0, outcome="within",
            ),
        ):  # fmt: skip
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        with pytest.raises(TransitionNotAllowed):
            lists.confirm_list(drawn=drawn, actor=manager())

    def test_who_cannot_be_admitted_any_more_is_counted(self, version, area):
        stays, leaves, withdraws, earns = (home_of(area) for _ in range(4))
        rows = {home.pk: verified(version, home) for home in (stays, leaves, withdraws, earns)}
        drawn = lists.draw_list(run=checked(version), actor=officer())
        leaves.status = "inactive"
        leaves.save()
        applications.withdraw_application(application=rows[withdraws.pk], actor=officer(), reason="رغبة الأسرة")
        factories.HouseholdFacts.objects.filter(household=earns).update(pmt_score=90.0)
        checked(version)
        drawn = lists.confirm_list(drawn=drawn, actor=manager())
        assert drawn.left_over == 3
        assert list(Enrolment.objects.values_list("household", flat=True)) == [stays.pk]
        assert Application.objects.get(household=earns).status == S.VERIFIED

    def test_places_changed_meanwhile(self, version, area):
        verified(version, home_of(area))
        drawn = lists.draw_list(run=checked(version), actor=officer())
        plan_of(version.program, {area: 1})
        with pytest.raises(RuleViolation):
            lists.confirm_list(drawn=drawn, actor=manager())
        lists.withdraw_list(drawn=drawn, actor=officer())
        assert Application.objects.get().status == S.VERIFIED

    def test_who_waited_and_was_not_ranked_again_stands_behind(self, version, area):
        _in, first, second = waiting_line(version, area, places=1, waiting=2)
        factories.HouseholdFacts.objects.filter(household=first.household).update(pmt_score=90.0)
        newcomer = verified(version, home_of(area, 40.0))
        confirmed(checked(version))
        plan = plan_in_force(version.program, TODAY())
        numbers = [position_of(Application.objects.get(pk=row.pk), plan).number for row in (second, newcomer, first)]
        assert numbers == [1, 2, 3]

    def test_households_are_told(self, version, area):
        homes = [home_of(area, 10.0), home_of(area, 20.0)]
        for home in homes:
            home.phone_key = "1012345678"
            home.save()
            verified(version, home)
        plan_of(version.program, {area: 1})
        confirmed(checked(version))
        told = Notice.objects.filter(template_code=messages.WAITING)
        assert [notice.subject_id for notice in told] == [Application.objects.get(household=homes[1]).pk]

    def test_a_check_never_touches_applications_or_enrolments(self, version, area):
        admitted, *_ = waiting_line(version, area)
        enrolments.suspend_enrolment(enrolment=admitted.enrolment, actor=officer(), reason="تحقيق")
        before = list(Application.objects.order_by("pk").values()), list(Enrolment.objects.order_by("pk").values())
        factories.HouseholdFacts.objects.update(pmt_score=90.0)
        checked(version)
        assert before == (
            list(Application.objects.order_by("pk").values()), list(Enrolment.objects.order_by("pk").values()),
        )  # fmt: skip


def test_a_run_while_jobs_are_under_way_needs_no_verb(version, area):
    """Repeating the check leaves a drawn list as it is: it is confirmed against the latest check."""
    home = home_of(area)
    verified(version, home)
    drawn = lists.draw_list(run=checked(version), actor=officer())
    jobs.run_now(eligibility.start_eligibility_check(program=version.program, actor=None))
    assert lists.confirm_list(drawn=drawn, actor=manager()).left_over == 0

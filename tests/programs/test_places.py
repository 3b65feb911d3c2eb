"""Places by area: two people, what the database refuses, who is next; also with real threads."""

import datetime as dt
import threading

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from ministry.exceptions import DomainError, RuleViolation, TransitionNotAllowed
from programs.models import Application, AreaQuota, EligibilityRun, Enrolment, PlacePlan
from programs.payments.benefit import Component, Member, monthly_benefit
from programs.queries.admissions import area_places, committed_monthly, next_in_line, plan_in_force
from programs.services import enrolments
from programs.services.admissions import applications, lists, offers, plans
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs import factories
from tests.programs.admission_factories import (
    CHILD,
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


class TestPlaces:
    def test_two_people(self, version, area):
        both = UserFactory(permissions=("programs.add_placeplan", "programs.confirm_placeplan"))
        plan = plans.propose_places(
            program=version.program, places={area: 2}, monthly_limit=None, starts_on=TODAY(), reason="قرار", actor=both
        )
        with pytest.raises(RuleViolation):
            plans.decide_places(plan=plan, verb="confirm", actor=both)
        with pytest.raises(DatabaseError, match="place_plan_decided_by_a_second_person"), transaction.atomic():
            PlacePlan.objects.filter(pk=plan.pk).update(status="in_force", decided_by=both, decided_at=timezone.now())
        assert plan_in_force(version.program, TODAY()) is None
        plans.decide_places(plan=plan, verb="confirm", actor=manager())
        assert plan_in_force(version.program, TODAY()) == plan
        with pytest.raises(TransitionNotAllowed):
            plans.decide_places(plan=plan, verb="refuse", actor=manager(), note="لا")

    def test_a_later_plan_takes_the_place_of_an_earlier_one(self, version, area):
        now = plan_of(version.program, {area: 2})
        later = plan_of(version.program, {area: 5}, starts_on=TODAY() + dt.timedelta(days=10))
        assert plan_in_force(version.program, TODAY()) == now
        assert plan_in_force(version.program, TODAY() + dt.timedelta(days=10)) == later

    def test_what_was_decided_stays(self, version, area):
        plan = plan_of(version.program, {area: 2})
        for change in (
            lambda: PlacePlan.objects.filter(pk=plan.pk).update(monthly_limit=5),
            lambda: AreaQuota.objects.filter(plan=plan).update(places=9),
            lambda: AreaQuota.objects.create(plan=plan, area=AreaFactory(), places=1),
            lambda: PlacePlan.objects.filter(pk=plan.pk).delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()

    def test_an_area_within_another_one_is_refused(self, version, area):
        inner = AreaFactory(parent=area)
        with pytest.raises(DatabaseError, match="lies within another"), transaction.atomic():
            plan_of(version.program, {area: 2, inner: 1})

    @pytest.mark.parametrize(
        ("places", "limit", "days", "reason"), [({}, None, 0, "قرار"), (None, None, -1, "قرار"), (None, None, 0, " ")]
    )
    def test_refuses_what_limits_nothing_begins_too_early_or_has_no_grounds(
        self, version, area, places, limit, days, reason
    ):
        with pytest.raises(RuleViolation):
            plans.propose_places(
                program=version.program,
                places={area: 1} if places is None else places,
                monthly_limit=limit,
                starts_on=TODAY() + dt.timedelta(days=days),
                reason=reason,
                actor=officer(),
            )

    def test_how_they_stand(self, version, area):
        admitted, first, _second = waiting_line(version, area, places=1, waiting=2)
        [place] = area_places(plan_in_force(version.program, TODAY()))
        assert (place.places, place.taken, place.offered, place.waiting, place.free) == (1, 1, 0, 2, 0)
        enrolments.suspend_enrolment(enrolment=admitted.enrolment, actor=officer(), reason="تحقيق")
        assert area_places(plan_in_force(version.program, TODAY()))[0].free == 0
        enrolments.exit_enrolment(enrolment=admitted.enrolment, actor=officer(), reason="سفر")
        offers.offer_place(application=first, actor=officer())
        [place] = area_places(plan_in_force(version.program, TODAY()))
        assert (place.taken, place.offered, place.waiting, place.free) == (0, 1, 1, 0)

    def test_the_check_alone_admits_nobody_where_places_are_limited(self, version, area):
        home_of(area)
        plan_of(version.program, {area: 5})
        with pytest.raises(RuleViolation):
            enrolments.confirm_enrolments(run=checked(version), actor=factories.officer())

    @pytest.mark.parametrize("within", [True, False])
    def test_the_database_refuses_what_is_beyond(self, version, area, within):
        run, where = checked(version), area if within else AreaFactory()
        plan_of(version.program, {area: 1})
        enrol = lambda home: Enrolment.objects.create(  # noqa: E731
            program=version.program, household=home, run=run, enrolled_on=TODAY(), confirmed_by=UserFactory()
        )
        if within:
            enrol(home_of(where))
        said = "no place is left" if within else "no places where"
        with pytest.raises(DatabaseError, match=said), transaction.atomic():
            enrol(home_of(where))

    def test_the_cost_counted_is_what_the_benefit_says(self, version, area):
        today = TODAY()
        ages = [[dt.date(today.year - age, today.month, 1) for age in members] for members in ([7], [7, 8, 9], [], [3])]
        homes = [factories.household_with_score(10.0, CHILD, *births, area=area) for births in ages]
        for home in homes:
            verified(version, home)
        plan_of(version.program, {area: 9})
        drawn = lists.draw_list(run=checked(version), actor=officer())
        components = [Component(row.pk, row.amount, row.age_from, row.age_to) for row in version.components.all()]
        expected = sum(
            monthly_benefit(
                base=version.base_amount,
                components=components,
                members_max=version.component_members_max,
                members=[Member(dt.date(1985, 3, 4)), Member(CHILD), *(Member(birth) for birth in births)],
                on_date=today.replace(day=1),
                minor_units=2,
            ).amount
            for births in ages
        )
        assert drawn.added == expected
        lists.confirm_list(drawn=drawn, actor=manager())
        assert committed_monthly(version, today) == expected


class TestFreePlaces:
    def test_the_next_is_offered_and_nobody_else(self, version, area):
        admitted, first, second, _third = waiting_line(version, area)
        with pytest.raises(RuleViolation):
            offers.offer_place(application=first, actor=officer())
        enrolments.exit_enrolment(enrolment=admitted.enrolment, actor=officer(), reason="سفر")
        run, plan = EligibilityRun.objects.latest("id"), plan_in_force(version.program, TODAY())
        assert [entry.application_id for entry in next_in_line(run, plan, TODAY())] == [first.pk]
        with pytest.raises(RuleViolation):
            offers.offer_place(application=second, actor=officer())
        offered = offers.offer_place(application=first, actor=officer())
        assert (offered.status, offered.answer_by) == (S.OFFERED, TODAY() + dt.timedelta(days=offers.ANSWER_DAYS))
        assert next_in_line(run, plan, TODAY()) == []

    def test_a_second_person_admits(self, version, area):
        admitted, first, *_ = waiting_line(version, area)
        enrolments.exit_enrolment(enrolment=admitted.enrolment, actor=officer(), reason="سفر")
        both = UserFactory(permissions=("programs.offer_application", "programs.admit_application"))
        offered = offers.offer_place(application=first, actor=both)
        with pytest.raises(RuleViolation):
            offers.admit_applicant(application=offered, actor=both)
        done = offers.admit_applicant(application=offered, actor=manager())
        assert (done.status, done.enrolment.status, done.enrolment.household) == (
            S.ADMITTED, "enrolled", first.household,
        )  # fmt: skip

    def test_a_declined_place_goes_to_the_next(self, version, area):
        admitted, first, second, _third = waiting_line(version, area)
        enrolments.exit_enrolment(enrolment=admitted.enrolment, actor=officer(), reason="سفر")
        offered = offers.offer_place(application=first, actor=officer())
        applications.withdraw_application(application=offered, actor=officer(), reason="اعتذرت الأسرة")
        assert offers.offer_place(application=second, actor=officer()).status == S.OFFERED

    def test_an_offer_lapses_after_its_time_and_the_rank_stays(self, version, area):
        admitted, first, *_ = waiting_line(version, area)
        enrolments.exit_enrolment(enrolment=admitted.enrolment, actor=officer(), reason="سفر")
        offered = offers.offer_place(application=first, actor=officer())
        with pytest.raises(RuleViolation):
            offers.lapse_offer(application=offered, actor=officer())
        Application.objects.filter(pk=offered.pk).update(answer_by=TODAY() - dt.timedelta(days=1))
        lapsed = offers.lapse_offer(application=offered, actor=officer())
        assert (lapsed.status, lapsed.rank) == (S.WAITING, first.rank)

    def test_who_is_no_longer_eligible_is_passed_over(self, version, area):
        admitted, first, second, _third = waiting_line(version, area)
        enrolments.exit_enrolment(enrolment=admitted.enrolment, actor=officer(), reason="سفر")
        factories.HouseholdFacts.objects.filter(household=first.household).update(pmt_score=90.0)
        run = checked(version)
        plan = plan_in_force(version.program, TODAY())
        assert [entry.application_id for entry in next_in_line(run, plan, TODAY())] == [second.pk]

    def test_in_another_area_no_place_is_free(self, version, area):
        admitted, *_ = waiting_line(version, area)
        other = AreaFactory()
        outside = verified(version, home_of(other, 5.0))
        confirmed(checked(version))
        enrolments.exit_enrolment(enrolment=admitted.enrolment, actor=officer(), reason="سفر")
        outside.refresh_from_db()
        with pytest.raises(RuleViolation):
            offers.offer_place(application=outside, actor=officer())


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def both(self, *calls):
        said = []

        def run(call):
            try:
                said.append(call())
            except DomainError as error:
                said.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=[call]) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return said

    def test_the_last_place_goes_to_one(self):
        version, area = factories.version_in_force(), AreaFactory()
        run = checked(version)
        plan_of(version.program, {area: 3})
        homes, person = [home_of(area) for _ in range(8)], UserFactory()

        def enrol(home):
            try:
                return Enrolment.objects.create(
                    program=version.program, household=home, run=run, enrolled_on=TODAY(), confirmed_by=person
                )
            except DatabaseError as error:
                raise RuleViolation(str(error)) from error

        said = self.both(*(lambda home=home: enrol(home) for home in homes))
        assert Enrolment.objects.count() == 3
        assert sum("no place is left" in str(answer) for answer in said) == 5

    def test_two_who_confirm_admit_once(self):
        version, area = factories.version_in_force(), AreaFactory()
        for _ in range(4):
            verified(version, home_of(area))
        plan_of(version.program, {area: 2})
        drawn = lists.draw_list(run=checked(version), actor=officer())
        people = [manager(), manager()]
        said = self.both(*(lambda who=who: lists.confirm_list(drawn=drawn, actor=who) for who in people))
        assert sorted(type(answer).__name__ for answer in said) == ["AdmissionList", "TransitionNotAllowed"]
        assert (Enrolment.objects.count(), Application.objects.filter(status="waiting").count()) == (2, 2)

    def test_one_free_place_is_offered_once(self):
        version, area = factories.version_in_force(), AreaFactory()
        admitted, first, second, _third = waiting_line(version, area)
        enrolments.exit_enrolment(enrolment=admitted.enrolment, actor=officer(), reason="سفر")
        people = [officer(), officer(), officer()]
        said = self.both(
            *(lambda who=who, row=row: offers.offer_place(application=row, actor=who)
              for who, row in zip(people, (first, first, second), strict=True))
        )  # fmt: skip
        assert sum(isinstance(answer, Application) for answer in said) == 1
        assert list(Application.objects.filter(status="offered")) == [first]

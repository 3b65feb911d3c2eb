"""Confirming households' data again: days, visits, reminders, the list."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied
from django.db import InternalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from beneficiaries.models import (
    Household,
    Recertification,
    RecertificationPeriod,
    RecertificationVisit,
)
from beneficiaries.reference import load_recertification_period
from beneficiaries.services.recertification import plan_recertifications, record_visit, write_reminders
from ministry.exceptions import RuleViolation
from ministry.models import Area, AuditEntry, Notice, User
from ministry.slots import desk_tasks
from tests.beneficiaries.change_factories import READ, applied, caseworker, district, family, submitted
from tests.beneficiaries.factories import HouseholdFactory
from tests.ministry.factories import UserFactory, country

pytestmark = pytest.mark.django_db
LIST = reverse("beneficiaries:recertification_list")
TODAY = timezone.localdate()
RIGHTS = [*READ, "beneficiaries.view_recertification", "beneficiaries.add_recertificationvisit"]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Refusals are read in English here."""
    with translation.override("en"):
        yield


@pytest.fixture
def home() -> Household:
    RecertificationPeriod.objects.create(area=country(), months=24, source="…")
    household = family(registered_on=dt.date(2025, 3, 1))
    plan_recertifications()
    return household


def visitor(area: Area | None = None) -> User:
    return UserFactory(permissions=RIGHTS, permissions__area=area)


def desk_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def day_of(household: Household) -> dt.date:
    return Recertification.objects.get(household=household).recertify_by


def due_on(household: Household, day: dt.date) -> None:
    Recertification.objects.filter(household=household).update(recertify_by=day)


class TestDays:
    def test_are_counted_from_the_registration(self, home):
        assert day_of(home) == dt.date(2027, 3, 1)

    def test_follow_the_nearest_area_above(self, home):
        RecertificationPeriod.objects.create(area=home.area.parent, months=12, source="…")
        other = HouseholdFactory(area=home.area, registered_on=dt.date(2025, 1, 31))
        assert plan_recertifications() == 1
        assert day_of(other) == dt.date(2026, 1, 31)

    def test_once_given_stay(self, home):
        RecertificationPeriod.objects.update(months=6)
        assert plan_recertifications() == 0
        assert day_of(home) == dt.date(2027, 3, 1)

    def test_are_not_given_to_those_who_left_or_where_no_period_is_set(self):
        HouseholdFactory()
        assert plan_recertifications() == 0
        RecertificationPeriod.objects.create(area=country(), months=24, source="…")
        HouseholdFactory(status="inactive")
        assert plan_recertifications() == 1

    def test_a_new_household_of_a_split_gets_its_own(self, home):
        wife = home.memberships.get(relationship="spouse").individual
        applied(
            "split",
            home,
            leavers=[wife.pk],
            head_of_leavers=wife.pk,
            destination="new",
            area_governorate=home.area.parent_id,
            area_district=home.area_id,
        )
        assert day_of(wife.memberships.current().get().household) == dt.date(2028, 5, 1)

    def test_a_ministry_without_a_period_gets_one_and_keeps_its_own(self):
        country()
        assert load_recertification_period() == 1
        RecertificationPeriod.objects.update(months=36)
        assert load_recertification_period() == 0
        assert RecertificationPeriod.objects.get().months == 36


class TestVisits:
    def test_confirmed_unchanged_counts_anew(self, home):
        person = visitor()
        record_visit(household=home, actor=person, visited_on=dt.date(2026, 6, 1), outcome="unchanged", note="بخير")
        assert day_of(home) == dt.date(2028, 6, 1)
        assert Recertification.objects.get(household=home).confirmed_on == dt.date(2026, 6, 1)
        assert AuditEntry.objects.get(action="household.visited").actor == person

    @pytest.mark.parametrize("outcome", ["changed", "not_found"])
    def test_other_outcomes_leave_it_due(self, home, outcome):
        record_visit(household=home, actor=visitor(), visited_on=dt.date(2026, 6, 1), outcome=outcome)
        assert day_of(home) == dt.date(2027, 3, 1)

    def test_something_changed_counts_once_the_change_is_in_the_file(self, home):
        record_visit(household=home, actor=visitor(), visited_on=dt.date(2026, 6, 1), outcome="changed")
        applied("income", home, income_monthly="900")
        assert day_of(home) == dt.date(2028, 6, 1)

    def test_a_change_without_a_visit_does_not_confirm_the_rest(self, home):
        applied("income", home, income_monthly="900")
        assert day_of(home) == dt.date(2027, 3, 1)

    def test_is_not_unchanged_while_a_change_waits(self, home):
        submitted("income", home, income_monthly="900")
        with pytest.raises(RuleViolation, match="still waits"):
            record_visit(household=home, actor=visitor(), visited_on=TODAY, outcome="unchanged")

    @pytest.mark.parametrize("day", [TODAY + dt.timedelta(days=1), dt.date(2025, 2, 28)])
    def test_refuses_days_that_cannot_be(self, home, day):
        with pytest.raises(RuleViolation):
            record_visit(household=home, actor=visitor(), visited_on=day, outcome="unchanged")

    def test_takes_the_right_in_the_area(self, home):
        with pytest.raises(PermissionDenied):
            record_visit(household=home, actor=visitor(district("EG-T9")), visited_on=TODAY, outcome="unchanged")

    def test_stay_as_they_were_written(self, home):
        visit = record_visit(household=home, actor=visitor(), visited_on=TODAY, outcome="not_found")
        with pytest.raises(InternalError), transaction.atomic():
            RecertificationVisit.objects.filter(pk=visit.pk).update(outcome="unchanged")


class TestReminders:
    def test_reach_the_heads_phone_once_for_each_day(self, home):
        due_on(home, TODAY + dt.timedelta(days=20))
        assert (write_reminders(), write_reminders()) == (1, 0)
        notice = Notice.objects.get(template_code="recertification_reminder")
        assert notice.recipient == "+201012345678"
        assert f"{TODAY + dt.timedelta(days=20):%d/%m/%Y}" in notice.body

    @pytest.mark.parametrize("days", [-1, 31])
    def test_are_not_written_too_early_or_after_the_day(self, home, days):
        due_on(home, TODAY + dt.timedelta(days=days))
        assert write_reminders() == 0

    def test_leave_out_households_that_have_left_and_those_without_a_phone(self, home):
        due_on(home, TODAY)
        silent = HouseholdFactory(area=home.area)
        plan_recertifications()
        due_on(silent, TODAY)
        home.status = "inactive"
        home.save()
        assert write_reminders() == 0


class TestPages:
    def test_the_list_shows_the_most_urgent_first_and_filters(self, home):
        later = family(area=home.area)
        plan_recertifications()
        due_on(home, TODAY - dt.timedelta(days=3))
        desk = desk_of(visitor(home.area))
        shown = desk.get(LIST).content.decode()
        assert shown.index(home.household_ref) < shown.index(later.household_ref)
        overdue = desk.get(f"{LIST}?due=overdue").content.decode()
        assert home.household_ref in overdue
        assert later.household_ref not in overdue
        for query in ("due=30", f"district={home.area.code}", f"q={home.household_ref}"):
            assert home.household_ref in desk.get(f"{LIST}?{query}").content.decode()
        assert desk.get(f"{LIST}?due=sometime").status_code == 400

    def test_the_list_asks_as_much_for_many_as_for_two(self, home):
        desk = desk_of(visitor(home.area))

        def statements() -> int:
            with CaptureQueriesContext(connection) as asked:
                desk.get(LIST)
            return len(asked)

        family(area=home.area)
        plan_recertifications()
        few = statements()
        for _number in range(6):
            family(area=home.area)
        plan_recertifications()
        assert statements() == few

    def test_the_file_for_the_round_is_filtered_and_logged(self, home):
        other = family(area=district("EG-T9"))
        plan_recertifications()
        due_on(home, TODAY - dt.timedelta(days=3))
        answer = desk_of(visitor(home.area)).get(reverse("beneficiaries:recertification_export"), {"due": "overdue"})
        text = b"".join(answer.streaming_content).decode()
        assert home.household_ref in text
        assert "شارع النيل 4" in text
        assert other.household_ref not in text
        assert AuditEntry.objects.get(action="recertification.exported").data["filters"] == {"due": "overdue"}

    def test_a_visit_that_found_a_change_leads_to_the_kinds_of_change(self, home):
        address = reverse("beneficiaries:recertification_visit", args=[home.household_ref])
        desk = desk_of(visitor(home.area))
        assert desk.get(address).status_code == 200
        assert desk.post(address, {"visited_on": "1/1/2099", "outcome": "unchanged"}).status_code == 422
        answer = desk.post(address, {"visited_on": "١/٦/٢٠٢٦", "outcome": "changed", "note": "سافر الابن"})
        assert answer.url == reverse("beneficiaries:change_kinds", args=[home.household_ref])
        assert "سافر الابن" in desk.get(home.get_absolute_url()).content.decode()

    def test_other_areas_do_not_exist(self, home):
        stranger = desk_of(visitor(district("EG-T9")))
        assert home.household_ref not in stranger.get(LIST).content.decode()
        assert (
            stranger.get(reverse("beneficiaries:recertification_visit", args=[home.household_ref])).status_code == 404
        )
        assert desk_of(caseworker(home.area)).get(LIST).status_code == 403

    def test_the_desk_counts_what_is_overdue(self, home):
        due_on(home, TODAY - dt.timedelta(days=1))
        tasks = [task for provider in desk_tasks for task in provider(visitor(home.area))]
        assert [task.count for task in tasks if task.url == f"{LIST}?due=overdue"] == [1]

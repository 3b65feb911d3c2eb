import datetime as dt

import pytest
from django.utils import timezone

from beneficiaries.models import DuplicatePair, DuplicateRun
from beneficiaries.services.duplicate_notices import tell_of_strong_pairs
from beneficiaries.services.duplicate_sweeps import start_duplicate_sweep, sweep_what_is_new
from beneficiaries.signals import register_imported, registration_submitted
from ministry import jobs
from ministry.models import Job, Notice
from tests.beneficiaries.duplicates.people import enter
from tests.beneficiaries.factories import HouseholdFactory
from tests.ministry.factories import AreaFactory, UserFactory

pytestmark = pytest.mark.django_db

DECIDE = "beneficiaries.decide_duplicatepair"


def decider(area):
    return UserFactory(permissions=[DECIDE], permissions__area=area)


def swept() -> None:
    jobs.run_now(start_duplicate_sweep(full=True, tell_worker=False))


class TestWhoIsTold:
    def two_places(self):
        return AreaFactory(), AreaFactory()

    def test_the_caseworkers_of_both_households_once(self):
        here, there = self.two_places()
        ours, theirs, elsewhere = decider(here), decider(there), decider(AreaFactory())
        for area in (here, there):
            enter(household=HouseholdFactory(area=area))
        swept()
        told = tell_of_strong_pairs()
        assert {notice.user for notice in told} == {ours, theirs}
        pair = DuplicatePair.objects.get()
        assert all(notice.url.endswith(f"/duplicates/{pair.pk}/") for notice in told)
        assert pair.told_at is not None
        assert tell_of_strong_pairs() == []
        assert not Notice.objects.filter(user=elsewhere).exists()

    def test_the_nearest_where_the_unit_has_nobody(self):
        governorate = AreaFactory()
        unit = AreaFactory(parent=governorate, level="district")
        above, far_above = decider(governorate), decider(governorate.parent)
        for _copy in range(2):
            enter(household=HouseholdFactory(area=unit))
        swept()
        assert [notice.user for notice in tell_of_strong_pairs()] == [above]
        assert not Notice.objects.filter(user=far_above).exists()

    def test_many_pairs_are_one_notice_that_leads_to_the_list(self, django_assert_max_num_queries):
        area = AreaFactory()
        user = decider(area)
        for number in range(4):
            for _copy in range(2):
                enter(
                    f"سعاد محمود عبد الله {['الهلالي', 'النجار', 'الصاوي', 'المصري'][number]}",
                    birth_date=dt.date(1970 + number, 3, 4),
                    mother_name=f"{['نعمة', 'هانم', 'كوثر', 'زينب'][number]} عبد الحميد",
                    phone=f"0101234567{number}",
                    household=HouseholdFactory(area=area),
                )
        swept()
        assert DuplicatePair.objects.filter(band="strong").count() == 4
        with django_assert_max_num_queries(12):
            (notice,) = tell_of_strong_pairs()
        assert notice.user == user
        assert "band=strong" in notice.url
        assert "4" in notice.body

    def test_nobody_of_pairs_that_are_to_be_looked_at_or_decided(self):
        area = AreaFactory()
        decider(area)
        for _copy in range(2):
            enter(household=HouseholdFactory(area=area))
        swept()
        DuplicatePair.objects.update(band="review")
        assert tell_of_strong_pairs() == []


class TestSweepsOfWhatIsNew:
    def test_ten_registrations_are_one_sweep(self, django_capture_on_commit_callbacks):
        enter()
        with django_capture_on_commit_callbacks():
            for number in range(10):
                registration_submitted.send_robust(None, registration_id=number)
        assert Job.objects.filter(kind="beneficiaries.duplicates").count() == 1

    def test_right_after_a_sweep_the_clock_waits_and_then_sees_to_it(self):
        enter()
        swept()
        assert sweep_what_is_new() is None
        enter()
        assert sweep_what_is_new() is None
        DuplicateRun.objects.update(started_at=timezone.now() - dt.timedelta(minutes=11))
        job = sweep_what_is_new(patience=dt.timedelta(minutes=10))
        assert job is not None
        jobs.run_now(job)
        assert DuplicatePair.objects.count() == 1

    def test_nothing_new_is_no_sweep(self):
        enter()
        swept()
        assert sweep_what_is_new(patience=dt.timedelta(0)) is None

    def test_an_import_does_not_wait(self, django_capture_on_commit_callbacks):
        enter()
        swept()
        enter()
        with django_capture_on_commit_callbacks():
            register_imported.send_robust(None, batch_id=0)
        assert Job.objects.filter(kind="beneficiaries.duplicates", status="queued").count() == 1

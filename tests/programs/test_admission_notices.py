"""Households are told of their admission, once."""

import datetime as dt

import pytest

from beneficiaries.models import Household
from ministry import jobs
from ministry.models import Notice
from programs.models import EligibilityRun
from programs.services import eligibility, enrolments
from programs.services.notices import write_admission_notices
from tests.programs import factories

pytestmark = pytest.mark.django_db


def test_each_admitted_household_with_a_phone_gets_one_message(django_assert_max_num_queries):
    version = factories.version_in_force()
    reached = factories.household_with_score(30.0, dt.date(2020, 5, 1))
    Household.objects.filter(pk=reached.pk).update(phone_key="1001234567")
    unreached = factories.household_with_score(30.0, dt.date(2020, 5, 1))
    Household.objects.filter(pk=unreached.pk).update(phone_key="")
    jobs.run_now(eligibility.start_eligibility_check(program=version.program, actor=None))
    enrolments.confirm_enrolments(run=EligibilityRun.objects.get(), actor=factories.officer())
    with django_assert_max_num_queries(8):
        assert write_admission_notices() == 1
    assert write_admission_notices() == 0
    notice = Notice.objects.get(channel="sms")
    assert (notice.recipient, notice.status, notice.language) == ("+201001234567", "queued", "ar")
    assert version.program.name_ar in notice.body
    assert "{" not in notice.body


def test_confirming_has_them_told(django_capture_on_commit_callbacks, monkeypatch):
    told = []
    monkeypatch.setattr("programs.receivers.tell_admitted_households.apply_async", lambda **given: told.append(given))
    version = factories.version_in_force()
    factories.household_with_score(30.0, dt.date(2020, 5, 1))
    jobs.run_now(eligibility.start_eligibility_check(program=version.program, actor=None))
    with django_capture_on_commit_callbacks(execute=True):
        enrolments.confirm_enrolments(run=EligibilityRun.objects.get(), actor=factories.officer())
    assert told == [{"retry": False}]

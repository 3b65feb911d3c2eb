"""Approved payments on the desk."""

import datetime as dt

import pytest
from django.test import RequestFactory

from programs.payments import panels
from tests.ministry.factories import UserFactory
from tests.programs.payment_factories import approved, cycle_of, enrol, household, prepared, program_in_force

pytestmark = pytest.mark.django_db


def request_of(user):
    request = RequestFactory().get("/desk/")
    request.user = user
    return request


def test_shows_the_approved_months_in_order_and_leaves_open_ones_out():
    program = program_in_force()
    enrol(program, household())
    totals = []
    for period in (dt.date(2026, 10, 1), dt.date(2026, 9, 1)):
        cycle = approved(cycle_of(program, period=period))
        cycle.refresh_from_db()
        totals.insert(0, cycle.total)
    prepared(cycle_of(program, period=dt.date(2026, 11, 1)))
    user = UserFactory(permissions=["programs.view_paymentcycle"])
    chart = panels.payments_by_month(request_of(user))["chart"]
    assert [series.values for series in chart.series] == [totals]
    assert len(chart.labels) == 2


def test_one_month_is_no_trend():
    program = program_in_force()
    enrol(program, household())
    approved(cycle_of(program))
    assert panels.payments_by_month(request_of(UserFactory(permissions=["programs.view_paymentcycle"]))) is None


def test_is_for_those_who_may_see_payments():
    assert panels.payments_by_month(request_of(UserFactory())) is None

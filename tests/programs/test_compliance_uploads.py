"""Files of reports: what matches is taken in, every other row waits with its reason."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile

from beneficiaries.models import Identifier
from ministry.exceptions import DomainError, RuleViolation, TransitionNotAllowed
from programs.models import ComplianceReport, ConditionUploadError
from programs.services.compliance.uploads import resolve_error, take_in_reports
from tests.ministry.factories import UserFactory
from tests.programs.compliance_factories import OFFICER, a_file, children, closed, opened, program_with_conditions
from tests.programs.payment_factories import enrol, household

pytestmark = pytest.mark.django_db
HEAD = "person,condition,figure,service\n"
NATIONAL = "31501011234567"


@pytest.fixture
def period():
    return opened(program_with_conditions(), 1)


@pytest.fixture
def child(period):
    home = household(dt.date(2015, 1, 1))
    enrol(period.program, home)
    child = children(home)[0]
    Identifier.objects.create(
        individual=child, kind="national_id", value=NATIONAL, value_key=NATIONAL, is_well_formed=True
    )
    return child


def reasons(batch) -> list[tuple[int, str]]:
    return list(batch.errors.order_by("row").values_list("row", "reason"))


class TestTakeIn:
    def test_people_are_found_by_national_number_in_any_digits_and_by_register_number(self, period, child):
        arabic = NATIONAL.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        batch = a_file(period, f"{HEAD}{arabic},school,٨٥٫٥%,\n")
        report = ComplianceReport.objects.get()
        assert (batch.matched, report.individual, report.value) == (1, child, Decimal("85.50"))
        a_file(period, f"{HEAD}{child.person_ref},school,40,closed\n")
        report.refresh_from_db()
        assert (report.value, report.service_available) == (40, False)

    def test_every_bad_row_waits_with_its_reason_and_spoils_no_other(self, period, child):
        twin = children(household(None))[0]
        Identifier.objects.create(individual=twin, kind="national_id", value="29", value_key="29")
        other = children(household(None))[0]
        Identifier.objects.create(individual=other, kind="national_id", value="29", value_key="29")
        batch = a_file(
            period,
            HEAD
            + f"{NATIONAL},school,90,open\n"
            + "404,school,90,\n"
            + "29,school,90,\n"
            + f"{NATIONAL},mosque,90,\n"
            + f"{NATIONAL},school,many,\n"
            + f"{NATIONAL},school,101,\n"
            + f"{NATIONAL},school,-1,\n"
            + f"{NATIONAL},school,90,perhaps\n"
            + f"{NATIONAL},school\n"
            + f"{child.person_ref},school,20,\n"
            + ",school,20,\n",
        )
        assert (batch.rows, batch.matched) == (11, 1)
        assert reasons(batch) == [
            (3, "person_unknown"),
            (4, "person_ambiguous"),
            (5, "condition_unknown"),
            (6, "figure_unreadable"),
            (7, "figure_unreadable"),
            (8, "figure_unreadable"),
            (9, "figure_unreadable"),
            (10, "cells_missing"),
            (11, "repeated"),
            (12, "person_unknown"),
        ]
        assert ComplianceReport.objects.get().value == 90

    def test_the_same_file_twice_reports_everybody_once(self, period, child):
        for _time in range(2):
            a_file(period, f"{HEAD}{NATIONAL},school,70,\n")
        assert ComplianceReport.objects.count() == 1

    def test_an_empty_figure_says_that_nothing_is_known(self, period, child):
        a_file(period, f"{HEAD}{NATIONAL},school,,\n")
        closed(period)
        assert period.records.get().outcome == "no_data"

    @pytest.mark.parametrize("text", ["", "a,b\n1,2\n", HEAD, "person,condition,figure\n1,school,2\n"])
    def test_a_file_that_is_no_such_table_is_refused_as_a_whole(self, period, text):
        with pytest.raises(DomainError):
            a_file(period, text)
        assert not ComplianceReport.objects.exists()

    def test_a_closed_period_and_a_stranger_are_refused(self, period, child):
        with pytest.raises(PermissionDenied):
            take_in_reports(
                period=period, upload=ContentFile(HEAD.encode(), name="a.csv"), source="health", actor=UserFactory()
            )
        closed(period)
        with pytest.raises(TransitionNotAllowed):
            a_file(period, f"{HEAD}{NATIONAL},school,70,\n")


class TestQueue:
    def test_a_row_is_dealt_with_once_and_with_a_word(self, period):
        a_file(period, f"{HEAD}404,school,90,\n")
        error, officer = ConditionUploadError.objects.get(), UserFactory(permissions=OFFICER)
        with pytest.raises(RuleViolation):
            resolve_error(error=error, actor=officer, note=" ")
        resolve_error(error=error, actor=officer, note="أُدخل البلاغ يدويًا")
        with pytest.raises(RuleViolation):
            resolve_error(error=error, actor=officer, note="مرة أخرى")

"""Pages about conditions: what each says, whom it refuses, and the whole way from a file of reports to back-pay."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from ministry import jobs
from ministry.models import Notice
from programs.models import (
    ComplianceAppeal,
    CompliancePeriod,
    ComplianceReport,
    ComplianceStep,
    ConditionUploadError,
    Entitlement,
    Excuse,
)
from programs.services.notices import write_step_notices
from tests.ministry.factories import UserFactory
from tests.programs.compliance_factories import (
    CASEWORKER,
    CLOSER,
    DECIDER,
    OFFICER,
    children,
    closed,
    missed_month,
    opened,
    paid_month,
    program_with_conditions,
)
from tests.programs.payment_factories import enrol, household

pytestmark = pytest.mark.django_db


def page(name: str, *arguments: object) -> str:
    return reverse(f"programs:{name}", args=arguments)


@pytest.fixture
def visit(client):
    def sign_in(permissions):
        client.force_login(UserFactory(permissions=permissions, language="en"))
        return client

    return sign_in


@pytest.fixture
def home():
    home = household(dt.date(timezone.localdate().year - 8, 6, 1))
    enrol(program_with_conditions(), home)
    return home


@pytest.fixture
def program(home):
    return home.enrolments.get().program


class TestTheWholeWay:
    def test_file_closing_reduction_excuse_and_back_pay(self, visit, home, program, django_capture_on_commit_callbacks):
        child = children(home)[0]
        for month in (1, 2):
            client = visit(OFFICER)
            period = opened(program, month)
            text = f"person,condition,figure,service\n{child.person_ref},school,55,\n404,school,90,\n"
            given = {"file": SimpleUploadedFile("reports.csv", text.encode()), "source": "education"}
            assert client.post(page("compliance_upload", period.pk), given).url == page("compliance_errors")
            assert "404" in client.get(page("compliance_errors")).content.decode()
            with django_capture_on_commit_callbacks():
                closing = visit(CLOSER).post(page("compliance_close", period.pk))
            assert closing.url == period.get_absolute_url()
            period.refresh_from_db()
            jobs.run_now(period.job)
        assert Entitlement.objects.get(cycle=paid_month(program)).amount == 325 + 30
        record = ComplianceStep.objects.get(kind="reduction").period.records.get()
        answer = visit(CASEWORKER).post(page("excuse_file", record.pk), {"reason": "Ill for three weeks"})
        assert answer.status_code == 302
        decision = {"decision": "accept", "reason": "Hospital report"}
        assert visit(DECIDER).post(page("excuse_decide", Excuse.objects.get().pk), decision).status_code == 302
        assert ComplianceStep.objects.get(kind="reduction").status == "lifted"
        line = Entitlement.objects.get(cycle=paid_month(program))
        assert line.amount == 325 + 60 + 30
        shown = visit(["programs.view_payment"]).get(line.get_absolute_url()).context["arithmetic"]
        assert [part.amount for part in shown.parts] == [325, 60, 30]
        assert shown.is_intact

    def test_an_appeal_through_two_people(self, visit, home, program):
        missed_month(program, 1, *children(home))
        step = ComplianceStep.objects.get()
        visit(CASEWORKER).post(page("compliance_appeal_file", step.pk), {"reason": "The road was flooded"})
        step.refresh_from_db()
        assert step.status == "frozen"
        appeal = ComplianceAppeal.objects.get()
        client = visit(DECIDER)
        assert page("compliance_appeal_decide", appeal.pk) in client.get(page("compliance_waiting")).content.decode()
        assert client.post(page("compliance_appeal_decide", appeal.pk), {"decision": "won"}).status_code == 422
        answer = client.post(page("compliance_appeal_decide", appeal.pk), {"decision": "won", "reason": "It was"})
        assert answer.status_code == 302
        step.refresh_from_db()
        assert step.status == "lifted"


class TestPages:
    def test_the_file_shows_findings_and_steps(self, visit, home, program):
        missed_month(program, 1, *children(home))
        text = visit([*CASEWORKER, "beneficiaries.view_individual"]).get(home.get_absolute_url()).content.decode()
        step = ComplianceStep.objects.get()
        assert page("compliance_appeal_file", step.pk) in text
        assert page("excuse_file", step.period.records.get().pk) in text

    def test_a_report_about_somebody_elsewhere_names_nobody(self, visit, home, program):
        period = opened(program, 1)
        given = {"person": children(home)[0].person_ref, "condition": period.version.conditions.get().pk, "value": "70"}
        elsewhere = visit(["programs.add_compliancereport", "programs.view_complianceperiod"])
        assert elsewhere.post(page("compliance_entry", period.pk), given).status_code == 422
        here = visit([*OFFICER, "beneficiaries.view_individual"])
        assert here.post(page("compliance_entry", period.pk), given).status_code == 302
        assert ComplianceReport.objects.get().value == 70
        bad = here.post(page("compliance_entry", period.pk), given | {"value": "101"})
        assert bad.status_code == 422

    def test_a_damaged_file_is_refused_on_the_page(self, visit, program):
        period = opened(program, 1)
        given = {"file": SimpleUploadedFile("reports.csv", b"a,b\n1,2\n"), "source": "health"}
        assert visit(OFFICER).post(page("compliance_upload", period.pk), given).status_code == 409

    def test_a_row_that_waited_is_dealt_with(self, visit, program):
        period = opened(program, 1)
        client = visit(OFFICER)
        text = b"person,condition,figure,service\n404,school,90,\n"
        client.post(
            page("compliance_upload", period.pk),
            {"file": SimpleUploadedFile("reports.csv", text), "source": "education"},
        )
        error = ConditionUploadError.objects.get()
        client.post(page("compliance_error", error.pk), {"reason": "entered by hand"})
        error.refresh_from_db()
        assert error.resolution == "entered by hand"

    def test_the_list_asks_the_database_as_often_for_many_as_for_few(
        self, visit, program, django_assert_max_num_queries
    ):
        client = visit(OFFICER)
        counts = []
        for months in ((1, 2), (3, 4, 5, 6)):
            for month in months:
                closed(opened(program, month))
            with django_assert_max_num_queries(60) as captured:
                client.get(page("compliance_list"))
            counts.append(len(captured))
        assert counts[1] <= counts[0]
        assert CompliancePeriod.objects.count() == 6


def test_each_step_is_told_to_the_household_once(home, program):
    period = missed_month(program, 1, *children(home))
    home.phone_key = "1001234567"
    home.save()
    assert write_step_notices(period_id=period.pk) == 1
    assert write_step_notices(period_id=period.pk) == 0
    notice = Notice.objects.get()
    assert notice.recipient.endswith("1001234567")
    assert program.name_ar in notice.body

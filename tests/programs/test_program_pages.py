"""Pages of programmes: who sees what, and that each verb works without JavaScript."""

import csv
import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone

from ministry import jobs
from ministry.models import AuditEntry, Job
from programs import reference
from programs.admission import reasons
from programs.models import EligibilityRun, Enrolment, Program, ProgramVersion
from programs.services import eligibility, enrolments
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs import factories

pytestmark = pytest.mark.django_db
CHILD = dt.date(2020, 5, 1)


@pytest.fixture
def officer(client):
    user = factories.officer(language="en")
    client.force_login(user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return user


@pytest.fixture
def version():
    return factories.version_in_force()


def checked(version):
    jobs.run_now(eligibility.start_eligibility_check(program=version.program, actor=None))
    return EligibilityRun.objects.latest("id")


def text(response):
    return response.content.decode()


class TestPublic:
    def test_says_what_each_programme_pays_and_asks(self, client, settings):
        settings.DEMO = True
        reference.load()
        listed = text(client.get("/programs/"))
        assert "تكافل" in listed
        assert "كرامة" in listed
        page = text(client.get("/programs/takaful/"))
        assert "في الأسرة امرأة حامل" in page
        assert "325.00" in page
        assert "معاملات تجريبية" in page or "Demonstration parameters" in page

    def test_what_is_not_in_force_is_not_there(self, client):
        draft = factories.with_rules(factories.draft_version())
        assert client.get(reverse("programs:public_program", args=[draft.program.code])).status_code == 404
        assert client.get("/programs/no-such/").status_code == 404
        assert client.get("/programs/").status_code == 200

    def test_the_home_page_leads_there(self, client):
        assert 'href="/programs/"' in text(client.get("/"))


class TestRights:
    def test_pages_ask_for_their_permission(self, client, version):
        run = checked(version)
        code = version.program.code
        for name, arguments in (
            ("program_list", []),
            ("program_detail", [code]),
            ("check_start", [code]),
            ("version_detail", [code, 1]),
            ("version_next", [code, 1]),
            ("version_verb", [code, 1, "submit"]),
            ("run_detail", [code, run.pk]),
            ("decision_list", [code, run.pk]),
            ("decision_export", [code, run.pk]),
            ("enrolment_confirm", [code, run.pk]),
            ("enrolment_list", [code]),
        ):
            url = reverse(f"programs:{name}", args=arguments)
            client.logout()
            assert client.get(url).status_code == 302, name
            client.force_login(UserFactory())
            assert client.get(url).status_code == 403, name
            client.force_login(factories.officer())
            assert client.get(url).status_code == 200, name

    def test_decisions_elsewhere_are_not_shown_counted_or_exported(self, client, version):
        here, elsewhere = AreaFactory(), AreaFactory()
        mine = factories.household_with_score(30.0, CHILD, area=here)
        factories.household_with_score(30.0, CHILD, area=elsewhere)
        run = checked(version)
        client.force_login(UserFactory(permissions=factories.OFFICER, permissions__area=here))
        arguments = [version.program.code, run.pk]
        listed = client.get(reverse("programs:decision_list", args=arguments))
        assert [row.household_id for row in listed.context["page"]] == [mine.pk]
        counts = client.get(reverse("programs:run_detail", args=arguments)).context["areas"]
        assert [row.households for row in counts] == [1]
        rows = self.export(client, arguments)
        assert [row["household_ref"] for row in rows] == [mine.household_ref]

    def export(self, client, arguments, **query):
        response = client.get(reverse("programs:decision_export", args=arguments), query)
        return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))

    def test_enrolments_elsewhere_are_not_found(self, client, version):
        here = AreaFactory()
        home = factories.household_with_score(30.0, CHILD)
        run = checked(version)
        enrolments.confirm_enrolments(run=run, actor=factories.officer())
        enrolment = Enrolment.objects.get(household=home)
        client.force_login(UserFactory(permissions=factories.OFFICER, permissions__area=here))
        assert not client.get(reverse("programs:enrolment_list", args=[version.program.code])).context["page"].rows
        url = reverse("programs:enrolment_verb", args=[version.program.code, enrolment.pk, "exit"])
        assert client.post(url, {"reason": "x"}).status_code == 404


class TestCheck:
    def test_starting_one_queues_a_job(self, client, officer, version):
        url = reverse("programs:check_start", args=[version.program.code])
        today = timezone.localdate()
        response = client.post(url, {"on_date": today.isoformat()})
        assert response.status_code == 302
        job = Job.objects.get()
        assert (job.kind, job.started_by) == (eligibility.JOB_KIND, officer)
        assert client.post(url, {"on_date": today.isoformat()}).status_code == 409

    def test_a_day_that_is_none_is_refused_beside_its_field(self, client, officer, version):
        url = reverse("programs:check_start", args=[version.program.code])
        assert client.post(url, {"on_date": "2026-02-31"}).status_code == 422
        assert client.post(url, {"on_date": "1999-01-01"}).status_code == 409

    def test_decisions_can_be_filtered_and_the_file_follows(self, client, officer, version):
        poor = factories.household_with_score(30.0, CHILD)
        rich = factories.household_with_score(80.0, CHILD)
        factories.household_with_score(None, CHILD)
        run = checked(version)
        arguments = [version.program.code, run.pk]
        score = version.rule_groups.get(parent=None).criteria.get()
        for query, expected in (
            ({"decision": "eligible"}, [poor.household_ref]),
            ({"failed": score.pk}, [rich.household_ref]),
            ({"q": poor.household_ref.lower()}, [poor.household_ref]),
            ({"governorate": poor.area_id}, [poor.household_ref]),
        ):
            listed = client.get(reverse("programs:decision_list", args=arguments), query)
            assert [row.household.household_ref for row in listed.context["page"]] == expected, query
            rows = TestRights().export(client, arguments, **query)
            assert [row["household_ref"] for row in rows] == expected, query
        assert client.get(reverse("programs:decision_list", args=arguments), {"decision": "x"}).status_code == 400
        assert AuditEntry.objects.filter(action="eligibility_decisions.exported", actor=officer).count() == 4

    def test_the_list_takes_as_many_statements_for_two_rows_as_for_many(
        self, client, officer, version, django_assert_max_num_queries
    ):
        area = AreaFactory()
        counts = []
        for number in (2, 18):
            for _ in range(number):
                factories.household_with_score(30.0, CHILD, area=area)
            run = checked(version)
            url = reverse("programs:decision_list", args=[version.program.code, run.pk])
            client.get(url)
            with django_assert_max_num_queries(40) as seen:
                client.get(url)
            counts.append(len(seen))
        assert counts[0] == counts[1]

    def test_addresses_of_another_programme_or_version_are_not_found(self, client, officer, version):
        run = checked(version)
        other = factories.version_in_force()
        assert client.get(reverse("programs:run_detail", args=[other.program.code, run.pk])).status_code == 404
        assert client.get(reverse("programs:version_detail", args=[other.program.code, 7])).status_code == 404
        assert client.get(reverse("programs:version_verb", args=[other.program.code, 1, "burn"])).status_code == 404


class TestAdmission:
    def test_a_person_looks_and_confirms(self, client, officer, version):
        home = factories.household_with_score(30.0, dt.date(timezone.localdate().year - 8, 1, 1))
        run = checked(version)
        url = reverse("programs:enrolment_confirm", args=[version.program.code, run.pk])
        page = client.get(url)
        assert page.context["counts"].new == 1
        assert page.context["cost"].monthly == 385
        assert client.post(url, {"expected": 1}).status_code == 422
        assert client.post(url, {"expected": 2, "seen": "on"}).status_code == 409
        assert client.post(url, {"expected": 1, "seen": "on"}).status_code == 302
        assert Enrolment.objects.get().household == home
        assert client.post(url, {"expected": 0, "seen": "on"}).status_code == 302
        assert Enrolment.objects.count() == 1

    def test_pausing_asks_for_a_reason(self, client, officer, version):
        factories.household_with_score(30.0, CHILD)
        enrolments.confirm_enrolments(run=checked(version), actor=officer)
        enrolment = Enrolment.objects.get()
        url = reverse("programs:enrolment_verb", args=[version.program.code, enrolment.pk, "suspend"])
        assert client.get(url).status_code == 200
        reasons.load()
        assert client.post(url, {"reason": "سافرت الأسرة"}).status_code == 422
        assert client.post(url, {"code": "cleared", "reason": "سبب خطوة أخرى"}).status_code == 422
        assert client.post(url, {"code": "other-pause", "reason": " "}).status_code == 422
        assert client.post(url, {"code": "absent", "reason": "سافرت الأسرة"}).status_code == 302
        enrolment.refresh_from_db()
        assert (enrolment.status, enrolment.status_reason) == ("suspended", "سافرت الأسرة")
        assert client.post(url, {"code": "absent", "reason": "مرة أخرى"}).status_code == 409
        assert "سافرت الأسرة" in text(client.get(reverse("programs:enrolment_list", args=[version.program.code])))

    def test_one_that_left_is_admitted_again_by_itself(self, client, officer, version):
        home = factories.household_with_score(30.0, CHILD)
        enrolments.confirm_enrolments(run=checked(version), actor=officer)
        enrolments.exit_enrolment(enrolment=Enrolment.objects.get(), actor=officer, reason="سفر")
        run = checked(version)
        page = client.get(reverse("programs:enrolment_confirm", args=[version.program.code, run.pk]))
        assert [row.household for row in page.context["exited"]] == [home]
        url = reverse("programs:readmit", args=[version.program.code, run.pk, home.pk])
        assert client.get(url).status_code == 200
        assert client.post(url, {"reason": "عادت الأسرة"}).status_code == 302
        assert Enrolment.objects.filter(status="enrolled", household=home).exists()


class TestVersionPages:
    def test_from_the_next_draft_to_being_in_force(self, client, officer, version):
        code = version.program.code
        tomorrow = timezone.localdate() + dt.timedelta(days=1)
        url = reverse("programs:version_next", args=[code, 1])
        assert client.post(url, {"starts_on": timezone.localdate().isoformat()}).status_code == 422
        assert client.post(url, {"starts_on": tomorrow.isoformat()}).status_code == 302
        submit = reverse("programs:version_verb", args=[code, 2, "submit"])
        assert client.get(submit).status_code == 200
        assert client.post(submit).status_code == 302
        client.force_login(factories.approver())
        approve = reverse("programs:version_verb", args=[code, 2, "approve"])
        assert approve in text(client.get(reverse("programs:version_detail", args=[code, 2])))
        assert client.post(reverse("programs:version_verb", args=[code, 2, "send_back"])).status_code == 422
        assert client.post(approve, {"note": ""}).status_code == 302
        assert ProgramVersion.objects.get(program__code=code, number=2).status == "in_force"

    def test_faulty_rules_are_named_on_the_page(self, client, officer):
        draft = factories.draft_version()
        factories.on_fact(factories.group(draft), "shoe_size", "gt", "40")
        page = text(client.get(reverse("programs:version_detail", args=[draft.program.code, 1])))
        assert "shoe_size" in page

    def test_every_programme_is_listed(self, client, officer, version):
        Program.objects.create(code="empty", name_ar="فارغ")
        assert len(client.get(reverse("programs:program_list")).context["page"].rows) == 2
        assert client.get(reverse("programs:program_detail", args=["empty"])).status_code == 200

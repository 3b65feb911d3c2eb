"""Every step of an enrolment has a ground: a row that says what it rests on, what is told, and when one can return."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from beneficiaries.models import Recertification
from ministry.exceptions import RuleViolation
from ministry.models import AuditEntry, Notice
from programs.admission import reasons
from programs.admission.rules import may_return_on
from programs.models import Enrolment, EnrolmentReason
from programs.services import enrolments
from tests.ministry.factories import UserFactory
from tests.programs import factories
from tests.programs.test_enrolments import checked, enrolled

pytestmark = pytest.mark.django_db
S = Enrolment.Status


@pytest.fixture
def version():
    reasons.load()
    return factories.version_in_force()


@pytest.fixture
def officer():
    return factories.officer()


def with_phone(enrolment):
    enrolment.household.phone_key = "1012345678"
    enrolment.household.save()
    return enrolment


@pytest.mark.parametrize(
    ("ended_on", "months", "expected"),
    [
        ((2026, 1, 31), None, (2026, 1, 31)),
        ((2026, 1, 31), 0, (2026, 1, 31)),
        ((2026, 1, 31), 1, (2026, 2, 28)),
        ((2023, 8, 31), 6, (2024, 2, 29)),
        ((2026, 11, 15), 12, (2027, 11, 15)),
        ((2026, 12, 1), 1, (2027, 1, 1)),
    ],
)
def test_when_one_may_return(ended_on, months, expected):
    assert may_return_on(ended_on=dt.date(*ended_on), months=months) == dt.date(*expected)


def test_loading_twice_adds_nothing_and_keeps_what_was_changed():
    assert reasons.load() == len(reasons._REASONS)
    EnrolmentReason.objects.filter(code="inquiry").update(name_ar="بحث")
    assert reasons.load() == 0
    assert EnrolmentReason.objects.get(code="inquiry").name_ar == "بحث"


class TestSteps:
    def test_a_step_keeps_its_ground_and_is_told(self, version, officer):
        enrolment = with_phone(enrolled(version))
        enrolments.suspend_enrolment(enrolment=enrolment, actor=officer, reason="", code="inquiry")
        enrolment.refresh_from_db()
        assert (enrolment.reason.code, enrolment.status_reason) == ("inquiry", enrolment.reason.name_ar)
        notice = Notice.objects.get(template_code=reasons.SUSPENDED)
        assert notice.recipient.endswith("1012345678")
        for said in (str(version.program.name_ar), enrolment.reason.name_ar, "60"):
            assert said in notice.body
        assert AuditEntry.objects.get(action="enrolment.suspend").data == {"reason": "inquiry"}

    def test_a_ground_without_appeal_promises_none(self, version, officer):
        enrolment = with_phone(enrolled(version, S.SUSPENDED))
        enrolments.resume_enrolment(enrolment=enrolment, actor=officer, reason="", code="cleared")
        assert "60" not in Notice.objects.get(template_code=reasons.RESUMED).body

    def test_pausing_twice_is_told_twice(self, version, officer):
        enrolment = with_phone(enrolled(version))
        for _ in range(2):
            enrolments.suspend_enrolment(enrolment=enrolment, actor=officer, reason="", code="absent")
            enrolments.resume_enrolment(enrolment=enrolment, actor=officer, reason="", code="returned")
        assert Notice.objects.filter(template_code=reasons.SUSPENDED).count() == 2

    def test_without_a_phone_no_message_is_written(self, version, officer):
        enrolments.suspend_enrolment(enrolment=enrolled(version), actor=officer, reason="", code="inquiry")
        assert not Notice.objects.exists()

    def test_graduating_is_an_end_of_its_own(self, version, officer):
        enrolment = with_phone(enrolled(version))
        changed = enrolments.graduate_enrolment(enrolment=enrolment, actor=officer, reason="", code="own-project")
        assert (changed.status, changed.has_graduated, changed.ended_on) == (S.EXITED, True, timezone.localdate())
        assert Notice.objects.filter(template_code=reasons.GRADUATED).count() == 1

    @pytest.mark.parametrize("code", ["cleared", "own-project", "nothing-of-the-kind"])
    def test_refuses_the_ground_of_another_step(self, version, officer, code):
        enrolment = enrolled(version)
        with pytest.raises(RuleViolation):
            enrolments.suspend_enrolment(enrolment=enrolment, actor=officer, reason="سبب", code=code)
        enrolment.refresh_from_db()
        assert enrolment.status == S.ENROLLED

    def test_refuses_a_ground_no_longer_in_use(self, version, officer):
        EnrolmentReason.objects.filter(code="inquiry").update(is_active=False)
        with pytest.raises(RuleViolation):
            enrolments.suspend_enrolment(enrolment=enrolled(version), actor=officer, reason="سبب", code="inquiry")

    def test_another_reason_wants_words(self, version, officer):
        with pytest.raises(RuleViolation):
            enrolments.exit_enrolment(enrolment=enrolled(version), actor=officer, reason=" ", code="other-end")

    @pytest.mark.parametrize(
        ("code", "status", "fits"),
        [
            ("inquiry", "suspended", True),
            ("inquiry", "enrolled", False),
            ("cleared", "enrolled", True),
            ("cleared", "suspended", False),
            ("own-project", "exited", True),
            ("wrong-data", "exited", True),
            ("wrong-data", "suspended", False),
        ],
    )
    def test_the_database_refuses_a_ground_that_does_not_fit(self, version, code, status, fits):
        enrolment = enrolled(version)
        values = {"reason": EnrolmentReason.objects.get(code=code), "status": status, "status_reason": "س"}
        if status == "exited":
            values["ended_on"] = dt.date(2026, 1, 1)
        change = lambda: Enrolment.objects.filter(pk=enrolment.pk).update(**values)  # noqa: E731
        if fits:
            assert change() == 1
            return
        with pytest.raises(DatabaseError, match="does not fit"), transaction.atomic():
            change()


class TestReturning:
    @pytest.fixture
    def left(self, version):
        enrolment = enrolled(version, S.EXITED)
        enrolment.reason, enrolment.ended_on = EnrolmentReason.objects.get(code="wrong-data"), timezone.localdate()
        enrolment.save()
        return enrolment

    def readmit(self, version, household, officer):
        run = checked(version)
        return enrolments.readmit_household(run=run, household_id=household.pk, actor=officer, reason="عادت")

    def test_not_before_the_time_has_passed(self, version, officer, left):
        with pytest.raises(RuleViolation, match=str(timezone.localdate().year + 1)):
            self.readmit(version, left.household, officer)

    def test_on_the_day(self, version, officer, left):
        Enrolment.objects.filter(pk=left.pk).update(
            enrolled_on=dt.date(2020, 1, 1), ended_on=timezone.localdate() - dt.timedelta(days=366)
        )
        assert self.readmit(version, left.household, officer).status == S.ENROLLED

    def test_at_once_where_the_ground_names_no_time(self, version, officer, left):
        left.reason = EnrolmentReason.objects.get(code="moved-abroad")
        left.save()
        assert self.readmit(version, left.household, officer).status == S.ENROLLED

    def test_the_database_refuses_it_too(self, version, left):
        with pytest.raises(DatabaseError, match="cannot come back yet"), transaction.atomic():
            Enrolment.objects.create(
                program=left.program, household=left.household, run=left.run, enrolled_on=timezone.localdate(),
                confirmed_by=UserFactory(),
            )  # fmt: skip


class TestPages:
    def test_the_list_is_filtered_by_ground_and_recertification(self, client, version, officer):
        late, soon, paused = enrolled(version), enrolled(version), enrolled(version)
        today = timezone.localdate()
        Recertification.objects.create(household=late.household, recertify_by=today - dt.timedelta(days=1))
        Recertification.objects.create(household=soon.household, recertify_by=today)
        enrolments.suspend_enrolment(enrolment=paused, actor=officer, reason="", code="inquiry")
        client.force_login(officer)

        def shown(**query):
            page = client.get(reverse("programs:enrolment_list", args=[version.program.code]), query)
            return {row.pk for row in page.context["page"]}

        assert shown(recertify="overdue") == {late.pk}
        assert shown(recertify="90") == {late.pk, soon.pk}
        assert shown(ground="inquiry") == {paused.pk}

    @pytest.mark.parametrize("language", ["ar", "en"])
    def test_each_ground_says_what_it_means(self, client, version, officer, language):
        client.force_login(officer)
        url = reverse("programs:enrolment_verb", args=[version.program.code, enrolled(version).pk, "exit"])
        page = client.get(url, headers={"accept-language": language}).content.decode()
        assert EnrolmentReason.objects.filter(verb="exit").first().code in page
        assert page.count('name="code"') == EnrolmentReason.objects.filter(verb="exit").count()

"""Applications: entered, taken over, verified, ended; and what each verb does at each status."""

import datetime as dt
import itertools

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from ministry.exceptions import RuleViolation, TransitionNotAllowed
from programs.admission import reasons
from programs.models import Application, Enrolment
from programs.services import enrolments
from programs.services.admissions import applications, offers
from programs.workflows import APPLICATION
from tests.ministry.factories import AreaFactory
from tests.programs import factories
from tests.programs.admission_factories import (
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


class TestApplying:
    def test_a_caseworker_and_a_partner_enter_applications(self, version, area):
        own = applied(version, home_of(area))
        sent = applications.apply_for_household(
            program=version.program, household=home_of(area), actor=officer(), partner_name="  جمعية   الرعاية "
        )
        assert (own.source, own.status, own.applied_on) == ("caseworker", S.APPLIED, TODAY())
        assert (sent.source, sent.partner_name) == ("partner", "جمعية الرعاية")

    def test_one_open_application_at_a_time(self, version, area):
        home = home_of(area)
        first = applied(version, home)
        with pytest.raises(RuleViolation):
            applied(version, home)
        applications.withdraw_application(application=first, actor=officer(), reason="رغبة الأسرة")
        assert applied(version, home).pk != first.pk

    def test_not_while_enrolled_paused_or_gone(self, version, area):
        home = home_of(area)
        plan_of(version.program, {area: 1})
        verified(version, home)
        confirmed(checked(version))
        with pytest.raises(RuleViolation):
            applied(version, home)
        gone = home_of(area)
        gone.status = "inactive"
        gone.save()
        with pytest.raises(RuleViolation):
            applied(version, gone)

    def test_not_before_the_day_of_return(self, version, area):
        reasons.load()
        home = home_of(area)
        plan_of(version.program, {area: 1})
        verified(version, home)
        confirmed(checked(version))
        enrolments.exit_enrolment(
            enrolment=Enrolment.objects.get(household=home), actor=officer(), reason="", code="wrong-data"
        )
        with pytest.raises(RuleViolation):
            applied(version, home)

    def test_refuses_elsewhere(self, version, area):
        stranger = officer(permissions__area=AreaFactory())
        with pytest.raises(PermissionDenied):
            applications.apply_for_household(program=version.program, household=home_of(area), actor=stranger)

    def test_a_check_is_taken_over_in_one_statement_and_once(self, version, area):
        eligible = [home_of(area) for _ in range(3)]
        home_of(area, 80.0)
        asked = applied(version, eligible[0])
        run = checked(version)
        local = officer(permissions__area=area)
        assert applications.take_over_from_check(run=run, actor=local).done == 2
        assert applications.take_over_from_check(run=run, actor=local).done == 0
        assert set(Application.objects.values_list("household", flat=True)) == {home.pk for home in eligible}
        assert Application.objects.get(pk=asked.pk).source == "caseworker"

    def test_nobody_elsewhere_is_taken_over(self, version, area):
        home_of(area)
        elsewhere = officer(permissions__area=AreaFactory())
        assert applications.take_over_from_check(run=checked(version), actor=elsewhere).done == 0

    def test_the_register_verifies_many_at_once_and_names_the_rest(self, version, area):
        checked_file, new_file = home_of(area), home_of(area)
        checked_file.status, new_file.status = "verified", "registered"
        for home in (checked_file, new_file):
            home.save()
            applied(version, home)
        result = applications.verify_by_register(program=version.program, actor=officer())
        assert (result.done, result.left) == (1, 1)
        application = Application.objects.get(household=checked_file)
        assert (application.status, application.proof) == (S.VERIFIED, "register")

    @pytest.mark.parametrize("proof", ["", "register", "hearsay"])
    def test_verifying_says_what_was_looked_at(self, version, area, proof):
        with pytest.raises(RuleViolation):
            applications.verify_application(application=applied(version, home_of(area)), actor=officer(), proof=proof)


class TestTable:
    """Every verb at every status."""

    LEADS = {
        ("verify", S.APPLIED): S.VERIFIED,
        ("refuse", S.APPLIED): S.REFUSED,
        ("offer", S.WAITING): S.OFFERED,
        ("admit", S.OFFERED): S.ADMITTED,
        ("lapse", S.OFFERED): S.WAITING,
        ("withdraw", S.APPLIED): S.WITHDRAWN,
        ("withdraw", S.VERIFIED): S.WITHDRAWN,
        ("withdraw", S.WAITING): S.WITHDRAWN,
        ("withdraw", S.OFFERED): S.WITHDRAWN,
    }

    def test_the_workflow_says_just_this(self):
        assert {
            (transition.verb, status): transition.target for transition in APPLICATION for status in transition.sources
        } == self.LEADS

    @pytest.mark.parametrize(
        ("verb", "status"), list(itertools.product([transition.verb for transition in APPLICATION], S.values))
    )
    def test_each_verb_at_each_status(self, version, area, verb, status):
        admitted, waits, *_ = waiting_line(version, area)
        enrolments.exit_enrolment(enrolment=admitted.enrolment, actor=officer(), reason="سفر")
        subject = self.at(status, version, area, admitted, waits)
        call = {
            "verify": lambda: applications.verify_application(application=subject, actor=officer(), proof="papers"),
            "refuse": lambda: applications.refuse_application(application=subject, actor=officer(), reason="سبب"),
            "withdraw": lambda: applications.withdraw_application(application=subject, actor=officer(), reason="سبب"),
            "offer": lambda: offers.offer_place(application=subject, actor=officer()),
            "admit": lambda: offers.admit_applicant(application=subject, actor=manager()),
            "lapse": lambda: offers.lapse_offer(application=subject, actor=officer()),
        }[verb]
        if (verb, status) in self.LEADS:
            assert call().status == self.LEADS[verb, status]
        else:
            with pytest.raises(TransitionNotAllowed):
                call()

    def at(self, status, version, area, admitted, waits):
        if status == S.ADMITTED:
            return admitted
        if status == S.WAITING:
            return waits
        if status == S.OFFERED:
            offered = offers.offer_place(application=waits, actor=officer())
            Application.objects.filter(pk=offered.pk).update(answer_by=TODAY() - dt.timedelta(days=1))
            offered.refresh_from_db()
            return offered
        application = applied(version, home_of(area))
        match status:
            case S.VERIFIED:
                return applications.verify_application(application=application, actor=officer(), proof="visit")
            case S.REFUSED:
                return applications.refuse_application(application=application, actor=officer(), reason="سبب")
            case S.WITHDRAWN:
                return applications.withdraw_application(application=application, actor=officer(), reason="سبب")
        return application

"""The control report: what it finds, that it stays as it was seen, and that nobody approves without having read it."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from beneficiaries.models import Household, Identifier, Individual
from ministry import jobs
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import Area, AuditEntry
from programs.control.figures import figures_of
from programs.models import ControlReading, ControlReport, PaymentCycle
from programs.services import control, payment_cycles
from programs.services.payments import hold_payment, release_hold
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs.payment_factories import (
    APPROVE,
    PREPARE,
    TAKAFUL,
    approved,
    approver,
    control_made,
    cycle_of,
    duplicate_pair,
    enrol,
    having_read,
    household,
    in_review,
    prepared,
    preparer,
    program_in_force,
)

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


OCTOBER, NOVEMBER = dt.date(2026, 10, 1), dt.date(2026, 11, 1)


def month(program, period=NOVEMBER, **options) -> PaymentCycle:
    return cycle_of(program, period=period, **options)


def report_of(*homes, program=None, **options) -> ControlReport:
    program = program or program_in_force(TAKAFUL)
    enrol(program, *homes)
    return control_made(in_review(month(program, **options)))


def same_number(*homes) -> None:
    """Give the heads of these households one national number."""
    for home in homes:
        number = "28503040112345"
        Identifier.objects.create(individual=head_of(home), kind="national_id", value=number, value_key=number)


def head_of(home):
    return home.memberships.get(relationship="head").individual


class TestAgainstTheLastMonth:
    def test_a_first_month_has_nothing_to_be_compared_with(self):
        report = report_of(household(), household())
        assert (report.former, report.lines, report.total) == (None, 2, D(650))
        assert (report.new_lines, report.gone_lines, report.changed_lines) == (2, 0, 0)
        assert not report.findings.exists()

    def test_new_gone_and_changed(self):
        program = program_in_force(TAKAFUL)
        stays, leaves, grows = household(), household(), household()
        enrolments = enrol(program, stays, leaves, grows)
        approved(month(program, OCTOBER))
        type(enrolments[1]).objects.filter(pk=enrolments[1].pk).update(
            status="exited", ended_on=dt.date(2026, 10, 15), status_reason="moved"
        )
        # 100 more than 325 is more than a fifth.
        child = household(dt.date(2010, 1, 1)).memberships.get(relationship="child")
        child.household = grows
        child.save()
        comes = household()
        report = report_of(comes, program=program)
        assert report.former.period == OCTOBER
        assert (report.lines, report.former_lines) == (3, 3)
        assert (report.new_lines, report.new_total) == (1, D(325))
        assert (report.gone_lines, report.gone_total) == (1, D(325))
        assert (report.changed_lines, report.changed_by, report.drifted_by) == (1, D(100), 0)
        found = {(one.kind, one.household, one.former_amount, one.amount) for one in report.findings.all()}
        assert found == {
            ("new", comes, None, D(325)),
            ("gone", leaves, D(325), None),
            ("changed", grows, D(325), D(425)),
        }

    @pytest.mark.parametrize(
        ("before", "after", "named"), [("325", "390", 0), ("325", "390.01", 1), ("325", "260", 0), ("325", "259.99", 1)]
    )
    def test_a_fifth_is_not_more_than_a_fifth(self, before, after, named):
        program = program_in_force((D(before), 1, ()))
        enrol(program, household())
        approved(month(program, OCTOBER))
        raised = program.versions.get()
        program.versions.update(status="superseded", ends_on=NOVEMBER - dt.timedelta(days=1))
        raised.pk, raised.number, raised.base_amount, raised.starts_on = None, 2, D(after), NOVEMBER
        raised._state.adding = True
        raised.status, raised.approved_by, raised.approved_at = "draft", None, None
        raised.save()
        raised.submitted_by, raised.approved_by = raised.prepared_by, UserFactory()
        raised.approved_at, raised.status = timezone.now(), "in_force"
        raised.save()
        report = control_made(in_review(month(program)))
        assert report.changed_lines == named
        assert report.changed_by + report.drifted_by == D(after) - D(before)

    def test_a_month_that_was_never_approved_is_not_what_it_is_compared_with(self):
        program = program_in_force(TAKAFUL)
        enrol(program, household())
        in_review(month(program, OCTOBER))
        assert control_made(in_review(month(program))).former is None


class TestWhatStandsOut:
    def test_people_paid_under_one_national_number(self):
        first, second, third = household(), household(), household()
        same_number(first, second)
        report = report_of(first, second, third)
        assert (report.shared_lines, report.shared_total) == (2, D(650))
        assert {(one.household, one.detail, one.shared_by) for one in report.findings.all()} == {
            (first, "national_id", 2),
            (second, "national_id", 2),
        }

    def test_a_wallet_that_two_households_name(self):
        first, second = household(), household()
        Individual.objects.filter(pk=head_of(first).pk).update(phone_key="1001234567")
        Household.objects.filter(pk=second.pk).update(phone_key="1001234567")
        report = report_of(first, second, household())
        assert {(one.household, one.detail) for one in report.findings.all()} == {(first, "phone"), (second, "phone")}

    def test_people_who_have_died(self):
        payee, member = household(), household(dt.date(2015, 1, 1))
        died_later = household(dt.date(2015, 1, 1))
        for person, day in (
            (head_of(payee), dt.date(2026, 11, 3)),
            (member.memberships.get(relationship="child").individual, dt.date(2026, 9, 9)),
            (died_later.memberships.get(relationship="child").individual, dt.date(2026, 11, 9)),
        ):
            person.died_on = day
            person.save()
        report = report_of(payee, member, died_later)
        assert report.deceased_lines >= 1
        kinds = {one.household: one.detail for one in report.findings.filter(kind="deceased")}
        assert kinds.get(member) == "member"
        assert died_later not in kinds

    def test_what_is_on_hold_and_why(self):
        first, second, headless = household(), household(), household(has_head=False)
        duplicate_pair(first, second)
        report = report_of(first, second, headless)
        assert (report.held_lines, report.held_total) == (2, D(650))
        assert report.holds == {"duplicate": [1, "325.000"], "no_payee": [1, "325.000"]}

    def test_each_governorate_has_its_row_and_together_they_are_the_whole(self):
        north, south = (AreaFactory(level=Area.Level.GOVERNORATE) for _ in range(2))
        report = report_of(
            household(area=north),
            household(area=AreaFactory(parent=south, level=Area.Level.UNIT)),
            household(area=south),
        )
        rows = {row.governorate: row for row in report.figures.all()}
        assert (rows[north].lines, rows[south].lines) == (1, 2)
        assert sum(row.total for row in rows.values()) == report.total

    def test_the_number_of_statements_does_not_grow_with_the_households(self):
        counts = []
        for households in (2, 12):
            program = program_in_force(TAKAFUL)
            enrol(program, *(household() for _ in range(households)))
            cycle = in_review(month(program))
            with CaptureQueriesContext(
                connection,
            ) as queries:
                figures_of(cycle, None)
            counts.append(len(queries))
        assert counts == [5, 5]


class TestReading:
    def test_nobody_approves_what_they_have_not_read(self):
        program = program_in_force(TAKAFUL)
        enrol(program, household())
        cycle = in_review(month(program))
        reader, other = approver(), approver()
        having_read(cycle, reader)
        with pytest.raises(RuleViolation):
            payment_cycles.approve_payment_cycle(cycle=cycle, actor=other)
        payment_cycles.approve_payment_cycle(cycle=cycle, actor=reader)
        entry = AuditEntry.objects.get(action="payment_cycle.control_report_read")
        assert entry.actor == reader

    def test_the_database_refuses_it_too(self):
        program = program_in_force(TAKAFUL)
        enrol(program, household())
        cycle = in_review(month(program))
        having_read(cycle, approver())

        def write(person) -> None:
            with transaction.atomic():
                PaymentCycle.objects.filter(pk=cycle.pk).update(
                    status="approved", approved_by=person, approved_at=timezone.now()
                )

        with pytest.raises(DatabaseError, match="has read the control report"):
            write(approver())
        write(having_read(cycle, approver()))

    @pytest.mark.parametrize("by_service", [True, False])
    def test_figures_that_changed_since_are_read_again(self, by_service):
        program = program_in_force(TAKAFUL)
        enrol(program, household(), household())
        cycle = in_review(month(program))
        reader = having_read(cycle, approver())
        first, second = cycle.payments.order_by("pk")
        finance = preparer()
        hold_payment(payment=first, actor=finance, kind="complaint", note="…")
        if by_service:
            with pytest.raises(RuleViolation, match="changed"):
                payment_cycles.approve_payment_cycle(cycle=cycle, actor=reader)
        else:
            with pytest.raises(DatabaseError, match="has read"), transaction.atomic():
                PaymentCycle.objects.filter(pk=cycle.pk).update(
                    status="approved", approved_by=reader, approved_at=timezone.now()
                )
        assert not control.has_read(cycle, reader)
        jobs.run_now(control.start_control_report(cycle=cycle, actor=reader, tell_worker=False))
        having_read(cycle, reader)
        # One hold for another: as many and as much as before, and yet not what was read.
        release_hold(payment=first, actor=finance, reason="settled")
        hold_payment(payment=second, actor=finance, kind="complaint", note="…")
        with pytest.raises(RuleViolation, match="changed"):
            payment_cycles.approve_payment_cycle(cycle=cycle, actor=reader)
        jobs.run_now(control.start_control_report(cycle=cycle, actor=reader, tell_worker=False))
        payment_cycles.approve_payment_cycle(cycle=cycle, actor=having_read(cycle, reader))

    def test_a_former_report_cannot_be_read_any_more(self):
        program = program_in_force(TAKAFUL)
        enrol(program, household())
        cycle = in_review(month(program))
        former = control_made(cycle)
        control.make_control_report(cycle_id=cycle.pk, actor=None)
        with pytest.raises(RuleViolation):
            control.read_control_report(report=former, actor=approver())

    def test_reading_takes_the_right_to_approve(self):
        report = report_of(household())
        for actor in (preparer(), UserFactory(), UserFactory(permissions=APPROVE, permissions__area=AreaFactory())):
            with pytest.raises(PermissionDenied):
                control.read_control_report(report=report, actor=actor)

    def test_reading_twice_is_one_reading(self):
        report, reader = report_of(household()), approver()
        for _time in range(2):
            control.read_control_report(report=report, actor=reader)
        assert report.readings.count() == 1

    def test_what_was_seen_stays(self):
        report = report_of(household())
        control.read_control_report(report=report, actor=approver())
        for rows in (ControlReport.objects.all(), ControlReading.objects.all(), report.figures.all()):
            with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
                rows.delete()
        with pytest.raises(DatabaseError), transaction.atomic():
            ControlReport.objects.update(lines=7)

    def test_a_cycle_sent_back_is_not_counted(self):
        program = program_in_force(TAKAFUL)
        enrol(program, household())
        cycle = prepared(month(program))
        payment_cycles.submit_payment_cycle(cycle=cycle, actor=cycle.prepared_by, tell_worker=False)
        payment_cycles.send_back_payment_cycle(cycle=cycle, actor=approver(), note="look again")
        assert control.make_control_report(cycle_id=cycle.pk, actor=None) is None
        with pytest.raises(TransitionNotAllowed):
            control.start_control_report(cycle=PaymentCycle.objects.get(), actor=preparer())

    def test_submitting_again_while_the_first_report_waits(self):
        program = program_in_force(TAKAFUL)
        enrol(program, household())
        cycle = prepared(month(program))
        for _time in range(2):
            payment_cycles.submit_payment_cycle(cycle=cycle, actor=cycle.prepared_by, tell_worker=False)
            payment_cycles.send_back_payment_cycle(cycle=cycle, actor=approver(), note="look again")
            cycle = prepared(PaymentCycle.objects.get())
        payment_cycles.submit_payment_cycle(cycle=cycle, actor=cycle.prepared_by, tell_worker=False)
        assert control_made(cycle).lines == 1


class TestPages:
    def test_the_approver_reads_and_then_approves(self, signed_in_as):
        cycle = in_review(self.cycle())
        client = signed_in_as(APPROVE)
        address = reverse("programs:control_report", args=[cycle.pk])
        approve = reverse("programs:cycle_verb", args=[cycle.pk, "approve"])
        assert address in client.get(cycle.get_absolute_url()).content.decode()
        assert client.get(approve).url == address
        assert client.post(approve, {"reason": ""}).status_code == 409
        response = client.post(address, {"reason": "", "report": cycle.control_reports.get().pk})
        assert response.status_code == 302
        assert approve in client.get(address).content.decode()
        assert client.get(approve).status_code == 200

    def test_a_report_of_another_cycle_is_not_read_here(self, signed_in_as):
        cycle, other = in_review(self.cycle()), in_review(self.cycle())
        client = signed_in_as(APPROVE)
        address = reverse("programs:control_report", args=[cycle.pk])
        assert client.post(address, {"report": other.control_reports.get().pk}).status_code == 422
        assert client.post(address, {"report": "nonsense"}).status_code == 422
        assert not ControlReading.objects.exists()

    def test_whoever_prepared_reads_it_without_the_button(self, signed_in_as):
        cycle = in_review(self.cycle())
        address = reverse("programs:control_report", args=[cycle.pk])
        client = signed_in_as(PREPARE)
        assert 'name="report"' not in client.get(address).content.decode()
        assert client.post(address, {"report": cycle.control_reports.get().pk}).status_code == 403

    def test_lines_of_other_areas_are_not_named(self, signed_in_as):
        here, there = AreaFactory(), AreaFactory()
        near, far = household(area=here), household(area=there)
        same_number(near, far)
        cycle = in_review(self.cycle(near, far))
        client = signed_in_as(["programs.view_paymentcycle", "programs.view_payment"], permissions__area=here)
        page = client.get(reverse("programs:control_findings", args=[cycle.pk])).content.decode()
        assert near.household_ref in page
        assert far.household_ref not in page

    @pytest.mark.parametrize("name", ["control_report", "control_findings"])
    def test_a_page_costs_the_same_for_two_rows_as_for_twenty(self, signed_in_as, name):
        client, counts = signed_in_as([*APPROVE]), []
        for households in (2, 20):
            homes = [household(area=AreaFactory(level=Area.Level.GOVERNORATE)) for _ in range(households)]
            same_number(*homes)
            cycle = in_review(self.cycle(*homes))
            address = reverse(f"programs:{name}", args=[cycle.pk])
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]

    @staticmethod
    def cycle(*homes):
        program = program_in_force(TAKAFUL)
        enrol(program, *(homes or (household(),)))
        return month(program)


@pytest.fixture
def signed_in_as(client):
    def sign_in(permissions, **options):
        client.force_login(UserFactory(permissions=permissions, **options))
        return client

    return sign_in

"""The register in careless hands, with a programme on top: what was found never changes, and merges are undone exactly.

The machine of the register, with enrolments, debts and conditions added; what higher apps keep follows the same rules.
"""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from beneficiaries.models import Merge
from beneficiaries.queries.standing import all_cards, people_behind
from programs.models import ComplianceRecord, ComplianceStep, Enrolment, Overpayment
from programs.services.compliance.periods import months_later
from tests.beneficiaries.test_register_states import TABLES, Register, picks, rows_of
from tests.ministry.factories import UserFactory
from tests.programs.compliance_factories import closed, opened, program_with_conditions, report
from tests.programs.payment_factories import run_of

FROZEN = ("programs_compliancereport", "programs_compliancerecord", "programs_compliancestep")


class RegisterWithProgram(Register):
    """The same register with one programme that asks something of everybody."""

    tables = (*TABLES, "programs_enrolment", "programs_overpayment", *FROZEN)

    def __init__(self) -> None:
        super().__init__()
        self.program = program_with_conditions()
        self.program.versions.get().conditions.get()
        self.month = dt.date(2025, 4, 1)
        self.frozen = {table: rows_of(table) for table in FROZEN}

    @rule(home=picks)
    def enrol(self, home: int) -> None:
        one = self.home(home)
        if not one.enrolments.exclude(status=Enrolment.Status.EXITED).exists():
            Enrolment.objects.create(
                program=self.program,
                household=one,
                run=run_of(self.program),
                enrolled_on=dt.date(2025, 1, 1),
                confirmed_by=self.first,
            )

    @rule(home=picks)
    def overpay(self, home: int) -> None:
        Overpayment.objects.create(
            program=self.program,
            household=self.home(home),
            amount=Decimal(100),
            currency="EGP",
            recovered_from=timezone.localdate().replace(day=1),
            reason="صرف مرتين",
            proposed_by=UserFactory(),
        )

    @precondition(lambda self: self.month < dt.date(2026, 1, 1))
    @rule(home=picks, member=picks)
    def miss(self, home: int, member: int) -> None:
        """Let a month pass in which one member missed what was asked."""
        members = self.members(self.home(home))
        person = members[member % len(members)].individual
        type(person).objects.filter(pk=person.pk).update(birth_date=dt.date(2014, 1, 1))
        period = opened(self.program, self.month.month)
        report(period, person, "60")
        closed(period)
        self.month = months_later(self.month, 1)
        self.frozen = {table: rows_of(table) for table in FROZEN}

    @invariant()
    def what_was_found_stays_as_it_was_found(self) -> None:
        assert {table: rows_of(table) for table in FROZEN} == self.frozen

    @invariant()
    def everything_found_is_found_again_under_the_card_that_stands(self) -> None:
        keys = set(ComplianceRecord.objects.values_list("individual", flat=True))
        for key, person in people_behind(keys).items():
            assert person.merged_into_id is None
            assert key in all_cards(person.pk)

    @invariant()
    def debts_and_enrolments_are_of_households_that_stand_or_were_left_by_themselves(self) -> None:
        left = Merge.objects.standing().values("closed_household")
        running = Enrolment.objects.exclude(status=Enrolment.Status.EXITED)
        for rows in (running, Overpayment.objects.all()):
            stuck = rows.filter(household__in=left, household__status="inactive")
            assert not stuck.filter(household__memberships__left_on=None, household__memberships__isnull=False).exists()

    @invariant()
    def steps_follow_findings(self) -> None:
        for step in ComplianceStep.objects.select_related("enrolment"):
            cards = all_cards(step.individual_id)
            assert ComplianceRecord.objects.filter(
                enrolment=step.enrolment_id, period=step.period_id, individual__in=cards
            ).exists()


@pytest.mark.django_db
def test_the_register_with_a_programme_stays_sound_whatever_is_done():
    run_state_machine_as_test(
        RegisterWithProgram,
        settings=settings(
            max_examples=6,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )

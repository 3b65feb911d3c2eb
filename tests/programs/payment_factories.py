"""Households, programmes and payment cycles for tests. A cycle in a later state has gone through the verbs."""

import datetime as dt
import itertools
from collections.abc import Sequence
from decimal import Decimal

from django.utils import timezone

from beneficiaries.models import Disability, DuplicatePair, Household, Individual, Membership
from ministry import countries, jobs
from ministry.models import Area, Job, User
from programs.models import (
    Allotment,
    BenefitComponent,
    BudgetLine,
    ControlReport,
    EligibilityRun,
    Enrolment,
    FundingSource,
    PaymentAgent,
    PaymentCycle,
    PaymentFile,
    Program,
    ProgramVersion,
)
from programs.services import control
from programs.services.funding import confirm_allotment, propose_allotment
from programs.services.payment_cycles import (
    approve_payment_cycle,
    create_payment_cycle,
    prepare_payment_cycle,
    release_payment_cycle,
    submit_payment_cycle,
)
from programs.services.payment_files import make_payment_file
from tests.ministry.factories import AreaFactory, UserFactory

_numbers = itertools.count(1)

# Takaful: base, three school ages, two children at most.
TAKAFUL = (Decimal("325"), 2, ((6, 11, None, "60"), (12, 14, None, "80"), (15, 17, None, "100")))
# Karama: nothing but components, three people at most.
KARAMA = (Decimal("0"), 3, ((65, None, None, "350"), (None, None, 4, "350")))

Ages = Sequence[tuple[int | None, int | None, int | None, str]]


def program_in_force(
    terms: tuple[Decimal, int, Ages] = TAKAFUL, *, starts_on: dt.date = dt.date(2024, 1, 1), code: str = ""
) -> Program:
    """Return a programme with one version in force; components are (age from, age to, severity from, amount)."""
    base, members_max, components = terms
    number = next(_numbers)
    program = Program.objects.create(code=code or f"program-{number}", name_ar=f"برنامج {number}")
    version = ProgramVersion.objects.create(
        program=program,
        number=1,
        starts_on=starts_on,
        base_amount=base,
        component_members_max=members_max,
        prepared_by=UserFactory(),
    )
    for age_from, age_to, severity_from, amount in components:
        BenefitComponent.objects.create(
            version=version,
            name_ar=f"من {age_from} إلى {age_to}",
            name_en=f"Aged {age_from} to {age_to}",
            age_from=age_from,
            age_to=age_to,
            severity_from=severity_from,
            amount=Decimal(amount),
        )
    version.submitted_by = version.prepared_by
    version.approved_by = UserFactory()
    version.approved_at = timezone.now()
    version.status = ProgramVersion.Status.IN_FORCE
    version.save()
    return program


def household(
    *births: dt.date | None,
    area: Area | None = None,
    head: dt.date | None = dt.date(1985, 3, 4),
    severities: dict[int, int] | None = None,
    has_head: bool = True,
) -> Household:
    """Return a household of a head and members born on `births`; `severities` by position, the head being 0."""
    number = next(_numbers)
    joined_on = dt.date(2024, 1, 1)
    home = Household.objects.create(
        household_ref=f"HH-{number}",
        area=area or AreaFactory(),
        registered_on=joined_on,
        status=Household.Status.VERIFIED,
        phone=f"+20100{number:07}",
    )
    for position, birth_date in enumerate((head, *births)):
        person = Individual.objects.create(
            person_ref=f"P-{number}-{position}", full_name=f"محمد أحمد {number}", sex="M", birth_date=birth_date
        )
        Membership.objects.create(
            household=home,
            individual=person,
            relationship="head" if position == 0 and has_head else "child",
            joined_on=joined_on,
        )
        if severities and position in severities:
            Disability.objects.create(individual=person, domain="vision", severity=severities[position])
    return home


def run_of(program: Program) -> EligibilityRun:
    """Return a complete check of the programme."""
    return EligibilityRun.objects.filter(version__program=program).first() or EligibilityRun.objects.create(
        version=program.versions.get(),
        on_date=dt.date(2025, 1, 1),
        status=EligibilityRun.Status.COMPLETE,
        completed_at=timezone.now(),
    )


def enrol(
    program: Program, *homes: Household, on: dt.date = dt.date(2025, 1, 1), by: User | None = None
) -> list[Enrolment]:
    """Admit households to a programme."""
    run, person = run_of(program), by or UserFactory()
    return [
        Enrolment.objects.create(program=program, household=home, run=run, enrolled_on=on, confirmed_by=person)
        for home in homes
    ]


def agent() -> PaymentAgent:
    """Return the post office."""
    return PaymentAgent.objects.get_or_create(
        code="post",
        defaults={
            "name_ar": "البريد",
            "name_en": "Post",
            "kind": "post",
            "country": "EG",
            # The account is the IBAN registry's own example.
            "account": "EG380019000500000000263180002",
            "bic": "NBEGEGCX",
        },
    )[0]


PREPARE = ["programs.view_paymentcycle", "programs.add_paymentcycle", "programs.view_payment"]
APPROVE = ["programs.view_paymentcycle", "programs.approve_paymentcycle", "programs.view_payment"]
RELEASE = [
    "programs.view_paymentcycle",
    "programs.release_paymentcycle",
    "programs.reconcile_paymentcycle",
    "programs.view_payment",
]


def preparer() -> User:
    return UserFactory(permissions=PREPARE)


def approver() -> User:
    return UserFactory(permissions=APPROVE)


def releaser() -> User:
    return UserFactory(permissions=RELEASE)


def source() -> FundingSource:
    """Return the state's budget."""
    return FundingSource.objects.get_or_create(
        code="state", defaults={"name_ar": "الموازنة", "name_en": "Budget", "kind": "state"}
    )[0]


def budget_line(program: Program, *, year: int = 2026, currency: str = "") -> BudgetLine:
    """Return the programme's line of a year, with nothing on it; in the country's currency if none is named."""
    currency = currency or countries.current().currency
    return BudgetLine.objects.get_or_create(
        source=source(), program=program, year=year, currency=currency, defaults={"opened_by": UserFactory()}
    )[0]


def allot(line: BudgetLine, amount: str | Decimal) -> Allotment:
    """Put money on a line, by two people."""
    proposer, confirmer = allotter(), confirmer_of_allotments()
    allotment = propose_allotment(line=line, amount=Decimal(amount), reason="decree 1", actor=proposer)
    return confirm_allotment(allotment=allotment, actor=confirmer)


def allotter() -> User:
    return UserFactory(permissions=["programs.view_budgetline", "programs.add_allotment", "programs.add_budgetline"])


def confirmer_of_allotments() -> User:
    return UserFactory(permissions=["programs.view_budgetline", "programs.confirm_allotment"])


def funded(program: Program, period: dt.date) -> BudgetLine:
    """Return the line a month is paid from, with more on it than any test pays."""
    line = budget_line(program, year=period.year)
    if not line.entries.exists():
        allot(line, "100000000")
    return line


def cycle_of(program: Program, *, period: dt.date = dt.date(2026, 11, 1), actor: User | None = None) -> PaymentCycle:
    """Return a draft of the programme's month, paid from a line that has enough."""
    funded(program, period)
    return create_payment_cycle(program=program, period=period, agent=agent(), actor=actor or preparer())


def prepared(cycle: PaymentCycle, actor: User | None = None) -> PaymentCycle:
    """Work the lines out as the worker does."""
    jobs.run_now(prepare_payment_cycle(cycle=cycle, actor=actor or cycle.created_by, tell_worker=False))
    cycle.refresh_from_db()
    return cycle


def in_review(cycle: PaymentCycle) -> PaymentCycle:
    """Hand a cycle over, and make its control report as the worker does."""
    prepared(cycle)
    cycle = submit_payment_cycle(cycle=cycle, actor=cycle.prepared_by, tell_worker=False)
    control_made(cycle)
    return cycle


def control_made(cycle: PaymentCycle) -> ControlReport:
    """Run what waits to be counted of a cycle, and return its latest report."""
    waiting = Job.objects.filter(kind=control.JOB_KIND, scope=control.scope_of(cycle), status=Job.Status.QUEUED)
    for job in waiting:
        jobs.run_now(job)
    report = control.latest_report(cycle)
    assert report is not None
    return report


def having_read(cycle: PaymentCycle, actor: User) -> User:
    """Return somebody who has read the cycle's control report."""
    control.read_control_report(report=control_made(cycle), actor=actor)
    return actor


def approved(cycle: PaymentCycle) -> PaymentCycle:
    cycle = in_review(cycle)
    return approve_payment_cycle(cycle=cycle, actor=having_read(cycle, approver()))


def released(cycle: PaymentCycle, actor: User | None = None) -> PaymentCycle:
    return release_payment_cycle(cycle=approved(cycle), actor=actor or releaser())


def sent(cycle: PaymentCycle) -> PaymentCycle:
    """Release a cycle and make its first list."""
    cycle = released(cycle)
    make_file(cycle)
    return cycle


def make_file(cycle: PaymentCycle, file_format: str = "csv", batch: int | None = None) -> PaymentFile:
    jobs.run_now(
        make_payment_file(cycle=cycle, file_format=file_format, actor=cycle.released_by, batch=batch, tell_worker=False)
    )
    return PaymentFile.objects.filter(cycle=cycle, format=file_format).latest("batch")


def duplicate_pair(first: Household, second: Household, **fields: object) -> DuplicatePair:
    """Return a strong open pair of the heads of two households (or of two members of one)."""
    a = first.memberships.order_by("id").first().individual
    b = second.memberships.order_by("id").last().individual
    low, high = sorted((a, b), key=lambda person: person.pk)
    return DuplicatePair.objects.create(
        individual_a=low, individual_b=high, probability=0.99, **({"band": "strong"} | fields)
    )


def decide(pair: DuplicatePair, status: str) -> None:
    pair.status, pair.decided_by, pair.decided_at = status, UserFactory(), timezone.now()
    pair.save()

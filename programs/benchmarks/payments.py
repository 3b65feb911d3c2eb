"""What it costs to work out and write a cycle's lines, with the proof of each."""

import datetime as dt
import hashlib
import json
import subprocess
import sys
from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.utils import timezone
from psycopg2.sql import SQL, Composable, Literal

from ministry import jobs
from ministry.benchmarks import Bench, Measurement, benchmark, preparation
from ministry.certain import certain
from ministry.models import Area, Role, StaffAssignment, User
from programs.models import (
    BenefitComponent,
    EligibilityRun,
    Entitlement,
    Payment,
    PaymentAgent,
    PaymentCycle,
    Program,
    ProgramVersion,
)
from programs.payments.arithmetic import CycleTerms, lines
from programs.payments.pain001 import write_pain001
from programs.payments.preparation import END, reference_prefix, terms_of
from programs.services.payment_cycles import create_payment_cycle, prepare_payment_cycle

PERIOD = dt.date(2026, 11, 1)
CODE = "bench-payments"
# Two households in five are enrolled: 400,000 lines at a million households, as in the measured floors.
_ENROL = """
    INSERT INTO programs_enrolment (
        program_id, household_id, status, run_id, enrolled_on, confirmed_by_id, status_reason
    )
    SELECT %s, id, 'enrolled', %s, date '2026-01-01', %s, '' FROM beneficiaries_household WHERE id %% 5 < 2
    ORDER BY id
"""


@preparation("payment cycle", needs=["register"])
def payment_cycle(bench: Bench) -> None:
    """Enrol two households in five in a programme with school-age amounts, and open a cycle."""
    officer, approver = (User.objects.create(username=f"{CODE}-{name}") for name in ("officer", "approver"))
    role = Role.objects.get(code="finance_officer")
    StaffAssignment.objects.create(user=officer, role=role, area=Area.objects.get(parent=None))
    program = Program.objects.create(code=CODE, name_ar="قياس", name_en="Bench")
    version = ProgramVersion.objects.create(
        program=program,
        number=1,
        starts_on=dt.date(2020, 1, 1),
        base_amount=Decimal("325"),
        component_members_max=2,
        prepared_by=officer,
        submitted_by=officer,
    )
    for age_from, age_to, amount in ((6, 11, 60), (12, 14, 80), (15, 17, 100)):
        BenefitComponent.objects.create(
            version=version, name_ar=f"{age_from}-{age_to}", age_from=age_from, age_to=age_to, amount=amount
        )
    version.status, version.approved_by, version.approved_at = version.Status.IN_FORCE, approver, timezone.now()
    version.save()
    run = EligibilityRun.objects.create(
        version=version, on_date=PERIOD, status=EligibilityRun.Status.COMPLETE, completed_at=timezone.now()
    )
    bench.sql(_ENROL, [program.pk, run.pk, officer.pk])
    create_payment_cycle(program=program, period=PERIOD, agent=certain(PaymentAgent.objects.first()), actor=officer)
    bench.settle()


# The lines as the cycle writes them, into tables with the same columns and indexes, without proof, holds and guards.
_FLOOR = """
    WITH entitlement AS (
        INSERT INTO bench_entitlement (
            cycle_id, program_id, household_id, period, enrolment_id, area_id, payee_id, base_amount,
            components_amount, members_qualifying, members_counted, amount
        )
        SELECT {cycle}, {program}, household_id, {period}, enrolment_id, area_id, payee_id, {base},
               components_amount, members_qualifying, members_counted, amount
        FROM ({lines}) line
        RETURNING id, household_id, payee_id, amount
    )
    INSERT INTO bench_payment (
        entitlement_id, cycle_id, attempt, amount, currency, payee_id, payment_ref, status, hold_reason, status_at,
        agent_ref, settled_reason
    )
    SELECT id, {cycle}, 1, amount, {currency}, payee_id, {prefix} || household_id, 'ready', '', now(), '', ''
    FROM entitlement
"""


def _floor(terms: CycleTerms) -> Composable:
    return SQL(_FLOOR).format(
        lines=lines(terms, 0, END, with_snapshot=False),
        cycle=Literal(terms.cycle_id),
        program=Literal(terms.program_id),
        period=Literal(terms.period),
        base=Literal(terms.base),
        currency=Literal(terms.currency),
        prefix=Literal(reference_prefix(terms.program_id, terms.period)),
    )


@benchmark(
    "payments",
    floor="the same lines computed and written without proof, holds and guards, same indexes",
    goal=2.5,
    needs=["payment cycle"],
)
def payments(bench: Bench) -> Measurement:
    """Prepare a cycle by its job; the note tells what a repetition adds and takes."""
    cycle = PaymentCycle.objects.select_related("program", "version").get(program__code=CODE)
    officer = cycle.created_by
    for name in ("entitlement", "payment"):
        bench.sql(
            f"CREATE TABLE bench_{name} (LIKE programs_{name} INCLUDING IDENTITY INCLUDING DEFAULTS INCLUDING INDEXES)"
        )
    bench.sql("ALTER TABLE bench_entitlement ALTER snapshot DROP NOT NULL, ALTER sha256 DROP NOT NULL")
    with bench.connection.cursor() as cursor:
        floor = _floor(terms_of(cycle)).as_string(cursor.connection)

    def empty() -> None:
        with pgtrigger.ignore():
            bench.sql("TRUNCATE programs_payment, programs_entitlement CASCADE")
            PaymentCycle.objects.filter(pk=cycle.pk).update(status=PaymentCycle.Status.DRAFT)

    def prepare() -> None:
        jobs.run_now(prepare_payment_cycle(cycle=cycle, actor=officer, tell_worker=False))

    measured = bench.compare(
        work=prepare,
        before=empty,
        floor=lambda: bench.sql(floor),
        before_floor=lambda: bench.sql("TRUNCATE bench_payment, bench_entitlement"),
    )
    measured.rows = Entitlement.objects.count()
    again = bench.timed(prepare)
    added = Entitlement.objects.count() - measured.rows
    _agree(bench)
    measured.note = f"a repetition adds {added} rows in {again:.2f} s"
    for name in ("entitlement", "payment"):
        bench.sql(f"DROP TABLE bench_{name}")
    return measured


@benchmark(
    "payfile",
    floor="COPY of the same lines to CSV with SHA-256",
    goal=8,
    needs=["payment list"],
)
def payfile(bench: Bench) -> Measurement:
    """Write a list in the banks' format with its SHA-256."""
    cycle = PaymentCycle.objects.select_related("agent", "program").get(program__code=CODE)
    written = []
    measured = bench.compare(
        work=lambda: written.append(write_pain001(Hashed(), cycle, 1, 2)),
        floor=lambda: _copy_csv(bench, cycle),
    )
    measured.rows = written[-1][0]
    alone = _alone(bench, cycle)
    measured.memory_mb = alone["peak_mb"]
    measured.note = f"a process of its own, which held {alone['before_mb']:.0f} MB before the first byte"
    return measured


def _alone(bench: Bench, cycle: PaymentCycle) -> dict[str, float]:
    """Return what a process holds that only writes this list: this one still holds what ran before."""
    done = subprocess.run(  # noqa: S603 - our own module
        [
            sys.executable,
            "-m",
            "programs.benchmarks.payfile_alone",
            bench.connection.settings_dict["NAME"],
            str(cycle.pk),
        ],
        check=True,
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
    )
    return json.loads(done.stdout)


@preparation("payment list", needs=["payment cycle"])
def payment_list(bench: Bench) -> None:
    """Have the lines of the cycle on a list, paid from the account an IBAN registry gives as an example."""
    cycle = PaymentCycle.objects.get(program__code=CODE)
    if not cycle.payments.exists():
        jobs.run_now(prepare_payment_cycle(cycle=cycle, actor=cycle.created_by, tell_worker=False))
    with pgtrigger.ignore():
        Payment.objects.filter(cycle=cycle).update(batch=1, status=Payment.Status.SENT)
    PaymentAgent.objects.filter(pk=cycle.agent_id).update(account="EG380019000500000000263180002", bic="NBEGEGCX")
    bench.settle()


class Hashed:
    """A file of which only the hash is kept."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()

    def write(self, block: bytes) -> int:
        self.sha256.update(block)
        return len(block)


def _copy_csv(bench: Bench, cycle: PaymentCycle) -> None:
    with bench.connection.cursor() as cursor:
        lines = cursor.mogrify(_LIST, [cycle.pk]).decode()
        cursor.copy_expert(f"COPY ({lines}) TO STDOUT (FORMAT csv)", Hashed())


# What the file says of each payment, joined once and for all.
_LIST = """
    SELECT payment.payment_ref, payment.currency, payment.amount, payee.full_name, area.name_ar, payee.phone_key
    FROM programs_payment payment
    JOIN programs_entitlement entitlement ON entitlement.id = payment.entitlement_id
    JOIN beneficiaries_individual payee ON payee.id = payment.payee_id
    JOIN ministry_area area ON area.id = entitlement.area_id
    WHERE payment.cycle_id = %s AND payment.batch = 1
    ORDER BY payment.id
"""


def _agree(bench: Bench) -> None:
    """Refuse to report figures of two statements that do not pay the same."""
    ((ours, floors),) = bench.sql(
        "SELECT (SELECT sum(amount) FROM programs_payment), (SELECT sum(amount) FROM bench_payment)"
    )
    if ours != floors:
        raise RuntimeError(f"the cycle pays {ours}, the floor {floors}")

"""The programmes' part of the demo ministry: checks, admissions, a month paid to the end, and a month in review.

Everything goes through the services, with the people who would do it: no step is written past a rule.
"""

import csv
import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from io import StringIO

from django.core.files.base import ContentFile

from beneficiaries.services.duplicate_money import refresh_money_at_stake
from ministry import jobs
from ministry.actor import acting
from ministry.demo import Demo, register_step
from ministry.models import Job, User
from programs.models import Enrolment, Overpayment, Payment, PaymentAgent, PaymentCycle, PaymentFile, Program
from programs.payments.preparation import minor_units
from programs.queries.eligibility import latest_run
from programs.services import control, enrolments, overpayments, payment_cycles, payment_files, payments, reconciliation
from programs.services.eligibility import start_eligibility_check

# Of the payments on the list, every so many-th comes back unclaimed, or fails at the counter.
_RETURNED_EVERY = 41
_FAILED_EVERY = 97
# Days after the first of the month on which people can collect.
_PAYS_FROM, _PAYS_TO = 4, 19
# The programme that has a second month under way.
_OPEN_PROGRAM = "takaful"

_Status = PaymentCycle.Status


def _programs(demo: Demo) -> list[Program]:
    """Return the programmes in force; those whose places are limited have a step of their own."""
    return list(
        Program.objects.filter(is_active=True, versions__status="in_force", versions__starts_on__lte=demo.on)
        .filter(place_plans__isnull=True)
        .distinct()
    )


def _check_eligibility(demo: Demo) -> str:
    said = []
    for program in _programs(demo):
        if latest_run(program):
            continue
        actor = demo.person("program_officer")
        with acting(actor):
            jobs.run_now(start_eligibility_check(program=program, actor=actor, on_date=demo.on))
        run = latest_run(program)
        if run is not None:
            said.append(f"{program.code} {run.eligible} eligible, {run.needs_information} need information")
    return "; ".join(said)


def _is_checked(demo: Demo) -> bool:
    return all(latest_run(program) for program in _programs(demo))


def _confirm(demo: Demo) -> str:
    said = []
    for program in _programs(demo):
        run = latest_run(program)
        if run is None or Enrolment.objects.filter(program=program).exists():
            continue
        actor = demo.person("program_officer")
        with acting(actor):
            confirmed = enrolments.confirm_enrolments(run=run, actor=actor)
        said.append(f"{program.code} {confirmed.enrolled}")
    return "enrolled " + ", ".join(said)


def _is_confirmed(demo: Demo) -> bool:
    return all(Enrolment.objects.filter(program=program).exists() for program in _with_eligible(demo))


def _with_eligible(demo: Demo) -> list[Program]:
    """Return the programmes that found somebody: in a very small register one may find nobody."""
    runs = ((program, latest_run(program)) for program in _programs(demo))
    return [program for program, run in runs if run is not None and run.eligible]


def _pay_a_month(demo: Demo) -> str:
    """Take one cycle per programme from the draft to the end, going on where an interrupted run stood."""
    said = []
    for program in _with_eligible(demo):
        cycle = _first_cycle(program) or _open_cycle(demo, program, demo.on.replace(day=1))
        for verb in (_prepare, _submit, _approve, _release, _list, _report, _decide, _close):
            verb(demo, cycle)
            cycle.refresh_from_db()
        said.append(_counted(cycle))
    return "; ".join(said)


def _is_paid(demo: Demo) -> bool:
    return all(
        cycle is not None and cycle.status == _Status.CLOSED
        for cycle in (_first_cycle(program) for program in _with_eligible(demo))
    )


def _find_overpayments(demo: Demo) -> str:
    """Find three households that were paid too much: one waits for a second person, two are taken back from now on."""
    first = _first_cycle(Program.objects.get(code=_OPEN_PROGRAM))
    if first is None:
        return "none"
    lines = list(first.entitlements.filter(amount__gt=0, payee__isnull=False).order_by("pk")[:3])
    following = (first.period.replace(day=28) + dt.timedelta(days=7)).replace(day=1)
    for number, line in enumerate(lines):
        found = overpayments.propose_overpayment(
            line=line,
            amount=Decimal(120 + 55 * number),
            recovered_from=following,
            reason="صُرف عن فرد غادر الأسرة قبل بداية الشهر",
            actor=demo.person("finance_officer"),
        )
        if number:
            overpayments.decide_overpayment(overpayment=found, verb="confirm", actor=demo.person("finance_manager"))
    return f"{len(lines)} found"


def _overpayments_are_found(demo: Demo) -> bool:
    found = any(program.code == _OPEN_PROGRAM for program in _with_eligible(demo))
    return not found or Overpayment.objects.filter(program__code=_OPEN_PROGRAM).exists()


def _put_a_month_into_review(demo: Demo) -> str:
    program = Program.objects.get(code=_OPEN_PROGRAM)
    first = _first_cycle(program)
    following = ((first.period if first else demo.on).replace(day=28) + dt.timedelta(days=7)).replace(day=1)
    cycle = PaymentCycle.objects.filter(program=program, period=following).first()
    cycle = cycle or _open_cycle(demo, program, following)
    for verb in (_prepare, _submit):
        verb(demo, cycle)
        cycle.refresh_from_db()
    # What is due by now says which possible duplicates are worth most.
    refresh_money_at_stake(demo.on)
    return f"{_counted(cycle)} wait for approval"


def _is_in_review(demo: Demo) -> bool:
    cycles = PaymentCycle.objects.filter(program__code=_OPEN_PROGRAM)
    # Whatever visitors have made of it since: a month that was once submitted is not put into review again.
    return cycles.filter(submitted_by__isnull=False).count() > 1 or not any(
        program.code == _OPEN_PROGRAM for program in _with_eligible(demo)
    )


def _counted(cycle: PaymentCycle) -> str:
    total = f"{cycle.total:,.{minor_units(cycle.currency)}f}"
    return f"{cycle.program.code} {cycle.lines} payments, {total} {cycle.currency}"


def _first_cycle(program: Program) -> PaymentCycle | None:
    return PaymentCycle.objects.filter(program=program).exclude(status=_Status.CANCELLED).order_by("period").first()


def _open_cycle(demo: Demo, program: Program, period: dt.date) -> PaymentCycle:
    return payment_cycles.create_payment_cycle(
        program=program,
        period=period,
        agent=PaymentAgent.objects.filter(is_active=True).order_by("pk")[0],
        actor=demo.person("finance_officer"),
        pays_from=period + dt.timedelta(days=_PAYS_FROM),
        pays_to=period + dt.timedelta(days=_PAYS_TO),
    )


def _prepare(demo: Demo, cycle: PaymentCycle) -> None:
    if cycle.status == _Status.DRAFT:
        actor = demo.person("finance_officer")
        jobs.run_now(payment_cycles.prepare_payment_cycle(cycle=cycle, actor=actor, tell_worker=False))


def _submit(demo: Demo, cycle: PaymentCycle) -> None:
    if cycle.status == _Status.PREPARED:
        payment_cycles.submit_payment_cycle(cycle=cycle, actor=demo.person("finance_officer"), tell_worker=False)
    if cycle.status in {_Status.PREPARED, _Status.IN_REVIEW}:
        waiting = Job.objects.filter(kind=control.JOB_KIND, scope=control.scope_of(cycle), status=Job.Status.QUEUED)
        for job in waiting:
            jobs.run_now(job)


def _approve(demo: Demo, cycle: PaymentCycle) -> None:
    if cycle.status == _Status.IN_REVIEW:
        actor = demo.person("finance_manager")
        report = control.latest_report(cycle) or control.make_control_report(cycle_id=cycle.pk, actor=actor)
        if report is not None:
            control.read_control_report(report=report, actor=actor, note="قورن بالشهر السابق، ولا ملاحظات")
        payment_cycles.approve_payment_cycle(cycle=cycle, actor=actor)


def _release(demo: Demo, cycle: PaymentCycle) -> None:
    if cycle.status == _Status.APPROVED:
        payment_cycles.release_payment_cycle(cycle=cycle, actor=demo.person("treasurer"))


def _list(demo: Demo, cycle: PaymentCycle) -> None:
    actor = demo.person("treasurer")
    if cycle.status == _Status.RELEASED:
        for file_format in (PaymentFile.Format.CSV, PaymentFile.Format.XLSX):
            if not PaymentFile.objects.filter(cycle=cycle, format=file_format).exists():
                job = payment_files.make_payment_file(
                    cycle=cycle, file_format=file_format, actor=actor, tell_worker=False
                )
                jobs.run_now(job)


def _report(demo: Demo, cycle: PaymentCycle) -> None:
    """Hand in what the post reports: nearly everything paid, some unclaimed, a few that failed."""
    sent = Payment.objects.filter(cycle=cycle, status=Payment.Status.SENT).order_by("pk")
    if cycle.status not in {_Status.RELEASED, _Status.RECONCILING} or not sent.exists():
        return
    name = f"report-{cycle.program.code}-{cycle.period:%Y-%m}.csv"
    content = ContentFile(_report_text(sent.iterator(), demo.on).encode(), name=name)
    actor = demo.person("finance_officer")
    file = reconciliation.receive_report(upload=content, actor=actor, tell_worker=False)
    if file.job is not None:
        jobs.run_now(file.job)


def _report_text(sent: Iterable[Payment], on: dt.date) -> str:
    out = StringIO()
    rows = csv.writer(out)
    rows.writerow(["payment_ref", "status", "amount", "paid_on", "agent_ref"])
    for number, payment in enumerate(sent, start=1):
        status = "returned" if number % _RETURNED_EVERY == 0 else "failed" if number % _FAILED_EVERY == 0 else "paid"
        paid_on = on.isoformat() if status == "paid" else ""
        rows.writerow([payment.payment_ref, status, payment.amount, paid_on, f"PO{payment.pk:08d}"])
    return out.getvalue()


def _decide(demo: Demo, cycle: PaymentCycle) -> None:
    """Decide what becomes of payments that did not arrive or were held, so that the month can be closed."""
    if cycle.status not in {_Status.RELEASED, _Status.RECONCILING}:
        return
    actor: User = demo.person("finance_officer")
    for payment in Payment.objects.filter(cycle=cycle).undecided().order_by("pk"):
        if payment.status == Payment.Status.HELD:
            payments.cancel_payment(payment=payment, actor=actor, reason="لم يُحسم التكرار المحتمل قبل إغلاق الشهر")
        elif payment.status in {Payment.Status.RETURNED, Payment.Status.FAILED}:
            payments.settle_payment(payment=payment, actor=actor, reason="لم يحضر صاحب الدفعة خلال مدة الصرف")


def _close(demo: Demo, cycle: PaymentCycle) -> None:
    if cycle.status in {_Status.RELEASED, _Status.RECONCILING}:
        payment_cycles.close_payment_cycle(cycle=cycle, actor=demo.person("finance_officer"))


register_step("eligibility", _check_eligibility, is_done=_is_checked, order=200)
register_step("enrolments", _confirm, is_done=_is_confirmed, order=210)
register_step("paid month", _pay_a_month, is_done=_is_paid, order=220)
register_step("overpayments", _find_overpayments, is_done=_overpayments_are_found, order=225)
register_step("month in review", _put_a_month_into_review, is_done=_is_in_review, order=230)

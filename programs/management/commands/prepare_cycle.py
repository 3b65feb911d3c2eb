"""Work out the payments of a programme for a month; opens the cycle where there is none."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from ministry import jobs
from ministry.exceptions import DomainError
from ministry.models import Job
from programs.models import PaymentAgent, PaymentCycle, Program
from programs.payments.operators import person
from programs.services.payment_cycles import create_payment_cycle, prepare_payment_cycle


class Command(BaseCommand):
    help = "Work out the payments of a programme for a month. Repeated, it adds only what is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("program", help="code of the programme, e.g. takaful")
        parser.add_argument("period", help="the month, YYYY-MM")
        parser.add_argument("--as", dest="username", default="", help="user name of the person who prepares")
        parser.add_argument("--agent", default="", help="code of the paying agent (default: the only one)")

    def handle(self, *, program: str, period: str, username: str, agent: str, **_options: Any) -> None:
        found = Program.objects.filter(code=program).first()
        if found is None:
            codes = ", ".join(Program.objects.values_list("code", flat=True))
            raise CommandError(
                _("There is no programme “{code}”. Known are: {codes}.").format(code=program, codes=codes or "—")
            )
        month = _month(period)
        actor = person(username, "programs.add_paymentcycle")
        cycle = (
            PaymentCycle.objects.filter(program=found, period=month)
            .exclude(status=PaymentCycle.Status.CANCELLED)
            .first()
        )
        try:
            if cycle is None:
                cycle = create_payment_cycle(program=found, period=month, agent=_agent(agent), actor=actor)
            job = jobs.run_now(
                prepare_payment_cycle(cycle=cycle, actor=actor, tell_worker=False), on_progress=self._report
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        cycle.refresh_from_db()
        added = job.result.get("households", 0)
        self.stdout.write(
            f"cycle {cycle.pk}: {added} households added, {cycle.households} in all, {cycle.lines} payments, "
            f"{cycle.total} {cycle.currency}"
        )

    def _report(self, job: Job) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{job.done}/{job.total}", ending="")


def _month(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(f"{text}-01" if len(text) == 7 else text).replace(day=1)
    except ValueError as error:
        raise CommandError(_("“{text}” is not a month. Write it as YYYY-MM.").format(text=text)) from error


def _agent(code: str) -> PaymentAgent:
    agents = PaymentAgent.objects.filter(is_active=True)
    found = agents.filter(code=code).first() if code else (agents.first() if agents.count() == 1 else None)
    if found is None:
        codes = ", ".join(agents.values_list("code", flat=True))
        raise CommandError(_("Name the paying agent with --agent. Known are: {codes}.").format(codes=codes or "—"))
    return found

"""The jobs of payments. Each step is one transaction and safe to repeat."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ministry.certain import certain
from ministry.jobs import Chunk, JobKind, register
from ministry.models import Job
from programs.models import PaymentCycle
from programs.payments import preparation
from programs.services import payment_cycles, payment_files, reconciliation


@register
class PreparePaymentCycle(JobKind):
    """Works out the lines of a cycle, one range of households after the other."""

    code = payment_cycles.JOB_KIND
    label = _("Working out payments")
    permission = "programs.view_paymentcycle"

    def plan(self, job: Job) -> Iterable[Chunk]:
        cycle = PaymentCycle.objects.get(pk=job.params["cycle"])
        for low, high, households in preparation.ranges(cycle, preparation.CHUNK):
            yield Chunk(payload={"low": low, "high": high}, weight=max(households, 1))

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int]:
        written = payment_cycles.write_lines(
            cycle_id=job.params["cycle"],
            low=payload["low"],
            high=payload["high"],
            afresh=job.params["afresh"],
            only_missing=job.params["only_missing"],
        )
        return {"households": written.households, "payments": written.payments}

    def finish(self, job: Job) -> None:
        payment_cycles.finish_preparation(
            cycle_id=job.params["cycle"], actor=certain(job.started_by), added=job.result.get("households", 0)
        )

    def result_url(self, job: Job) -> str:
        return reverse("programs:cycle_detail", args=[job.params["cycle"]])


@register
class MakePaymentFile(JobKind):
    """Closes a list and writes it as a file."""

    code = payment_files.JOB_KIND
    label = _("Making a payment file")
    permission = "programs.release_paymentcycle"
    can_cancel = False

    def plan(self, job: Job) -> Iterable[Chunk]:
        yield Chunk(payload={"step": "list"})
        yield Chunk(payload={"step": "file"})

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int]:
        cycle_id, batch = job.params["cycle"], job.params["batch"]
        if payload["step"] == "list":
            return {"payments": payment_files.close_list(cycle_id=cycle_id, batch=batch)}
        payment_files.write_file(
            cycle_id=cycle_id, batch=batch, file_format=job.params["format"], actor=certain(job.started_by)
        )
        return {}

    def result_url(self, job: Job) -> str:
        return reverse("programs:cycle_files", args=[job.params["cycle"]])


@register
class MatchReport(JobKind):
    """Reads an agent's report and matches it with our payments."""

    code = reconciliation.JOB_KIND
    label = _("Matching an agent's report")
    permission = "programs.reconcile_paymentcycle"
    can_cancel = False

    def plan(self, job: Job) -> Iterable[Chunk]:
        yield Chunk(payload={"step": "read"})

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int] | Iterable[Chunk]:
        file_id = job.params["file"]
        if payload["step"] == "read":
            last, size = reconciliation.read_rows(file_id=file_id), reconciliation.CHUNK
            return [
                Chunk(payload={"step": "match", "low": low, "high": low + size}, weight=min(last, size))
                for low in range(0, last + 1, size)
            ]
        return reconciliation.match_rows(
            file_id=file_id, low=payload["low"], high=payload["high"], actor=certain(job.started_by)
        )

    def finish(self, job: Job) -> None:
        reconciliation.finish(file_id=job.params["file"], actor=certain(job.started_by))

    def stopped(self, job: Job) -> None:
        reconciliation.refuse_report(file_id=job.params["file"], problem=job.error)

    def resumed(self, job: Job) -> None:
        reconciliation.take_up_again(file_id=job.params["file"])

    def result_url(self, job: Job) -> str:
        return reverse("programs:reconciliation_detail", args=[job.params["file"]])

"""Looking at register files and entering them, in the background."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beneficiaries.imports.checks import STEPS
from beneficiaries.models import ImportIssue
from beneficiaries.services import import_undo
from beneficiaries.services import imports as services
from ministry.jobs import Chunk, JobKind, register
from ministry.models import Job


class _ImportKind(JobKind):
    permission = "beneficiaries.view_importbatch"

    def result_url(self, job: Job) -> str:
        return reverse("beneficiaries:import_detail", args=[job.params["batch_id"]])


@register
class ImportCheck(_ImportKind):
    """Reads two files into staging and looks at every cell and row."""

    code = services.CHECK_JOB
    label = _("Check of register files")

    def plan(self, job: Job) -> Iterator[Chunk]:
        yield Chunk({"file": ImportIssue.File.HOUSEHOLDS}, weight=2, phase=str(_("Reading households")))
        yield Chunk({"file": ImportIssue.File.INDIVIDUALS}, weight=5, phase=str(_("Reading people")))
        for step, (phase, _checks) in STEPS.items():
            yield Chunk({"step": step}, weight=2, phase=str(phase))

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int] | None:
        batch_id = job.params["batch_id"]
        if "file" in payload:
            return services.stage_file(batch_id=batch_id, file=payload["file"])
        services.run_check_step(batch_id=batch_id, step=payload["step"])
        return None

    def finish(self, job: Job) -> None:
        services.conclude_checks(batch_id=job.params["batch_id"])


@register
class ImportCommit(_ImportKind):
    """Enters staged households with their people, some at a time."""

    code = services.COMMIT_JOB
    label = _("Entry of register files")
    # Half an import would be neither in nor out; a step takes a second or two, and the rest follows.
    can_cancel = False

    def plan(self, job: Job) -> Iterator[Chunk]:
        batch_id = job.params["batch_id"]
        yield Chunk({"step": "districts"}, phase=str(_("Preparing")))
        for first, last, households in services.row_ranges(batch_id=batch_id):
            yield Chunk({"first": first, "last": last}, weight=households, phase=str(_("Entering households")))
        yield Chunk({"step": "pairs"}, phase=str(_("Comparing national numbers")))

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int]:
        batch_id = job.params["batch_id"]
        if payload.get("step") == "districts":
            return services.make_districts(batch_id=batch_id)
        if payload.get("step") == "pairs":
            return services.flag_pairs(batch_id=batch_id)
        return services.enter_rows(batch_id=batch_id, first=payload["first"], last=payload["last"])

    def finish(self, job: Job) -> None:
        services.conclude_commit(batch_id=job.params["batch_id"], counts=job.result)


@register
class ImportUndo(_ImportKind):
    """Takes everything an import entered out again, in one step."""

    code = import_undo.UNDO_JOB
    label = _("Undoing of an import")
    can_cancel = False

    def plan(self, job: Job) -> Iterator[Chunk]:
        yield Chunk({}, phase=str(_("Taking the rows out")))

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int]:
        return import_undo.take_out_rows(batch_id=job.params["batch_id"])

    def finish(self, job: Job) -> None:
        import_undo.conclude_undo(batch_id=job.params["batch_id"], counts=job.result)

    def stopped(self, job: Job) -> None:
        import_undo.abandon_undo(batch_id=job.params["batch_id"])

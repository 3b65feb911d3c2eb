"""Reads over runs and their decisions."""

from programs.models import EligibilityRun, Program, ProgramVersion


def latest_run(program: Program, version: ProgramVersion | None = None) -> EligibilityRun | None:
    """Return the last complete run of a programme (of one version, where given) whose decisions are still there."""
    runs = EligibilityRun.objects.complete().filter(version__program=program, pruned_at__isnull=True)
    if version is not None:
        runs = runs.filter(version=version)
    return runs.select_related("version__program").order_by("-id").first()

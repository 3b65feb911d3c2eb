"""The verbs of control: have a cycle's report made, and read it, without which nobody approves."""

from django.db import transaction
from django.utils.translation import gettext as _

from ministry import audit, jobs
from ministry.certain import certain
from ministry.exceptions import RuleViolation
from ministry.models import Area, Job, User
from programs.control.figures import figures_of, former_month, held_digest, keep_findings
from programs.models import ControlFigure, ControlReading, ControlReport, PaymentCycle
from programs.workflows import PAYMENT_CYCLE

JOB_KIND = "control_report"


def start_control_report(*, cycle: PaymentCycle, actor: User, tell_worker: bool = True) -> Job:
    """Have the report of a cycle's present figures made.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        JobAlreadyActive: it is being made.
    """
    PAYMENT_CYCLE.check("control", status=cycle.status, actor=actor, area=Area.objects.root())
    return queue_control_report(cycle=cycle, actor=actor, tell_worker=tell_worker)


def queue_control_report(*, cycle: PaymentCycle, actor: User, tell_worker: bool = True) -> Job:
    """Queue the report for a verb that has asked already who the actor is.

    Raises:
        JobAlreadyActive: it is being made.
    """
    return jobs.start(
        kind=JOB_KIND,
        scope=scope_of(cycle),
        params={"cycle": cycle.pk},
        actor=actor,
        tell_worker=tell_worker,
    )


def scope_of(cycle: PaymentCycle) -> str:
    """Return what the jobs of a cycle's reports are told apart by."""
    return f"control_report:{cycle.pk}"


@transaction.atomic
def make_control_report(*, cycle_id: int, actor: User | None) -> ControlReport | None:
    """Count and keep the report of a cycle; called by the job. Figures that stand already are not kept twice.

    Holds, decisions and approval wait meanwhile: they lock the cycle too. None: the cycle was sent back or decided on
    since it was asked for.
    """
    cycle = PaymentCycle.objects.select_for_update(of=("self",)).get(pk=cycle_id)
    if cycle.status not in {PaymentCycle.Status.PREPARED, PaymentCycle.Status.IN_REVIEW}:
        return None
    former = former_month(cycle)
    found = figures_of(cycle, former)
    report = ControlReport.objects.create(
        cycle=cycle,
        former=former,
        prepared_at=certain(cycle.prepared_at),
        held_digest=found.held_digest,
        holds={reason: [lines, str(total)] for reason, (lines, total) in sorted(found.holds.items())},
        made_by=actor,
        **vars(found.all),
    )
    ControlFigure.objects.bulk_create(
        ControlFigure(report=report, governorate_id=governorate, **_without_drift(vars(counts)))
        for governorate, counts in found.by_governorate.items()
    )
    keep_findings(report)
    audit.record(
        actor=actor,
        action="payment_cycle.control_report_made",
        target=cycle,
        data={"report": report.pk, "payments": report.lines, "total": str(report.total)},
    )
    return report


def _without_drift(counts: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in counts.items() if name != "drifted_by"}


def latest_report(cycle: PaymentCycle) -> ControlReport | None:
    """Return the latest report of a cycle."""
    return ControlReport.objects.filter(cycle=cycle).select_related("former", "made_by").order_by("-id").first()


def is_present(report: ControlReport, cycle: PaymentCycle) -> bool:
    """Return whether a report speaks of the lines and holds as they are now."""
    return (report.prepared_at, report.lines, report.total) == (
        cycle.prepared_at,
        cycle.lines,
        cycle.total,
    ) and report.held_digest == held_digest(cycle)


@transaction.atomic
def read_control_report(*, report: ControlReport, actor: User, note: str = "") -> ControlReading:
    """Say that one has read a report. Said again, nothing changes.

    Raises:
        PermissionDenied, TransitionNotAllowed: as the workflow says.
        RuleViolation: the figures have changed since it was made.
    """
    cycle = PaymentCycle.objects.select_for_update(of=("self",)).get(pk=report.cycle_id)
    PAYMENT_CYCLE.check("read_control", status=cycle.status, actor=actor, area=Area.objects.root())
    latest = latest_report(cycle)
    if latest is None or latest.pk != report.pk or not is_present(latest, cycle):
        raise RuleViolation(
            _("The payments or their holds have changed since this report was made. Have it made anew and read that.")
        )
    reading, is_new = ControlReading.objects.get_or_create(report=report, reader=actor, defaults={"note": note.strip()})
    if is_new:
        audit.record(
            actor=actor,
            action="payment_cycle.control_report_read",
            target=cycle,
            note=note,
            data={"report": report.pk},
        )
    return reading


def has_read(cycle: PaymentCycle, actor: User) -> bool:
    """Return whether somebody has read the report of a cycle's present figures."""
    report = latest_report(cycle)
    return report is not None and report.readings.filter(reader=actor).exists() and is_present(report, cycle)


def refuse_unless_read(cycle: PaymentCycle, actor: User) -> None:
    """Refuse an approval by somebody who has not read the present figures; the trigger refuses it too.

    Raises:
        RuleViolation: there is no report, it speaks of other figures, or the actor has not read it.
    """
    report = latest_report(cycle)
    if report is None:
        raise RuleViolation(_("The control report is not made yet. Wait a moment, or have it made; then read it."))
    if not is_present(report, cycle):
        raise RuleViolation(
            _("The payments or their holds have changed since this report was made. Have it made anew and read that.")
        )
    if not report.readings.filter(reader=actor).exists():
        raise RuleViolation(_("Read the control report first, and say that you have read it."))

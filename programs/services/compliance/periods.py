"""The verbs of periods: opened by one person, filled with reports, closed by another; findings and steps follow."""

import datetime as dt
from decimal import Decimal
from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import Individual
from beneficiaries.queries.cards import survivor_of
from ministry import audit, formats, jobs
from ministry.exceptions import RuleViolation
from ministry.models import Job, User
from programs.compliance.steps import write_findings
from programs.models import (
    CompliancePeriod,
    ComplianceReport,
    Condition,
    PaymentCycle,
    Program,
    ProgramVersion,
)
from programs.services.versions import country
from programs.signals import compliance_period_closed
from programs.workflows import COMPLIANCE_PERIOD

JOB_KIND = "compliance_period"
Status = CompliancePeriod.Status
# No condition is measured in more than this.
FIGURE_MAX = {Condition.Measure.ATTENDANCE: Decimal(100), Condition.Measure.CLINIC_VISITS: Decimal(100)}


def months_later(day: dt.date, months: int) -> dt.date:
    """Return the first of the month `months` after that of `day`."""
    count = day.year * 12 + day.month - 1 + months
    return dt.date(count // 12, count % 12 + 1, 1)


def _lock(period: CompliancePeriod) -> CompliancePeriod:
    return (
        CompliancePeriod.objects.select_for_update(of=("self",)).select_related("program", "version").get(pk=period.pk)
    )


@transaction.atomic
def open_compliance_period(*, program: Program, starts_on: dt.date, months: int, actor: User) -> CompliancePeriod:
    """Open a period for reports; any day of a month names it. The version in force on its first day is asked.

    Raises:
        PermissionDenied: the actor may not open periods for the whole country.
        RuleViolation: no version was in force on the first day, it has no condition of that length, or the programme
            has a period of that length which overlaps.
    """
    if not actor.has_perm("programs.add_complianceperiod", country()):
        raise PermissionDenied
    Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    starts_on = starts_on.replace(day=1)
    ends_on = months_later(starts_on, months) - dt.timedelta(days=1)
    version = ProgramVersion.objects.filter(program=program).in_force(starts_on).first()
    if version is None:
        raise RuleViolation(
            _("No version of «{program}» was in force on {day}. Choose a later month.").format(
                program=program, day=formats.day(starts_on)
            )
        )
    if not version.conditions.filter(months=months).exists():
        raise RuleViolation(
            _("Version {number} has no condition with a period of this length.").format(
                number=formats.number(version.number)
            )
        )
    others = CompliancePeriod.objects.filter(program=program, months=months)
    if others.filter(starts_on__lte=ends_on, ends_on__gte=starts_on).exists():
        raise RuleViolation(_("There is a period of this length already that covers some of these days."))
    if others.filter(starts_on__gt=starts_on).exists():
        raise RuleViolation(_("A later period has been opened already; periods follow each other."))
    period = CompliancePeriod.objects.create(
        program=program, version=version, months=months, starts_on=starts_on, ends_on=ends_on, opened_by=actor
    )
    audit.record(actor=actor, action="compliance_period.opened", target=period, data={"program": program.pk})
    return period


@transaction.atomic
def report_condition(
    *,
    period: CompliancePeriod,
    condition: Condition,
    individual: Individual,
    actor: User,
    value: Decimal | None,
    service_available: bool = True,
    source: str = "caseworker",
) -> ComplianceReport:
    """Enter what is known about one person and one condition; a later entry takes the place of an earlier one.

    Raises:
        PermissionDenied: the actor may not enter reports where the person lives.
        TransitionNotAllowed: the period is no longer open.
        RuleViolation: the condition is not one of this period, or the figure is impossible.
    """
    period = _lock(period)
    # A card that was merged has no home: it leads to the one that stands.
    individual = survivor_of(individual)
    home = individual.memberships.filter(left_on__isnull=True).select_related("household__area").first()
    COMPLIANCE_PERIOD.check(
        "report", status=period.status, actor=actor, area=home.household.area if home else country()
    )
    if condition.version_id != period.version_id or condition.months != period.months:
        raise RuleViolation(_("This condition is not asked in this period."))
    if value is not None and not 0 <= value <= FIGURE_MAX[Condition.Measure(condition.measure)]:
        raise RuleViolation(_("Give a figure from 0 to {most}.").format(most=formats.number(100)))
    report, _added = ComplianceReport.objects.update_or_create(
        period=period,
        condition=condition,
        individual=individual,
        defaults={
            "value": value,
            "service_available": service_available,
            "source": source,
            "reported_by": actor,
            "reported_at": timezone.now(),
        },
    )
    audit.record(actor=actor, action="compliance_report.entered", target=report, data={"period": period.pk})
    return report


@transaction.atomic
def close_compliance_period(*, period: CompliancePeriod, actor: User, tell_worker: bool = True) -> Job:
    """Close a period: a job writes what it found about every bound member, and the steps that follow.

    Enrolments that are paused or have ended are left alone. Two people at once yield one closing.

    Raises:
        PermissionDenied: the actor may not close periods for the whole country.
        TransitionNotAllowed: it is closed already, or being closed.
        RuleViolation: the actor opened it, it is not over yet, or an earlier one is still open.
    """
    # Decisions about single findings and closings of the programme wait for each other.
    Program.objects.select_for_update(no_key=True).get(pk=period.program_id)
    period = _lock(period)
    target = COMPLIANCE_PERIOD.check("close", status=period.status, actor=actor, area=country()).target
    if actor.pk == period.opened_by_id:
        raise RuleViolation(_("Whoever closes a period must differ from the person who opened it."))
    if period.ends_on >= timezone.localdate():
        raise RuleViolation(
            _("The period lasts until {day}. Close it afterwards.").format(day=formats.day(period.ends_on))
        )
    earlier = CompliancePeriod.objects.filter(
        program=period.program_id, months=period.months, starts_on__lt=period.starts_on
    )
    if earlier.exclude(status=Status.CLOSED).exists():
        raise RuleViolation(_("An earlier period is still open. Close that one first: misses are counted in order."))
    period.status, period.closed_by = target, actor
    period.job = jobs.start(
        kind=JOB_KIND,
        scope=f"compliance_period:{period.pk}",
        params={"period": period.pk},
        actor=actor,
        tell_worker=tell_worker,
    )
    period.save(update_fields=["status", "closed_by", "job"])
    audit.record(actor=actor, action="compliance_period.closing", target=period, data={"job": period.job_id})
    return period.job


def write_range(*, period_id: int, low: int, high: int) -> dict[str, int]:
    """Write findings and steps of a range of enrolments; called by the job, inside the transaction of its step.

    Raises:
        RuleViolation: the period is not being closed.
    """
    period = CompliancePeriod.objects.select_related("version").get(pk=period_id)
    if period.status != Status.CLOSING:
        raise RuleViolation(_("The period is not being closed."))
    records, steps = write_findings(period, low, high)
    return {"records": records, "steps": steps}


def finish_closing(*, period_id: int) -> CompliancePeriod:
    """Mark the period closed and let its steps apply from the next payment on; called when the job ends."""
    period = _lock(CompliancePeriod(pk=period_id))
    if period.status == Status.CLOSED:
        return period
    first = next_month(period.program)
    for months in set(period.steps.filter(months__gt=0).values_list("months", flat=True)):
        period.steps.filter(months=months).update(applies_from=first, applies_to=months_later(first, months - 1))
    period.status, period.closed_at = Status.CLOSED, timezone.now()
    period.save(update_fields=["status", "closed_at"])
    steps = period.steps.count()
    audit.record(
        actor=period.closed_by,
        action="compliance_period.closed",
        target=period,
        data={"records": period.records.count(), "steps": steps},
    )
    transaction.on_commit(partial(compliance_period_closed.send_robust, CompliancePeriod, period_id=period.pk))
    return period


def next_month(program: Program) -> dt.date:
    """Return the month whose payment comes next: this one or later, and after every month that has been begun.

    A cycle counts as begun once its lines were worked out, or are being worked out.
    """
    this = timezone.localdate().replace(day=1)
    begun = (
        PaymentCycle.objects.filter(program=program)
        .exclude(status=PaymentCycle.Status.CANCELLED)
        .filter(~Q(status=PaymentCycle.Status.DRAFT) | Q(job__isnull=False))
        .order_by("-period")
        .values_list("period", flat=True)
        .first()
    )
    return this if begun is None else max(this, months_later(begun, 1))

"""Reads about money: what a cycle holds, how a line came about, what waits for whom."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet, Sum
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beneficiaries.models import Household
from ministry import formats
from ministry.certain import certain
from ministry.models import User
from programs.models import (
    BenefitComponent,
    Entitlement,
    EntitlementLine,
    LadderRung,
    Payment,
    PaymentCycle,
    ReconciliationRow,
)
from programs.payments.benefit import benefit_of_snapshot
from programs.payments.preparation import components_of, minor_units

Status = PaymentCycle.Status


@dataclass(frozen=True)
class AreaTotal:
    """Payments of a cycle in one governorate."""

    name_ar: str
    name_en: str
    code: str
    payments: int
    held: int
    amount: Decimal

    @property
    def name(self) -> str:
        return self.name_en if self.name_en and not formats.is_arabic() else self.name_ar


def totals_by_governorate(cycle: PaymentCycle) -> list[AreaTotal]:
    """Return count, holds and sum of a cycle's first attempts by the governorate of the line, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(governorate.name_ar, ''), coalesce(governorate.name_en, ''),
                   coalesce(governorate.code, ''), sum(line.payments), sum(line.held), sum(line.amount)
            FROM (
                SELECT entitlement.area_id, count(*) AS payments, sum(payment.amount) AS amount,
                       count(*) FILTER (WHERE payment.status = 'held') AS held
                FROM programs_payment payment
                JOIN programs_entitlement entitlement ON entitlement.id = payment.entitlement_id
                WHERE payment.cycle_id = %s AND payment.attempt = 1
                GROUP BY entitlement.area_id
            ) line
            JOIN ministry_area area ON area.id = line.area_id
            LEFT JOIN ministry_area governorate
              ON governorate.level = 'governorate' AND area.path LIKE governorate.path || '%%'
            GROUP BY governorate.id
            ORDER BY sum(line.amount) DESC
            """,
            [cycle.pk],
        )
        return [AreaTotal(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class StatusTotal:
    """Payments of a cycle in one status."""

    status: str
    label: str
    payments: int
    amount: Decimal


def totals_by_status(cycle: PaymentCycle) -> list[StatusTotal]:
    """Return count and sum of a cycle's payments by status, in the order in which money moves."""
    found = {
        row["status"]: row
        for row in Payment.objects.filter(cycle=cycle)
        .values("status")
        .annotate(payments=Count("id"), total=Sum("amount"))
        .order_by()
    }
    return [
        StatusTotal(status.value, str(status.label), found[status]["payments"], found[status]["total"])
        for status in Payment.Status
        if status in found
    ]


@dataclass(frozen=True)
class Step:
    """A step of a cycle as the page shows it: what, by whom, when; done, waiting now, or still to come."""

    label: str
    by: User | None
    at: dt.datetime | None
    state: str = ""
    is_current: bool = False
    url: str = ""


_ORDER = (Status.DRAFT, Status.PREPARED, Status.IN_REVIEW, Status.APPROVED, Status.RELEASED, Status.RECONCILING)


def steps_of(cycle: PaymentCycle) -> list[Step]:
    """Return the cycle's way from draft to closed, with who did what and when."""
    rank = _ORDER.index(cycle.status) if cycle.status in _ORDER else len(_ORDER)
    if cycle.status == Status.CANCELLED:
        rank = -1
    rows = (
        (_("Worked out"), cycle.prepared_by, cycle.prepared_at, 1),
        (_("Handed over for review"), cycle.submitted_by, cycle.submitted_at, 2),
        (_("Approved"), cycle.approved_by, cycle.approved_at, 3),
        (_("Released"), cycle.released_by, cycle.released_at, 4),
        (_("Closed"), cycle.closed_by, cycle.closed_at, 6),
    )
    steps: list[Step] = []
    for label, by, at, needed in rows:
        done = rank >= needed
        current = not done and not any(step.is_current for step in steps) and rank >= 0
        steps.append(Step(label, by if done else None, at if done else None, "done" if done else "", current))
    return steps


def next_step(cycle: PaymentCycle) -> str:
    """Return what happens next and who may do it, in a sentence."""
    return {
        Status.DRAFT: _("Next: a finance officer works the payments out."),
        Status.PREPARED: _("Next: a finance officer looks the payments over and hands them over for review."),
        Status.IN_REVIEW: _("Next: a finance manager approves them. It must be somebody who did not prepare them."),
        Status.APPROVED: _("Next: the treasurer releases the money. It must be a third person."),
        Status.RELEASED: _("Next: the treasurer makes the file for the paying agent; then its report is awaited."),
        Status.RECONCILING: _("Next: the agent's reports come in; when every payment is settled, the cycle is closed."),
        Status.CLOSED: _("Every payment is settled. Nothing is left to do."),
        Status.CANCELLED: _("This cycle was given up before approval. Nothing was paid from it."),
    }[Status(cycle.status)]


@dataclass(frozen=True)
class Part:
    """One summand of an entitlement."""

    text: str
    amount: Decimal


@dataclass(frozen=True)
class Arithmetic:
    """How an entitlement came about, in words, and whether what was kept still proves it."""

    parts: list[Part]
    sentence: str
    notes: list[str]
    # The text still has the hash it was kept with, and the rule gives the same amount from it.
    is_intact: bool


def arithmetic_of(line: Entitlement) -> Arithmetic:
    """Return the arithmetic of a line from its own snapshot, worked out again."""
    snapshot: dict[str, Any] = json.loads(line.snapshot)
    cycle = line.cycle
    names = {component.pk: component.name for component in BenefitComponent.objects.filter(version=cycle.version)}
    again = benefit_of_snapshot(snapshot, components_of(cycle), minor_units(cycle.currency))
    parts = [Part(_("base amount"), line.base_amount)] if line.base_amount else []
    for row in snapshot["components"]:
        if row["counted"]:
            amount = Decimal(row["amount"])
            text = ngettext(
                "{amount} for {count} member: {component}",
                "{amount} for each of {count} members: {component}",
                row["counted"],
            )
            parts.append(
                Part(
                    format_html(
                        text,
                        amount=formats.money(amount, cycle.currency),
                        count=formats.number(row["counted"]),
                        component=names.get(row["id"], f"#{row['id']}"),
                    ),
                    amount * row["counted"],
                )
            )
    parts += [_adjusting_part(row, line) for row in _lines_of(line)]
    return Arithmetic(
        parts=parts,
        sentence=_sentence(parts, line),
        notes=_notes(line, snapshot),
        is_intact=hashlib.sha256(line.snapshot.encode()).hexdigest() == line.sha256
        and again.amount == Decimal(snapshot["amount"]) == full_amount(line),
    )


def full_amount(line: Entitlement) -> Decimal:
    """Return what a whole month is worth, before anything was taken off it or added to it."""
    return line.amount + line.pro_rata_amount + line.withheld_amount + line.recovered_amount - line.back_pay_amount


def _lines_of(line: Entitlement) -> QuerySet[EntitlementLine]:
    return line.lines.select_related("step__period", "repays__entitlement").order_by("-kind", "id")


def _adjusting_part(row: EntitlementLine, line: Entitlement) -> Part:
    """Return what a step withholds, or pays back, in words; the person is named by number, as in the snapshot."""
    if row.kind == EntitlementLine.Kind.PRO_RATA:
        snapshot = json.loads(line.snapshot)
        text = _("days not paid: {days} of {month} days of the month are due")
        return Part(
            text.format(days=formats.number(snapshot["days"]), month=formats.number(snapshot["of"])), -row.amount
        )
    if row.kind == EntitlementLine.Kind.RECOVERY:
        return Part(
            _("recovered: instalment of overpayment {number}").format(number=formats.digits(str(row.overpayment_id))),
            -row.amount,
        )
    if row.kind == EntitlementLine.Kind.BACK_PAY:
        text = _("paid back: withheld in {month}, the step has been lifted")
        return Part(text.format(month=formats.month(certain(row.repays).entitlement.period)), row.amount)
    step = certain(row.step)
    if step.kind == LadderRung.Kind.SUSPENSION:
        text = _("withheld: payment suspended, condition not met in the period from {day}")
    elif step.of_household:
        text = _("withheld: {share} % of the household's amount, condition not met in the period from {day}")
    else:
        text = _("withheld: {share} % of one member's amount, condition not met in the period from {day}")
    return Part(
        text.format(share=formats.number(step.share_percent), day=formats.day(step.period.starts_on)), -row.amount
    )


def _sentence(parts: list[Part], line: Entitlement) -> str:
    if not parts:
        return _("Nothing is due for this month.")
    units = minor_units(line.cycle.currency)
    # Each figure by itself, not the sum as a whole: in Arabic the summands are read from the right, as in the table.
    figures = format_html_join(
        "",
        "{}<bdi>{}</bdi>",
        (
            (" − " if part.amount < 0 else " + " if position else "", formats.number(abs(part.amount), units))
            for position, part in enumerate(parts)
        ),
    )
    return format_html(_("{sum} = {total}"), sum=figures, total=formats.money(line.amount, line.cycle.currency))


def _notes(line: Entitlement, snapshot: dict[str, Any]) -> list[str]:
    notes = []
    left_out = line.members_qualifying - line.members_counted
    if left_out:
        notes.append(
            ngettext(
                "{count} more member qualifies, but at most {most} are counted; the largest amounts come first.",
                "{count} more members qualify, but at most {most} are counted; the largest amounts come first.",
                left_out,
            ).format(count=formats.number(left_out), most=formats.number(snapshot["members_max"]))
        )
    unknown = sum(person["born"] is None for person in snapshot["people"])
    if unknown:
        notes.append(
            ngettext(
                "The birth date of {count} member is not known, so no amount by age could be counted for them.",
                "The birth dates of {count} members are not known, so no amount by age could be counted for them.",
                unknown,
            ).format(count=formats.number(unknown))
        )
    return notes


def payments_of_household(household: Household) -> QuerySet[Payment]:
    """Return what a household was paid or is due, the latest month first."""
    return (
        Payment.objects.filter(entitlement__household=household)
        .select_related("entitlement", "cycle__program")
        .order_by("-entitlement__period", "-id")
    )


def announced_cycles(on_date: dt.date) -> QuerySet[PaymentCycle]:
    """Return the cycles whose dates the public is told on a day: not yet over, or over for at most two months."""
    return (
        PaymentCycle.objects.public()
        .filter(pays_to__gte=on_date - dt.timedelta(days=62))
        .select_related("program", "agent")
        .order_by("program__code", "-period")
    )


def waiting_rows() -> QuerySet[ReconciliationRow]:
    """Return the rows of agents' reports that wait for a person, the oldest first."""
    return ReconciliationRow.objects.queued().select_related("file", "payment").order_by("id")


def tones(payments: Iterable[Payment]) -> dict[int, str]:
    """Return the tone of each payment for a timeline."""
    by_status = {"paid": "ok", "returned": "warn", "failed": "bad", "held": "warn", "cancelled": "bad"}
    return {payment.pk: by_status.get(payment.status, "info") for payment in payments}

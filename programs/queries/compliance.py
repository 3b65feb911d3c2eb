"""Reads about conditions: what a period holds, what waits for whom, what a household's file shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet, Sum

from beneficiaries.models import Household
from beneficiaries.queries.standing import people_behind
from ministry.models import User
from programs.models import (
    ComplianceAppeal,
    CompliancePeriod,
    ComplianceRecord,
    ComplianceStep,
    Condition,
    ConditionUploadError,
    Enrolment,
    EntitlementLine,
    Excuse,
    LadderRung,
)

_SHOWN = 24
Outcome = ComplianceRecord.Outcome
# Whoever has one of these for a condition has not missed it.
_NO_MISS = {Outcome.MET, Outcome.EXCUSED, Outcome.SERVICE_UNAVAILABLE}


@dataclass(frozen=True)
class ConditionCounts:
    """One condition of a period, with how many members had which outcome."""

    condition: Condition
    counts: Sequence[int]


def counts_of(period: CompliancePeriod) -> list[ConditionCounts]:
    """Return the outcomes of a closed period by condition, in the order of `Outcome`."""
    found = {
        (row["condition"], row["outcome"]): row["members"]
        for row in period.records.values("condition", "outcome").annotate(members=Count("id")).order_by()
    }
    return [
        ConditionCounts(condition, [found.get((condition.pk, outcome), 0) for outcome in ComplianceRecord.Outcome])
        for condition in period.version.conditions.filter(months=period.months)
    ]


def steps_by_kind(period: CompliancePeriod) -> list[tuple[str, int]]:
    """Return how many steps of each kind a period brought, in the order of the ladder."""
    found = dict(period.steps.values_list("kind").annotate(steps=Count("id")).order_by())
    return [(str(label), found[kind]) for kind, label in LadderRung.Kind.choices if kind in found]


def open_errors() -> QuerySet[ConditionUploadError]:
    """Return the rows of files that wait for a person."""
    return ConditionUploadError.objects.filter(resolved_at__isnull=True).select_related("upload__period__program")


def excuses_to_decide(user: User) -> QuerySet[Excuse]:
    """Return the excuses that wait for this person's decision."""
    waiting = Excuse.objects.visible_to(user, "programs.decide_excuse").filter(status=Excuse.Status.PENDING)
    return waiting.exclude(filed_by=user).select_related("record__condition", "record__enrolment__household")


def appeals_to_decide(user: User) -> QuerySet[ComplianceAppeal]:
    """Return the appeals that wait for this person's decision."""
    waiting = ComplianceAppeal.objects.visible_to(user, "programs.decide_complianceappeal").filter(
        status=ComplianceAppeal.Status.OPEN
    )
    return waiting.exclude(filed_by=user).select_related("step__enrolment__household", "step__period")


def exits_to_decide(user: User) -> QuerySet[ComplianceStep]:
    """Return the exits the ladder proposed that wait for this person's decision."""
    return (
        ComplianceStep.objects.visible_to(user, "programs.suspend_enrolment")
        .filter(
            kind=LadderRung.Kind.EXIT_PROPOSAL,
            status=ComplianceStep.Status.IN_FORCE,
            enrolment__status__in=[Enrolment.Status.ENROLLED, Enrolment.Status.SUSPENDED],
        )
        .select_related("enrolment__household", "enrolment__program", "period")
    )


def periods_missed(enrolment_id: int, cards: Sequence[int]) -> set[int]:
    """Return the keys of the periods a person missed, found under any of these cards of theirs.

    A person entered twice has two findings of one period: what one card did not miss is no miss. `steps` says the same.
    """
    found = ComplianceRecord.objects.filter(enrolment=enrolment_id, individual__in=cards).values_list(
        "period_id", "condition_id", "outcome"
    )
    outcomes: dict[tuple[int, int], set[str]] = {}
    for period, condition, outcome in found:
        outcomes.setdefault((period, condition), set()).add(outcome)
    return {
        period for (period, _condition), said in outcomes.items() if Outcome.NOT_MET in said and not said & _NO_MISS
    }


def owed_to(household: Household) -> Decimal:
    """Return what lifted steps withheld from a household and no payment has brought back yet."""
    lines = EntitlementLine.objects.filter(
        step__enrolment__household=household,
        step__status=ComplianceStep.Status.LIFTED,
        kind=EntitlementLine.Kind.WITHHELD,
        repaid_by=None,
    )
    return lines.aggregate(total=Sum("amount"))["total"] or Decimal(0)


def household_conditions(household: Household, user: User) -> dict[str, Any] | None:
    """Return a household's findings and steps for its file, the latest first; None where there are none."""
    records = list(
        ComplianceRecord.objects.filter(enrolment__household=household)
        .select_related("period", "condition")
        .prefetch_related("excuses")
        .order_by("-period__starts_on", "individual", "condition")[:_SHOWN]
    )
    if not records:
        return None
    steps = list(
        ComplianceStep.objects.filter(enrolment__household=household)
        .select_related("period", "enrolment__program")
        .prefetch_related("appeals", "lines")
        .order_by("-period__starts_on", "-id")[:_SHOWN]
    )
    # Found about a card that was merged since: it is the person who stands there.
    people = people_behind([row.individual_id for row in records] + [row.individual_id for row in steps])
    rows: list[Any] = [*records, *steps]
    for row in rows:
        row.person = people[row.individual_id]
    for step in steps:
        step.withheld = sum(
            (line.amount for line in step.lines.all() if line.kind == EntitlementLine.Kind.WITHHELD), Decimal(0)
        )
        step.repaid = sum(
            (line.amount for line in step.lines.all() if line.kind == EntitlementLine.Kind.BACK_PAY), Decimal(0)
        )
    area = household.area
    return {
        "records": records,
        "condition_steps": steps,
        "owed": owed_to(household),
        "may_excuse": user.has_perm("programs.add_excuse", area),
        "may_appeal": user.has_perm("programs.add_complianceappeal", area),
        "may_decide_excuse": user.has_perm("programs.decide_excuse", area),
        "may_decide_appeal": user.has_perm("programs.decide_complianceappeal", area),
        "may_decide_exit": user.has_perm("programs.suspend_enrolment", area),
    }

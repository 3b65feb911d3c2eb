"""Reads over samples: what was found, as shares of all lines, and the list that is taken along."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise

from beneficiaries.models import Identifier
from programs.control.sampling import Estimate, Stratum, estimate
from programs.models import VerificationSample, VerificationVisit

Result = VerificationVisit.Result
EXPORT_COLUMNS = (
    "number", "governorate", "unit", "household_ref", "payee_name", "national_id_ends", "phone", "amount", "currency",
    "month", "result", "amount_received", "asked_on", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Rate:
    """What share of all lines had one result."""

    result: str
    label: str | Promise
    tone: str
    found: int
    estimate: Estimate

    @property
    def share(self) -> float:
        """Per cent of all lines."""
        return self.estimate.share * 100

    @property
    def low(self) -> float:
        return self.estimate.low * 100

    @property
    def high(self) -> float:
        return self.estimate.high * 100


def rates_of(sample: VerificationSample) -> list[Rate]:
    """Return the shares of each result with their intervals, in one statement; nothing before the first answer."""
    counted = {"true_" + result.value: Count("id", filter=Q(result=result)) for result in Result if result.value}
    drawn: QuerySet[Any, Any] = sample.visits.all()
    strata = list(
        drawn.values("governorate", "governorate_lines")
        .annotate(answered=Count("id", filter=~Q(result="")), **counted)
        .order_by()
    )
    rates = []
    for result in Result:
        if not result.value:
            continue
        name = "true_" + result.value
        found = estimate(Stratum(row["governorate_lines"], row["answered"], row[name]) for row in strata)
        if found is not None:
            rates.append(
                Rate(
                    result.value,
                    result.label,
                    VerificationVisit.RESULT_TONES[result],
                    sum(row[name] for row in strata),
                    found,
                )
            )
    return rates


def latest_sample(cycle_id: int) -> VerificationSample | None:
    """Return the latest sample of a cycle."""
    return VerificationSample.objects.filter(cycle=cycle_id).order_by("-id").first()


def export_rows(visits: QuerySet[VerificationVisit]) -> Iterator[tuple[object, ...]]:
    """Yield a sample's lines as they stand in the file to be taken along, with an empty place for the answer.

    Of the national number only the end, by which the person at the door shows that they are the right one.
    """
    rows = list(
        visits.select_related(
            "entitlement__area", "entitlement__household", "entitlement__payee", "sample__cycle", "governorate"
        ).defer("entitlement__snapshot")
    )
    numbers = {
        row["individual"]: row["value_key"][-4:]
        for row in Identifier.objects.filter(
            individual__in=[visit.entitlement.payee_id for visit in rows if visit.entitlement.payee_id],
            kind="national_id",
            removed_on__isnull=True,
        ).values("individual", "value_key")
    }
    for visit in rows:
        line, payee = visit.entitlement, visit.entitlement.payee
        yield (
            visit.position,
            visit.governorate.name if visit.governorate else "",
            line.area.name,
            line.household.household_ref,
            payee.full_name if payee else "",
            numbers.get(line.payee_id or 0, ""),
            (payee.phone if payee else "") or line.household.phone,
            line.amount,
            visit.sample.cycle.currency,
            f"{visit.sample.cycle.period:%Y-%m}",
            visit.result,
            "" if visit.amount_found is None else visit.amount_found,
            visit.visited_on.isoformat() if visit.visited_on else "",
            visit.note,
        )

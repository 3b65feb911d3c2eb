"""Published suggestions with the answer that counts: the last one."""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery

from complaints.models import PublishedSuggestion, Resolution


def published(outcome: str = "") -> QuerySet[PublishedSuggestion]:
    """Return what stands on the public list, the latest first; `outcome` keeps those decided so."""
    last = Resolution.objects.filter(complaint=OuterRef("complaint"), status="final").order_by("-round", "-id")
    shown: QuerySet[Any] = PublishedSuggestion.objects.filter(is_shown=True, complaint__status="closed").annotate(
        outcome=Subquery(last.values("outcome")[:1])
    )
    shown = shown.filter(outcome=outcome) if outcome else shown
    return shown.order_by("-at", "-id")


def counts() -> dict[str, int]:
    """Return how many there are of each outcome."""
    rows = published().order_by().values("outcome").annotate(count=Count("pk"))  # type: ignore[misc]  # it is annotated
    return {row["outcome"]: row["count"] for row in rows}

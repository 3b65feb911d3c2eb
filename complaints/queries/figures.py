"""Figures about complaints, by month: one statement each. Definitions:

* flow rate of a month = closed in it ÷ received in it; cohort rate = of those received in it, the share answered within
  their own term. The second cannot be made better by closing old cases.
* on time = the first final answer came within the term, pauses left out; a case opened again counts as not on time.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from complaints import rules
from complaints.models import CorrectiveAction

# Counts below this are not published.
LEAST = 10

_MONTHS = """
    WITH months AS (
        SELECT generate_series(%(from)s::date, %(to)s::date, interval '1 month')::date AS month
    ),
    cases AS (
        SELECT date_trunc('month', received_at AT TIME ZONE %(zone)s)::date AS came,
               date_trunc('month', first_closed_at AT TIME ZONE %(zone)s)::date AS went,
               first_on_time AND round = 1 AND status = 'closed' AS on_time,
               days_used, status, id
        FROM complaints_complaint
        WHERE status NOT IN ('held', 'set_aside')
    )
    SELECT month,
           (SELECT count(*) FROM cases WHERE came = month) AS received,
           (SELECT count(*) FROM cases WHERE went = month) AS closed,
           (SELECT count(*) FROM cases WHERE came = month AND on_time) AS on_time,
           (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY days_used) FROM cases WHERE went = month) AS median,
           (SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY days_used) FROM cases WHERE went = month) AS ninth,
           (SELECT count(*) FROM complaints_appeal appeal
            WHERE date_trunc('month', appeal.filed_at AT TIME ZONE %(zone)s)::date = month) AS appeals,
           (SELECT count(*) FROM complaints_survey survey
            WHERE survey.score IS NOT NULL
              AND date_trunc('month', survey.answered_at AT TIME ZONE %(zone)s)::date = month) AS rated,
           (SELECT count(*) FROM complaints_survey survey
            WHERE survey.score >= 4
              AND date_trunc('month', survey.answered_at AT TIME ZONE %(zone)s)::date = month) AS satisfied,
           (SELECT count(*) FROM complaints_appeal appeal JOIN complaints_resolution answer
              ON answer.complaint_id = appeal.complaint_id AND answer.round = appeal.round AND answer.status = 'final'
            WHERE date_trunc('month', answer.decided_at AT TIME ZONE %(zone)s)::date = month) AS decided_again,
           (SELECT count(*) FROM complaints_appeal appeal JOIN complaints_resolution answer
              ON answer.complaint_id = appeal.complaint_id AND answer.round = appeal.round AND answer.status = 'final'
            WHERE answer.outcome IN ('upheld', 'partly')
              AND date_trunc('month', answer.decided_at AT TIME ZONE %(zone)s)::date = month) AS upheld
    FROM months ORDER BY month DESC
"""


@dataclass(frozen=True)
class Month:
    """One month's figures."""

    month: dt.date
    received: int
    closed: int
    on_time: int
    median: float | None
    ninth: float | None
    appeals: int
    rated: int
    satisfied: int
    # Objections answered in the month, and those found justified, at least in part.
    decided_again: int
    upheld: int

    @property
    def upheld_share(self) -> float | None:
        return self.upheld / self.decided_again * 100 if self.decided_again else None

    @property
    def flow(self) -> float | None:
        return self.closed / self.received * 100 if self.received else None

    @property
    def cohort(self) -> float | None:
        return self.on_time / self.received * 100 if self.received else None

    @property
    def satisfaction(self) -> float | None:
        return self.satisfied / self.rated * 100 if self.rated else None


def hidden_months(found: list[Month]) -> set[dt.date]:
    """Return the months that are not published in parts: those with few cases, and where that is a single one the
    next smallest too, so that the year's sum does not give it away.
    """
    shown = rules.shown_counts({month.month.isoformat(): month.received for month in found}, LEAST)
    return {month.month for month in found if shown[month.month.isoformat()] is None}


def actions() -> list[CorrectiveAction]:
    """Return what is done about causes that repeat, and what was finished within a year."""
    year_ago = timezone.now() - dt.timedelta(days=365)
    return list(CorrectiveAction.objects.exclude(status="done", done_at__lt=year_ago).order_by("status", "due_on")[:40])


def months(first: dt.date, last: dt.date, zone: str) -> list[Month]:
    """Return the figures of the months from `first` to `last`, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, {"from": first.replace(day=1), "to": last.replace(day=1), "zone": zone})
        return [Month(*row) for row in cursor.fetchall()]


# What cases and answers are divided by; from here, never from a request.
_PARTS = {
    "kind": "SELECT kind, count(*) FROM complaints_complaint WHERE {cases} GROUP BY 1",
    "channel": "SELECT channel, count(*) FROM complaints_complaint WHERE {cases} GROUP BY 1",
    "category": """SELECT category.code, count(*) FROM complaints_complaint
                   JOIN complaints_category category ON category.id = category_id WHERE {cases} GROUP BY 1""",
    "remedy": """SELECT answer.remedy, count(*) FROM complaints_resolution answer
                 JOIN complaints_complaint ON complaints_complaint.id = answer.complaint_id
                 WHERE answer.status = 'final' AND {cases} GROUP BY 1""",
    "cause": """SELECT answer.cause, count(*) FROM complaints_resolution answer
                JOIN complaints_complaint ON complaints_complaint.id = answer.complaint_id
                WHERE answer.status = 'final' AND answer.cause <> '' AND {cases} GROUP BY 1""",
}
_CASES = "complaints_complaint.status NOT IN ('held', 'set_aside') AND received_at >= %s AND received_at < %s"


def parts(by: str, since: dt.datetime, until: dt.datetime) -> dict[str, int]:
    """Return how many cases (or answers to them) of a stretch of time there are of each part."""
    with connection.cursor() as cursor:
        cursor.execute(_PARTS[by].format(cases=_CASES), [since, until])
        return dict(cursor.fetchall())


def published(counts: dict[str, int]) -> dict[str, int | None]:
    """Return counts as they may be published: small ones hidden, and what would give them away."""
    return rules.shown_counts(counts, LEAST)

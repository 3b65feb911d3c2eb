"""How the offices stand, for the desk: load, age, and answers in time by office, category and channel.

One statement each, over cases in the areas of the reader. Definitions as on the public page (`figures`).
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

OPEN = ["received", "in_progress", "paused", "dismissal", "remedy"]
# Days since arrival up to which a case counts to an age; what is older is in the last.
AGES = (5, 10, 20, 30)
DAYS = 90

_SEEN = """
    complaint.status NOT IN ('held', 'set_aside')
    AND EXISTS (SELECT 1 FROM unnest(%(paths)s::text[]) path WHERE area.path LIKE path || '%%')
    AND NOT EXISTS (SELECT 1 FROM complaints_party party
                    WHERE party.complaint_id = complaint.id AND party.staff_id = %(reader)s)
"""
# What cases are divided by; from here, never from a request.
_BY = {
    "office": ("office.name_ar", "office.name_en", "JOIN ministry_area office ON office.id = complaint.office_id"),
    "category": (
        "category.name_ar",
        "category.name_en",
        "JOIN complaints_category category ON category.id = complaint.category_id",
    ),
    "channel": ("complaint.channel", "complaint.channel", ""),
    "level": ("complaint.level", "complaint.level", ""),
}


@dataclass(frozen=True)
class Part:
    """How one office, category or channel stands: now, and with what was answered in the last ninety days."""

    name_ar: str
    name_en: str
    open: int
    late: int
    answered: int
    on_time: int
    median: float | None
    ninth: float | None
    appeals: int

    @property
    def on_time_share(self) -> float | None:
        return self.on_time / self.answered * 100 if self.answered else None


def by(what: str, paths: list[str], reader: int, most: int = 40) -> list[Part]:
    """Return the parts with the most open cases first."""
    name_ar, name_en, join = _BY[what]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH cases AS (
                SELECT {name_ar} AS name_ar, {name_en} AS name_en, complaint.days_used,
                       complaint.status = ANY(%(open)s) AS is_open,
                       complaint.status = ANY(%(open)s) AND complaint.due_on < %(today)s AS is_late,
                       coalesce(complaint.first_closed_at > %(now)s - make_interval(days => %(days)s), false)
                           AS is_answered,
                       coalesce(complaint.first_on_time, false) AND complaint.round = 1 AS is_on_time,
                       complaint.round > 1 AS is_again
                FROM complaints_complaint complaint
                JOIN ministry_area area ON area.id = complaint.area_id
                {join}
                WHERE {_SEEN}
            )
            SELECT name_ar, name_en,
                   count(*) FILTER (WHERE is_open) AS open,
                   count(*) FILTER (WHERE is_late),
                   count(*) FILTER (WHERE is_answered) AS answered,
                   count(*) FILTER (WHERE is_answered AND is_on_time),
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY days_used) FILTER (WHERE is_answered),
                   percentile_cont(0.9) WITHIN GROUP (ORDER BY days_used) FILTER (WHERE is_answered),
                   count(*) FILTER (WHERE is_answered AND is_again)
            FROM cases
            WHERE is_open OR is_answered
            GROUP BY 1, 2 ORDER BY open DESC, answered DESC, 1
            LIMIT %(most)s
            """,  # noqa: S608
            {
                "paths": paths,
                "reader": reader,
                "open": OPEN,
                "days": DAYS,
                **_now(),
                "today": timezone.localdate(),
                "most": most,
            },
        )
        return [Part(*row) for row in cursor.fetchall()]


def ages(paths: list[str], reader: int) -> list[tuple[int, int | None, int]]:
    """Return open cases by days since they arrived: (from, up to or None, how many)."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT width_bucket(extract(day FROM %(now)s - complaint.received_at)::int, %(limits)s), count(*)
            FROM complaints_complaint complaint
            JOIN ministry_area area ON area.id = complaint.area_id
            WHERE complaint.status = ANY(%(open)s) AND {_SEEN}
            GROUP BY 1
            """,  # noqa: S608
            {
                "paths": paths,
                "reader": reader,
                "open": OPEN,
                **_now(),
                "limits": [limit + 1 for limit in AGES],
            },
        )
        counts = dict(cursor.fetchall())
    starts = [0, *(limit + 1 for limit in AGES)]
    return [
        (start, AGES[number] if number < len(AGES) else None, counts.get(number, 0))
        for number, start in enumerate(starts)
    ]


def growing_causes(paths: list[str], reader: int) -> list[dict[str, Any]]:
    """Return the causes found in the last ninety days beside those of the ninety before, the most frequent first, and
    how many corrective actions are under way about each.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT answer.cause,
                   count(*) FILTER (WHERE answer.decided_at > %(now)s - make_interval(days => %(days)s)) AS lately,
                   count(*) FILTER (WHERE answer.decided_at <= %(now)s - make_interval(days => %(days)s)) AS before,
                   (SELECT count(*) FROM complaints_correctiveaction action
                    WHERE action.cause = answer.cause AND action.status = 'open') AS actions
            FROM complaints_resolution answer
            JOIN complaints_complaint complaint ON complaint.id = answer.complaint_id
            JOIN ministry_area area ON area.id = complaint.area_id
            WHERE answer.status = 'final' AND answer.cause NOT IN ('', 'no_fault')
              AND answer.decided_at > %(now)s - make_interval(days => 2 * %(days)s) AND {_SEEN}
            GROUP BY 1 ORDER BY 2 DESC, 1
            """,  # noqa: S608
            _now() | {"paths": paths, "reader": reader},
        )
        names = ("cause", "lately", "before", "actions")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _now() -> dict[str, Any]:
    return {"now": timezone.now(), "today": timezone.localdate(), "days": DAYS}

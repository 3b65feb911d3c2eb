"""Drawing a sample: one statement that orders, one that counts, whatever the number of lines."""

from django.db import connection

from programs.control.sampling import allocate
from programs.models import PaymentCycle

# Every line that pays something, with its governorate. Lines of an approved cycle stand, so that the same seed finds
# the same order at any later time.
_LINES = """
    SELECT line.id, line.household_id, place.governorate_id
    FROM programs_entitlement line
    JOIN (
        SELECT area.id, governorate.id AS governorate_id
        FROM ministry_area area
        LEFT JOIN ministry_area governorate
          ON governorate.level = 'governorate' AND starts_with(area.path, governorate.path)
    ) place ON place.id = line.area_id
    WHERE line.cycle_id = %(cycle)s AND line.amount > 0
"""
_COUNT = f"SELECT governorate_id, count(*) FROM ({_LINES}) line GROUP BY governorate_id"  # noqa: S608 - no outside value
_DRAW = f"""
    SELECT id, governorate_id
    FROM (
        SELECT id, governorate_id, row_number() OVER (
            PARTITION BY governorate_id
            ORDER BY sha256(convert_to(%(seed)s || ':' || household_id, 'UTF8')), household_id
        ) AS place
        FROM ({_LINES}) line
    ) ranked
    JOIN unnest(%(governorates)s::bigint[], %(sizes)s::bigint[]) wanted (governorate, size)
      ON wanted.governorate IS NOT DISTINCT FROM ranked.governorate_id AND ranked.place <= wanted.size
    ORDER BY governorate_id NULLS LAST, place
"""  # noqa: S608 - no outside value


def lines_by_governorate(cycle: PaymentCycle) -> dict[int | None, int]:
    """Return how many lines of a cycle pay something, by governorate."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"cycle": cycle.pk})
        return dict(cursor.fetchall())


def draw(cycle: PaymentCycle, *, seed: int, size: int) -> list[tuple[int, int | None]]:
    """Return (line, governorate) of the sample that this seed draws; always the same."""
    shares = allocate(size, lines_by_governorate(cycle))
    with connection.cursor() as cursor:
        cursor.execute(
            _DRAW,
            {
                "cycle": cycle.pk,
                "seed": str(seed),
                "governorates": list(shares),
                "sizes": list(shares.values()),
            },
        )
        return cursor.fetchall()

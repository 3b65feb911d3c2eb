"""Reads over scoring models: two versions side by side, and how the scores lie in the areas."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from beneficiaries.models import Score, ScoreTerm, ScoringModel
from beneficiaries.scores.words import title_of
from ministry.charts.series import DISCLOSURE_THRESHOLD
from ministry.models import Area, User


@dataclass(frozen=True)
class TermPair:
    """A term of two versions: its weight in each, None where a version does not have it."""

    title: str
    first: Decimal | None
    second: Decimal | None

    @property
    def difference(self) -> Decimal:
        return (self.second or Decimal(0)) - (self.first or Decimal(0))


@dataclass(frozen=True)
class ModelComparison:
    """Two versions term by term, and what becomes of the households that were scored by both."""

    pairs: list[TermPair]
    households: int
    # Of the poorest fifth by the first, so many are not in the poorest fifth by the second.
    leaving: int
    fifth: int


def compare_models(first: ScoringModel, second: ScoringModel) -> ModelComparison:
    """Return both versions side by side, in three statements."""

    def by_key(model: ScoringModel) -> dict[tuple[str, str, str], ScoreTerm]:
        return {(term.fact, term.transform, term.argument): term for term in model.terms.all()}

    ours, theirs = by_key(first), by_key(second)
    pairs = [
        TermPair(
            title_of(ours.get(key) or theirs[key]),
            ours[key].weight if key in ours else None,
            theirs[key].weight if key in theirs else None,
        )
        for key in sorted(ours.keys() | theirs.keys())
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), count(*) FILTER (WHERE a = 1), count(*) FILTER (WHERE a = 1 AND b <> 1)
            FROM (
                SELECT ntile(5) OVER (ORDER BY one.value, one.household_id) AS a,
                       ntile(5) OVER (ORDER BY other.value, other.household_id) AS b
                FROM beneficiaries_score one
                JOIN beneficiaries_score other
                  ON other.household_id = one.household_id AND other.scoring_model_id = %s
                WHERE one.scoring_model_id = %s AND one.value IS NOT NULL AND other.value IS NOT NULL
            ) both_scores""",
            [second.pk, first.pk],
        )
        households, fifth, leaving = cursor.fetchone()
    return ModelComparison(pairs, households, leaving, fifth)


@dataclass(frozen=True)
class AreaBands:
    """How the scored households of an area lie in the fifths of the country; None = too few to be told."""

    area: Area
    households: int
    # The poorest fifth first; None: hidden (`hide_small`).
    counts: tuple[int | None, ...]

    @property
    def sum_is_told(self) -> bool:
        """Whether the number of all households may be told: not where it is small, or is itself a hidden cell."""
        return self.households >= DISCLOSURE_THRESHOLD and self.counts.count(None) != 1

    @property
    def poorest_share(self) -> float | None:
        """Return the per cent of the area's households in the country's poorest fifth."""
        first = self.counts[0]
        return None if first is None or not self.households else 100 * first / self.households


def band_limits(model: ScoringModel) -> list[float]:
    """Return the scores that cut the country's scored households into fifths; nothing without scores.

    Fewer than four come back where so many households have one and the same score that two limits are equal.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT percentile_cont(ARRAY[0.2, 0.4, 0.6, 0.8]) WITHIN GROUP (ORDER BY value)"
            " FROM beneficiaries_score WHERE scoring_model_id = %s AND value IS NOT NULL",
            [model.pk],
        )
        (limits,) = cursor.fetchone()
    # As they are told: whoever compares a score with a limit comes to the same band as the page.
    return sorted({round(limit, 1) for limit in limits or []})


def bands_by_governorate(model: ScoringModel, user: User, limits: list[float]) -> list[AreaBands]:
    """Return the fifths of the country in each governorate the person sees, in one statement.

    Cells from 1 to 9 are hidden, and with them as many more as it takes that no hidden one can be worked out from the
    sum of its row or of its column.
    """
    areas = {area.pk: area for area in Area.objects.governorates().within_reach_of(user, "beneficiaries.view_score")}
    if not areas or not limits or not Score.objects.filter(scoring_model=model).exists():
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT f.governorate_id, width_bucket(s.value, %s::float8[]) AS band, count(*)
            FROM beneficiaries_score s JOIN beneficiaries_householdfacts f ON f.household_id = s.household_id
            WHERE s.scoring_model_id = %s AND s.value IS NOT NULL AND f.governorate_id = ANY(%s)
            GROUP BY 1, 2""",
            [limits, model.pk, list(areas)],
        )
        counted: dict[int, list[int]] = {}
        for governorate, band, households in cursor.fetchall():
            counted.setdefault(governorate, [0] * (len(limits) + 1))[band] = households
    ordered = sorted(counted, key=lambda pk: areas[pk].code)
    shown = hide_small([counted[pk] for pk in ordered])
    return [AreaBands(areas[pk], sum(counted[pk]), cells) for pk, cells in zip(ordered, shown, strict=True)]


def hide_small(table: list[list[int]]) -> list[tuple[int | None, ...]]:
    """Return a table of counts with the small cells hidden, and no row or column with a single hidden cell.

    Sums of rows are told, and those of columns are known: each is a fifth of all. Where a line has one hidden cell its
    smallest other one goes too, until nothing more has to. Empty cells stay: that nobody is there tells of nobody.
    """
    gone = {
        (row, place)
        for row, counts in enumerate(table)
        for place, count in enumerate(counts)
        if 0 < count < DISCLOSURE_THRESHOLD
    }
    cells = [(row, place) for row, counts in enumerate(table) for place, count in enumerate(counts) if count]
    lines = [[cell for cell in cells if cell[0] == row] for row in range(len(table))]
    lines += [[cell for cell in cells if cell[1] == place] for place in range(len(table[0]) if table else 0)]
    changed = True
    while changed:
        changed = False
        for line in lines:
            open_cells = [cell for cell in line if cell not in gone]
            if len(line) - len(open_cells) == 1 and open_cells:
                gone.add(min(open_cells, key=lambda cell: (table[cell[0]][cell[1]], cell)))
                changed = True
    return [
        tuple(None if (row, place) in gone else count for place, count in enumerate(counts))
        for row, counts in enumerate(table)
    ]

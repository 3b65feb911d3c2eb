"""What no row can know alone: repeats, orphans, heads, ages within the family, the registry. Sets, in SQL.

Each check is one statement that writes findings for a batch; a cell that has one keeps it. They may run again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from beneficiaries.imports.reasons import REASONS
from beneficiaries.imports.staging import VALUE_LENGTH
from beneficiaries.models import ImportBatch
from beneficiaries.rules import LEAST_YEARS_BETWEEN_GENERATIONS
from ministry.countries import current

HOUSEHOLDS = "households"
INDIVIDUALS = "individuals"
_STAGED = {HOUSEHOLDS: "beneficiaries_stagedhousehold", INDIVIDUALS: "beneficiaries_stagedindividual"}


@dataclass(frozen=True)
class Check:
    """One kind of finding: `rows` gives (row, column, value, params) of each cell it concerns."""

    reason: str
    file: str
    rows: str

    @property
    def statement(self) -> str:
        return f"""
            INSERT INTO beneficiaries_importissue (batch_id, file, row, "column", value, severity, reason, params)
            SELECT %(batch)s, '{self.file}', found.row, found.col, left(coalesce(found.value, ''), {VALUE_LENGTH}),
                   '{REASONS[self.reason].severity}', '{self.reason}', found.params
            FROM ({self.rows}) AS found (row, col, value, params)
            ON CONFLICT DO NOTHING
        """


def _repeated(file: str, column: str) -> Check:
    """Rows of a file that share a reference: each names the row it shares it with."""
    table = _STAGED[file]
    return Check(
        "repeated_reference",
        file,
        f"""
        SELECT s.row, '{column}', s.{column},
               jsonb_build_object('row', CASE WHEN s.row = r.first THEN r.last ELSE r.first END)
        FROM (
            SELECT {column}, min(row) AS first, max(row) AS last
            FROM {table} WHERE batch_id = %(batch)s AND {column} IS NOT NULL
            GROUP BY {column} HAVING count(*) > 1
        ) r JOIN {table} s ON s.batch_id = %(batch)s AND s.{column} = r.{column}
        """,
    )


_ORPHANS = """
    SELECT p.row, p.household_ref, p.relationship FROM beneficiaries_stagedindividual p
    WHERE p.batch_id = %(batch)s AND p.household_ref IS NOT NULL AND NOT EXISTS (
        SELECT FROM beneficiaries_stagedhousehold h
        WHERE h.batch_id = p.batch_id AND h.household_ref = p.household_ref)
    UNION ALL
    SELECT p.row, NULL, p.relationship FROM beneficiaries_stagedindividual p
    WHERE p.batch_id = %(batch)s AND p.household_ref IS NULL
"""
# People who stand beside a stray row belong to the household that lost it, as files list people by household. Its
# missing head is then the stray row's fault, and is not told a second time.
_BESIDE_STRAY_HEADS = f"""
    SELECT beside.household_ref FROM ({_ORPHANS}) stray
    JOIN beneficiaries_stagedindividual beside
      ON beside.batch_id = %(batch)s AND beside.row IN (stray.row - 1, stray.row + 1)
    WHERE coalesce(stray.relationship, 'head') = 'head' AND beside.household_ref IS NOT NULL
"""
# A household all of whose people are stray: those stand between the people of the households before and after it.
_AROUND_STRAYS = f"""
    SELECT around.row + shift FROM ({_ORPHANS}) stray
    JOIN beneficiaries_stagedindividual beside
      ON beside.batch_id = %(batch)s AND beside.row IN (stray.row - 1, stray.row + 1)
    JOIN beneficiaries_stagedhousehold around
      ON around.batch_id = %(batch)s AND around.household_ref = beside.household_ref
    CROSS JOIN (VALUES (-1), (1)) AS shifts (shift)
"""
_FAMILIES = """
    SELECT household_ref, count(*) FILTER (WHERE relationship = 'head') AS heads,
           min(row) FILTER (WHERE relationship = 'head') AS first_head, bool_or(relationship IS NULL) AS is_unsure
    FROM beneficiaries_stagedindividual WHERE batch_id = %(batch)s AND household_ref IS NOT NULL GROUP BY household_ref
"""
# Years by which somebody is older than the head (negative: younger), where both dates are known.
_KIN = """
    SELECT p.row, p.birth_date AS value,
           date_part('year', age(p.birth_date::date, h.birth_date::date))::int AS years_younger,
           date_part('year', age(h.birth_date::date, p.birth_date::date))::int AS years_older
    FROM beneficiaries_stagedindividual p
    JOIN beneficiaries_stagedindividual h
      ON h.batch_id = p.batch_id AND h.household_ref = p.household_ref AND h.relationship = 'head'
    WHERE p.batch_id = %(batch)s AND p.relationship = '{relationship}'
      AND p.birth_date IS NOT NULL AND h.birth_date IS NOT NULL
      AND p.birth_date::date {impossible}
"""

WITHIN_FILES: tuple[Check, ...] = (
    _repeated(HOUSEHOLDS, "household_ref"),
    _repeated(INDIVIDUALS, "person_ref"),
    Check(
        "unknown_household",
        INDIVIDUALS,
        f"""
        SELECT row, 'household_ref', household_ref, '{{}}'::jsonb FROM ({_ORPHANS}) o
        WHERE household_ref IS NOT NULL
        """,
    ),
    Check(
        "without_people",
        HOUSEHOLDS,
        f"""
        SELECT h.row, 'household_ref', h.household_ref, '{{}}'::jsonb FROM beneficiaries_stagedhousehold h
        WHERE h.batch_id = %(batch)s AND h.household_ref IS NOT NULL
          AND NOT EXISTS (SELECT FROM beneficiaries_stagedindividual p
                          WHERE p.batch_id = h.batch_id AND p.household_ref = h.household_ref)
          AND h.row NOT IN ({_AROUND_STRAYS})
        """,
    ),
    Check(
        "without_head",
        HOUSEHOLDS,
        f"""
        SELECT h.row, 'household_ref', h.household_ref, '{{}}'::jsonb FROM ({_FAMILIES}) f
        JOIN beneficiaries_stagedhousehold h ON h.batch_id = %(batch)s AND h.household_ref = f.household_ref
        WHERE f.heads = 0 AND NOT f.is_unsure
          AND f.household_ref NOT IN ({_BESIDE_STRAY_HEADS})
        """,
    ),
    Check(
        "second_head",
        INDIVIDUALS,
        f"""
        SELECT p.row, 'relationship', p.relationship, jsonb_build_object('row', f.first_head) FROM ({_FAMILIES}) f
        JOIN beneficiaries_stagedindividual p ON p.batch_id = %(batch)s AND p.household_ref = f.household_ref
        WHERE f.heads > 1 AND p.relationship = 'head' AND p.row <> f.first_head
        """,
    ),
    Check(
        "child_too_old",
        INDIVIDUALS,
        "SELECT row, 'birth_date', value, jsonb_build_object('years', greatest(years_younger, 0)) FROM ("
        + _KIN.format(
            relationship="child",
            impossible=f"< h.birth_date::date + interval '{LEAST_YEARS_BETWEEN_GENERATIONS} years'",
        )
        + ") k",
    ),
    Check(
        "parent_too_young",
        INDIVIDUALS,
        "SELECT row, 'birth_date', value, jsonb_build_object('years', greatest(years_older, 0)) FROM ("
        + _KIN.format(
            relationship="parent",
            impossible=f"> h.birth_date::date - interval '{LEAST_YEARS_BETWEEN_GENERATIONS} years'",
        )
        + ") k",
    ),
    Check(
        "unknown_governorate",
        HOUSEHOLDS,
        """
        SELECT h.row, 'governorate_code', h.governorate_code, jsonb_build_object('example', %(example)s::text)
        FROM beneficiaries_stagedhousehold h
        WHERE h.batch_id = %(batch)s AND h.governorate_code IS NOT NULL AND NOT EXISTS (
            SELECT FROM ministry_area a WHERE a.code = h.governorate_code AND a.level = 'governorate')
        """,
    ),
    Check(
        "district_elsewhere",
        HOUSEHOLDS,
        """
        SELECT h.row, 'district_code', h.district_code, jsonb_build_object('governorate', h.governorate_code)
        FROM beneficiaries_stagedhousehold h
        JOIN ministry_area g ON g.code = h.governorate_code AND g.level = 'governorate'
        LEFT JOIN ministry_area d ON d.code = h.district_code
        WHERE h.batch_id = %(batch)s AND h.district_code IS NOT NULL
          AND CASE WHEN d.id IS NOT NULL THEN d.parent_id IS DISTINCT FROM g.id
              ELSE substr(h.district_code, 1, length(g.code) + 1) <> g.code || '-'
                   OR substr(h.district_code, length(g.code) + 2) !~ '^[0-9A-Za-z]{1,8}$' END
        """,
    ),
    Check(
        "outside_area",
        HOUSEHOLDS,
        """
        SELECT h.row, 'governorate_code', h.governorate_code, jsonb_build_object('area', own.code)
        FROM beneficiaries_stagedhousehold h
        JOIN ministry_area g ON g.code = h.governorate_code AND g.level = 'governorate'
        JOIN beneficiaries_importbatch b ON b.id = h.batch_id
        JOIN ministry_area own ON own.id = b.area_id
        WHERE h.batch_id = %(batch)s
          AND NOT starts_with(g.path || coalesce(h.district_code || '/', ''), own.path)
        """,
    ),
    Check(
        "identifier_repeated",
        INDIVIDUALS,
        """
        SELECT p.row, 'national_id', p.national_id,
               jsonb_build_object('row', CASE WHEN p.row = r.first THEN r.last ELSE r.first END)
        FROM (
            SELECT national_key, min(row) AS first, max(row) AS last
            FROM beneficiaries_stagedindividual WHERE batch_id = %(batch)s AND national_ok
            GROUP BY national_key HAVING count(*) > 1
        ) r JOIN beneficiaries_stagedindividual p
            ON p.batch_id = %(batch)s AND p.national_ok AND p.national_key = r.national_key
        """,
    ),
)


def _different(column: str, registered: str, *, staged: str = "", shown: str = "") -> str:
    """Return one line of a list of cells that say something else than the registry; empty cells say nothing."""
    staged = staged or f"s.{column}"
    return f"('{column}', s.{column}, {shown or f'({registered})::text'}, {staged} <> ({registered}))"


_HOUSEHOLD_CELLS = ",\n".join(
    (
        _different("registered_on", "h.registered_on", staged="s.registered_on::date"),
        # The district names the governorate too; a household placed in a unit below it is still there.
        "('district_code', coalesce(s.district_code, s.governorate_code), area.code,"
        " strpos(area.path, '/' || coalesce(s.district_code, s.governorate_code) || '/') = 0)",
        *(_different(name, f"h.{name}") for name in ("address", "phone")),
        _different("urban", "h.urban", staged="s.urban::boolean"),
        _different("income_monthly", "h.income_monthly", staged="s.income_monthly::numeric"),
        *(
            _different(name, f"d.{name}")
            for name in (
                "tenure", "wall", "floor", "roof", "water", "sanitation", "electricity", "cooking_fuel", "waste",
            )
        ),
        _different("monthly_rent", "d.monthly_rent", staged="s.monthly_rent::numeric"),
        *(
            _different(name, f"d.{name}", staged=f"s.{name}::smallint")
            for name in ("rooms", "bedrooms", "tablets", "mobile_phones")
        ),
        *(
            _different(name, f"d.{name}", staged=f"s.{name}::boolean")
            for name in ("refrigerator", "television", "computer", "mobile_phone")
        ),
    )
)  # fmt: skip
_INDIVIDUAL_CELLS = ",\n".join(
    (
        _different("household_ref", "h.household_ref"),
        *(_different(name, f"i.{name}") for name in ("full_name", "mother_name", "sex", "phone", "marital_status")),
        _different("birth_date", "i.birth_date", staged="s.birth_date::date"),
        _different("relationship", "m.relationship"),
        _different("years_schooling", "i.years_schooling", staged="s.years_schooling::smallint"),
        *(
            _different(name, f"i.{name}", staged=f"s.{name}::boolean")
            for name in ("in_school", "works", "pregnant")
        ),
        # SECURITY: the number in the registry is not shown; whoever may see it opens the file.
        "('national_id', s.national_id, '…', s.national_key IS NOT NULL AND NOT EXISTS ("
        "SELECT FROM beneficiaries_identifier n WHERE n.individual_id = i.id AND n.kind = 'national_id'"
        " AND n.removed_on IS NULL AND n.value_key = s.national_key))",
    )
)  # fmt: skip

# People of this batch who are in the registry already.
_KNOWN_PEOPLE = """
    beneficiaries_stagedindividual s
    JOIN beneficiaries_individual i ON i.person_ref = s.person_ref
    LEFT JOIN beneficiaries_membership m ON m.individual_id = i.id AND m.left_on IS NULL
    LEFT JOIN beneficiaries_household h ON h.id = m.household_id
"""
AGAINST_REGISTRY: tuple[Check, ...] = (
    Check(
        "differs_from_registry",
        HOUSEHOLDS,
        f"""
        SELECT s.row, cell.col, cell.value, jsonb_build_object('registered', coalesce(cell.registered, ''))
        FROM beneficiaries_stagedhousehold s
        JOIN beneficiaries_household h ON h.household_ref = s.household_ref
        JOIN ministry_area area ON area.id = h.area_id
        LEFT JOIN beneficiaries_dwelling d ON d.household_id = h.id
        CROSS JOIN LATERAL (VALUES {_HOUSEHOLD_CELLS}) AS cell (col, value, registered, differs)
        WHERE s.batch_id = %(batch)s AND cell.value IS NOT NULL AND coalesce(cell.differs, true)
        """,
    ),
    Check(
        # A new household whose people live elsewhere would come in empty.
        "registered_elsewhere",
        INDIVIDUALS,
        f"""
        SELECT s.row, 'household_ref', s.household_ref, jsonb_build_object('household', h.household_ref)
        FROM {_KNOWN_PEOPLE}
        WHERE s.batch_id = %(batch)s AND h.household_ref <> s.household_ref
        """,
    ),
    Check(
        "differs_from_registry",
        INDIVIDUALS,
        f"""
        SELECT s.row, cell.col, cell.value, jsonb_build_object('registered', coalesce(cell.registered, ''))
        FROM {_KNOWN_PEOPLE}
        CROSS JOIN LATERAL (VALUES {_INDIVIDUAL_CELLS}) AS cell (col, value, registered, differs)
        WHERE s.batch_id = %(batch)s AND cell.value IS NOT NULL AND coalesce(cell.differs, true)
        """,
    ),
    Check(
        "head_registered",
        INDIVIDUALS,
        """
        SELECT s.row, 'relationship', s.relationship, '{}'::jsonb FROM beneficiaries_stagedindividual s
        JOIN beneficiaries_household h ON h.household_ref = s.household_ref
        JOIN beneficiaries_membership m ON m.household_id = h.id AND m.left_on IS NULL AND m.relationship = 'head'
        WHERE s.batch_id = %(batch)s AND s.relationship = 'head'
          AND NOT EXISTS (SELECT FROM beneficiaries_individual i WHERE i.person_ref = s.person_ref)
        """,
    ),
    Check(
        "identifier_registered",
        INDIVIDUALS,
        """
        SELECT s.row, 'national_id', s.national_id, jsonb_build_object('person', min(i.person_ref))
        FROM beneficiaries_stagedindividual s
        JOIN beneficiaries_identifier n
          ON n.value_key = s.national_key AND n.kind = 'national_id' AND n.removed_on IS NULL AND n.is_well_formed
        JOIN beneficiaries_individual i ON i.id = n.individual_id
        WHERE s.batch_id = %(batch)s AND s.national_ok AND i.person_ref <> s.person_ref
          AND NOT EXISTS (SELECT FROM beneficiaries_individual own WHERE own.person_ref = s.person_ref)
        GROUP BY s.row, s.national_id
        """,
    ),
)

# Rows that stand in the registry are not entered, so what is doubtful in them is no longer asked.
_FORGET_DOUBTS_ABOUT_KNOWN = """
    DELETE FROM beneficiaries_importissue issue USING {staged} s, {registered} r
    WHERE issue.batch_id = %(batch)s AND issue.file = '{file}' AND issue.severity = 'doubtful'
      AND s.batch_id = issue.batch_id AND s.row = issue.row AND r.{ref} = s.{ref}
"""

# The steps in which a batch is looked at: name of the phase, and what is asked.
STEPS: Mapping[str, tuple[Any, tuple[Check, ...]]] = {
    "files": (_("Comparing rows with each other"), WITHIN_FILES),
    "registry": (_("Comparing rows with the registry"), AGAINST_REGISTRY),
}


def run_step(*, batch: ImportBatch, step: str) -> None:
    """Ask everything of one step about a batch; what it found before is asked anew."""
    params: dict[str, int | str] = {"batch": batch.pk, "example": current().governorates[0].code}
    with connection.cursor() as cursor:
        if step == "registry":
            for file, registered, ref in (
                (HOUSEHOLDS, "beneficiaries_household", "household_ref"),
                (INDIVIDUALS, "beneficiaries_individual", "person_ref"),
            ):
                cursor.execute(
                    _FORGET_DOUBTS_ABOUT_KNOWN.format(staged=_STAGED[file], registered=registered, ref=ref, file=file),
                    params,
                )
        for check in STEPS[step][1]:
            cursor.execute(check.statement, params)


_COUNTS = """
    SELECT count(*), count(h.id) FROM beneficiaries_stagedhousehold s
    LEFT JOIN beneficiaries_household h ON h.household_ref = s.household_ref WHERE s.batch_id = %(batch)s
    UNION ALL
    SELECT count(*), count(i.id) FROM beneficiaries_stagedindividual s
    LEFT JOIN beneficiaries_individual i ON i.person_ref = s.person_ref WHERE s.batch_id = %(batch)s
"""


def count_rows(*, batch: ImportBatch) -> dict[str, dict[str, int]]:
    """Return, by file, the rows staged and those whose reference stands in the registry already."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"batch": batch.pk})
        return {
            file: {"rows": rows, "known": known}
            for file, (rows, known) in zip((HOUSEHOLDS, INDIVIDUALS), cursor.fetchall(), strict=True)
        }

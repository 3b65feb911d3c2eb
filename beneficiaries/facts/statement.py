"""The SQL that computes the facts of many households in one pass.

Members are aggregated in one grouped pass over memberships joined to people; ages are comparisons of the birth date
with constant dates; the result is merged into the stored rows, touching only those that differ, so that a night
without news leaves no dead rows. Decision: `ministry/docs/decisions/0005-facts-are-merged-not-rewritten.md`.
"""

import datetime as dt
from dataclasses import dataclass

from beneficiaries import rules
from beneficiaries.facts.catalogue import CATALOGUE
from ministry.sql import SqlParams

# Ages at which some fact begins or ends.
_AGES = (6, 12, 15, 18, 50, 65)

# Aggregates over the members of one household; i = person, d = their worst functional difficulty.
_MEMBER_AGGREGATES = {
    "members": "count(*)",
    "members_age_unknown": "count(*) FILTER (WHERE i.birth_date IS NULL)",
    "females": "count(*) FILTER (WHERE i.sex = 'F')",
    "males": "count(*) FILTER (WHERE i.sex = 'M')",
    "children_0_5": "count(*) FILTER (WHERE i.birth_date > {born_6})",
    "children_6_11": "count(*) FILTER (WHERE i.birth_date <= {born_6} AND i.birth_date > {born_12})",
    "children_12_14": "count(*) FILTER (WHERE i.birth_date <= {born_12} AND i.birth_date > {born_15})",
    "children_15_17": "count(*) FILTER (WHERE i.birth_date <= {born_15} AND i.birth_date > {born_18})",
    "children_0_17": "count(*) FILTER (WHERE i.birth_date > {born_18})",
    "adults_18_64": "count(*) FILTER (WHERE i.birth_date <= {born_18} AND i.birth_date > {born_65})",
    "elderly_65": "count(*) FILTER (WHERE i.birth_date <= {born_65})",
    "pregnant_members": "count(*) FILTER (WHERE i.pregnant)",
    # Asked only of women of 15 to 49 years; elsewhere an empty answer means «does not apply».
    "members_pregnancy_unknown": (
        "count(*) FILTER (WHERE i.pregnant IS NULL AND i.sex = 'F'"
        " AND (i.birth_date IS NULL OR i.birth_date <= {born_15} AND i.birth_date > {born_50}))"
    ),
    "working_members": "count(*) FILTER (WHERE i.works)",
    "members_work_unknown": (
        "count(*) FILTER (WHERE i.works IS NULL"
        " AND (i.birth_date IS NULL OR i.birth_date <= {born_15} AND i.birth_date > {born_65}))"
    ),
    "school_age_out_of_school": (
        "count(*) FILTER (WHERE NOT i.in_school AND i.birth_date <= {born_6} AND i.birth_date > {born_18})"
    ),
    "school_age_schooling_unknown": (
        "count(*) FILTER (WHERE i.in_school IS NULL AND i.birth_date <= {born_6} AND i.birth_date > {born_18}"
        " OR i.birth_date IS NULL AND i.in_school IS NOT TRUE)"
    ),
    "members_with_disability": "count(d.worst)",
    "members_with_severe_disability": "count(*) FILTER (WHERE d.worst >= {severe})",
    "elderly_or_severely_disabled": "count(*) FILTER (WHERE i.birth_date <= {born_65} OR d.worst >= {severe})",
    "elderly_or_severely_disabled_unknown": (
        "count(*) FILTER (WHERE i.birth_date IS NULL AND (d.worst IS NULL OR d.worst < {severe}))"
    ),
    "formal_income_highest": "max(i.formal_income_monthly)::float8",
    "adults_formal_income_unknown": (
        "count(*) FILTER (WHERE i.formal_income_monthly IS NULL"
        " AND (i.birth_date IS NULL OR i.birth_date <= {born_18}))"
    ),
    "schooling_years_highest": "max(i.years_schooling)",
    "schooling_years_mean_adults": "(avg(i.years_schooling) FILTER (WHERE i.birth_date <= {born_18}))::float8",
    "head_sex": "max(i.sex) FILTER (WHERE m.relationship = 'head')",
    "head_birth_date": "max(i.birth_date) FILTER (WHERE m.relationship = 'head')",
    "head_marital_status": "max(nullif(i.marital_status, '')) FILTER (WHERE m.relationship = 'head')",
    "head_schooling_years": "max(i.years_schooling) FILTER (WHERE m.relationship = 'head')",
    "head_works": "bool_or(i.works) FILTER (WHERE m.relationship = 'head')",
    "head_with_severe_disability": (
        "bool_or(coalesce(d.worst >= {severe}, false)) FILTER (WHERE m.relationship = 'head')"
    ),
}
# Every household has these, also the one without members: nobody lives there, which is known.
_ZERO_WITHOUT_MEMBERS = frozenset(
    code for code, aggregate in _MEMBER_AGGREGATES.items() if aggregate.startswith("count")
)

# h = household, w = dwelling, p = the aggregates above, place = what each area lies in, as arrays by the area's key.
_HOUSEHOLD_EXPRESSIONS = {
    "dependency_ratio": (
        "CASE WHEN p.members_age_unknown = 0 THEN"
        " (p.children_0_17 - p.children_15_17 + p.elderly_65)::float8"
        " / nullif(p.adults_18_64 + p.children_15_17, 0) END"
    ),
    "dependants_share": (
        "CASE WHEN p.members_age_unknown = 0 THEN"
        " (p.children_0_17 - p.children_15_17 + p.elderly_65)::float8 / p.members END"
    ),
    # Whole years between two dates, as age() would say, at a fraction of its cost.
    "head_age": (
        "(extract(year FROM {on_date}) - extract(year FROM p.head_birth_date)"
        " - CASE WHEN (extract(month FROM p.head_birth_date), extract(day FROM p.head_birth_date))"
        " > (extract(month FROM {on_date}), extract(day FROM {on_date})) THEN 1 ELSE 0 END)::smallint"
    ),
    "urban": "h.urban",
    "rooms": "w.rooms",
    "bedrooms": "w.bedrooms",
    "persons_per_room": "p.members::float8 / nullif(w.rooms, 0)",
    "monthly_rent": "w.monthly_rent::float8",
    "income_monthly": "h.income_monthly::float8",
    "income_per_head": "h.income_monthly::float8 / p.members",
    "governorate_poverty_rate": "nullif((SELECT poverty_rates FROM place)[h.area_id::int], 'NaN')",
    **{
        code: f"nullif(w.{code}, '')"
        for code in ("tenure", "wall", "floor", "roof", "water", "sanitation", "electricity", "cooking_fuel", "waste")
    },
    **{
        code: f"w.{code}"
        for code in ("refrigerator", "television", "computer", "mobile_phone", "mobile_phones", "tablets")
    },
}

# Written by the score sweep, not here.
_SCORED = frozenset({"pmt_score"})
PLACE_COLUMNS = ("area_id", "governorate_id")
COLUMNS: tuple[str, ...] = PLACE_COLUMNS + tuple(code for code in CATALOGUE if code not in _SCORED)


@dataclass(frozen=True)
class Scope:
    """Which households a statement is about: given ones, or a range of keys (both ends included).

    A range also names the keys between which its members lie, so that the planner reads that stretch of the table of
    people in order instead of probing it, or reading all of it, for each range.
    """

    household_ids: tuple[int, ...] | None = None
    first_id: int = 0
    last_id: int = 0
    first_person_id: int = 0
    last_person_id: int = 0

    def households(self, column: str) -> str:
        """Return the SQL condition on a column that holds the household's key."""
        if self.household_ids is not None:
            return f"{column} = ANY(%(household_ids)s)"
        return f"{column} BETWEEN %(first_id)s AND %(last_id)s"

    def people(self, column: str) -> str:
        """Return the SQL condition on a column that holds a person's key."""
        if self.household_ids is not None:
            members = "SELECT individual_id FROM beneficiaries_membership WHERE household_id = ANY(%(household_ids)s)"
            return f"{column} IN ({members})"
        return f"{column} BETWEEN %(first_person_id)s AND %(last_person_id)s"

    def params(self, on_date: dt.date) -> SqlParams:
        """Return the parameters of the statements below."""
        if self.household_ids is not None:
            return {"household_ids": list(self.household_ids), "on_date": on_date}
        return {
            "first_id": self.first_id,
            "last_id": self.last_id,
            "first_person_id": self.first_person_id,
            "last_person_id": self.last_person_id,
            "on_date": on_date,
        }


# For ranges: only merges of ordered streams. The planner's own choice is as quick while its statistics are fresh, but
# right after an import it takes 50,000 households for one, and a nested loop over them took minutes.
PLANNER = {"enable_nestloop": "off", "enable_hashjoin": "off", "enable_hashagg": "off", "work_mem": "'32MB'"}


def planner(*, chosen: bool) -> str:
    """Return the statement that makes the choice above for the rest of the transaction, or takes it back."""
    return "; ".join(f"SET LOCAL {name} TO {value if chosen else 'DEFAULT'}" for name, value in PLANNER.items())


def _constants(on_date: dt.date) -> dict[str, str]:
    """Return the constant dates of the statement as SQL literals (dates made here, nothing typed by a person)."""
    dates = {f"born_{age}": rules.years_before(on_date, age) for age in _AGES} | {"on_date": on_date}
    return {name: f"DATE '{date.isoformat()}'" for name, date in dates.items()} | {
        "severe": str(rules.SEVERE_DISABILITY_FROM)
    }


def member_aggregate(scope: Scope, on_date: dt.date) -> str:
    """Return the grouped pass over the members of the scope's households."""
    constants = _constants(on_date)
    columns = ",\n       ".join(
        f"{aggregate.format(**constants)} AS {code}" for code, aggregate in _MEMBER_AGGREGATES.items()
    )
    return f"""
SELECT m.household_id,
       {columns}
FROM beneficiaries_membership m
JOIN beneficiaries_individual i ON i.id = m.individual_id
LEFT JOIN (
    SELECT individual_id, max(severity) AS worst FROM beneficiaries_disability
    WHERE {scope.people("individual_id")} GROUP BY individual_id
) d ON d.individual_id = m.individual_id
WHERE {scope.households("m.household_id")}
  AND {scope.people("i.id")}
  AND m.joined_on <= {constants["on_date"]}
  AND (m.left_on IS NULL OR m.left_on > {constants["on_date"]})
  AND (i.died_on IS NULL OR i.died_on > {constants["on_date"]})
GROUP BY m.household_id"""  # noqa: S608 - made of constants and placeholders only


def select(scope: Scope, on_date: dt.date) -> str:
    """Return the statement that computes the facts of the scope's households: `household_id` and `COLUMNS`.

    Areas are looked up in arrays instead of joined: a join would sort the wide rows by area, and then again by
    household for the merge.
    """
    constants = _constants(on_date)
    columns = ["h.area_id", "nullif((SELECT governorates FROM place)[h.area_id::int], 0) AS governorate_id"]
    for code in COLUMNS[len(PLACE_COLUMNS) :]:
        if code in _HOUSEHOLD_EXPRESSIONS:
            expression = _HOUSEHOLD_EXPRESSIONS[code].format(**constants)
        elif code in _ZERO_WITHOUT_MEMBERS:
            expression = f"least(coalesce(p.{code}, 0), 32767)::smallint"
        else:
            expression = f"p.{code}"
        columns.append(f"{expression} AS {code}")
    listed = ",\n       ".join(columns)
    return f"""
WITH place AS MATERIALIZED (
    SELECT array_agg(coalesce(governorate.id, 0) ORDER BY number) AS governorates,
           array_agg(coalesce(figure.value::float8, 'NaN') ORDER BY number) AS poverty_rates
    FROM generate_series(1, (SELECT max(id) FROM ministry_area)) AS number
    LEFT JOIN ministry_area area ON area.id = number
    LEFT JOIN ministry_area governorate
           ON governorate.level = 'governorate' AND starts_with(area.path, governorate.path)
    LEFT JOIN LATERAL (
        SELECT value FROM ministry_areafigure
        WHERE area_id = governorate.id AND kind = 'poverty_rate' ORDER BY period DESC LIMIT 1
    ) figure ON true
)
SELECT h.id AS household_id,
       {listed}
FROM beneficiaries_household h
LEFT JOIN beneficiaries_dwelling w ON w.household_id = h.id
LEFT JOIN ({member_aggregate(scope, on_date)}
) p ON p.household_id = h.id
WHERE {scope.households("h.id")} AND h.status <> 'inactive'"""  # noqa: S608 - made of constants and placeholders only


def merge(scope: Scope, on_date: dt.date, score: str = "") -> str:
    """Return the statement that stores the facts of the scope's households and touches only rows that differ.

    `score` is an expression over these facts (as `f`) that becomes the fact `pmt_score` in the same pass; without it
    the stored score stays.
    """
    columns = (*COLUMNS, "pmt_score") if score else COLUMNS
    fresh = select(scope, on_date)
    if score:
        fresh = f"SELECT f.*, {score} AS pmt_score FROM ({fresh}\n) f"  # noqa: S608 - compiled from the catalogue
    listed = ", ".join(columns)
    return f"""
MERGE INTO beneficiaries_householdfacts AS stored
USING ({fresh}
) AS fresh ON stored.household_id = fresh.household_id
WHEN MATCHED AND ({", ".join(f"stored.{column}" for column in columns)})
     IS DISTINCT FROM ({", ".join(f"fresh.{column}" for column in columns)})
THEN UPDATE SET as_of = %(on_date)s, computed_at = now(),
     {", ".join(f"{column} = fresh.{column}" for column in columns)}
WHEN NOT MATCHED THEN INSERT (household_id, as_of, computed_at, {listed})
     VALUES (fresh.household_id, %(on_date)s, now(), {", ".join(f"fresh.{column}" for column in columns)})"""  # noqa: S608


def remove_vanished(scope: Scope) -> str:
    """Return the statement that removes the rows of households that have left the register."""
    return f"""
DELETE FROM beneficiaries_householdfacts stored
WHERE {scope.households("stored.household_id")}
  AND NOT EXISTS (
      SELECT FROM beneficiaries_household h WHERE h.id = stored.household_id AND h.status <> 'inactive'
  )"""  # noqa: S608

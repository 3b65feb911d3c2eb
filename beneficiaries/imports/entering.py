"""Staged rows into the registry: districts first, then households with their people, so many at a time.

Each call is safe to repeat: what stands in the registry already is left as it is and not entered twice, whoever
entered it.
"""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction

from beneficiaries.models import (
    Disability,
    Dwelling,
    Household,
    Identifier,
    ImportBatch,
    Individual,
    Membership,
)

# First number of the advisory lock that lets one import write at a time, step by step; the second is always 0.
_WRITE_LOCK_SPACE = 0x494D50  # "IMP"

# Times a step is written before somebody's writing in between ends it.
_ATTEMPTS = 3

# A district nobody has met before, under a known governorate; administrators give it its full name.
_DISTRICTS = """
    INSERT INTO ministry_area
        (code, level, parent_id, path, name_ar, name_en, boundary_credit, address, phone, is_active)
    SELECT DISTINCT ON (s.district_code) s.district_code, 'district', g.id, g.path || s.district_code || '/',
           g.name_ar || ' ' || substr(s.district_code, length(g.code) + 2),
           g.name_en || ' ' || substr(s.district_code, length(g.code) + 2), '', '', '', true
    FROM beneficiaries_stagedhousehold s
    JOIN ministry_area g ON g.code = s.governorate_code AND g.level = 'governorate'
    WHERE s.batch_id = %(batch)s AND s.district_code IS NOT NULL
      AND NOT EXISTS (SELECT FROM ministry_area d WHERE d.code = s.district_code)
    ORDER BY s.district_code
    ON CONFLICT DO NOTHING
"""

_ENTER = """
    WITH staged AS MATERIALIZED (
        SELECT s.*, area.id AS area_id FROM beneficiaries_stagedhousehold s
        JOIN ministry_area area ON area.code = coalesce(s.district_code, s.governorate_code)
        WHERE s.batch_id = %(batch)s AND s.row BETWEEN %(first)s AND %(last)s
    ), new_household AS (
        INSERT INTO beneficiaries_household (household_ref, area_id, status, registered_on, address, phone, phone_key,
            urban, income_monthly, import_batch_id, created_at)
        SELECT household_ref, area_id, 'registered', registered_on::date, coalesce(address, ''), coalesce(phone, ''),
               coalesce(left(phone_key, 20), ''), urban::boolean, income_monthly::numeric, %(batch)s, now()
        FROM staged ORDER BY row
        ON CONFLICT (household_ref) DO NOTHING
        RETURNING id, household_ref, registered_on
    ), new_dwelling AS (
        INSERT INTO beneficiaries_dwelling (household_id, tenure, monthly_rent, rooms, bedrooms, wall, floor, roof,
            water, sanitation, electricity, cooking_fuel, waste, refrigerator, television, computer, mobile_phone,
            tablets, mobile_phones)
        SELECT h.id, coalesce(tenure, ''), monthly_rent::numeric, rooms::smallint, bedrooms::smallint,
               coalesce(wall, ''), coalesce(floor, ''), coalesce(roof, ''), coalesce(water, ''),
               coalesce(sanitation, ''), coalesce(electricity, ''), coalesce(cooking_fuel, ''), coalesce(waste, ''),
               refrigerator::boolean, television::boolean, computer::boolean, mobile_phone::boolean,
               tablets::smallint, mobile_phones::smallint
        FROM staged JOIN new_household h USING (household_ref)
        ORDER BY h.id
    ), known_household AS MATERIALIZED (
        SELECT h.id, h.household_ref, h.registered_on FROM staged JOIN beneficiaries_household h USING (household_ref)
        FOR KEY SHARE OF h
    ), home AS MATERIALIZED (
        SELECT id, household_ref, registered_on, false AS has_head FROM new_household
        UNION ALL
        SELECT h.id, h.household_ref, h.registered_on,
               EXISTS (SELECT FROM beneficiaries_membership m
                       WHERE m.household_id = h.id AND m.left_on IS NULL AND m.relationship = 'head')
        FROM known_household h
    ), person AS MATERIALIZED (
        SELECT p.*, home.id AS household_id, home.registered_on
        FROM home JOIN beneficiaries_stagedindividual p
          ON p.batch_id = %(batch)s AND p.household_ref = home.household_ref
        WHERE NOT (p.relationship = 'head' AND home.has_head)
    ), new_individual AS (
        INSERT INTO beneficiaries_individual (person_ref, full_name, mother_name, name_key, name_skeletons, mother_key,
            sex, birth_date, phone, phone_key, marital_status, years_schooling, in_school, works, pregnant,
            import_batch_id, created_at)
        SELECT person_ref, full_name, coalesce(mother_name, ''), coalesce(left(name_key, 300), ''),
               coalesce(string_to_array(name_skeletons, ' '), '{}'), coalesce(left(mother_key, 300), ''), sex,
               birth_date::date, coalesce(phone, ''), coalesce(left(phone_key, 20), ''), coalesce(marital_status, ''),
               years_schooling::smallint, in_school::boolean, works::boolean, pregnant::boolean, %(batch)s, now()
        FROM person ORDER BY row
        ON CONFLICT (person_ref) DO NOTHING
        RETURNING id, person_ref
    ), entered AS MATERIALIZED (
        SELECT i.id, p.household_id, p.relationship, p.registered_on, p.birth_date, p.national_id, p.national_key,
               p.national_ok, p.disability
        FROM new_individual i JOIN person p USING (person_ref)
    ), new_membership AS (
        INSERT INTO beneficiaries_membership (household_id, individual_id, relationship, joined_on)
        SELECT household_id, id, relationship, greatest(registered_on, birth_date::date) FROM entered ORDER BY id
    ), new_identifier AS (
        INSERT INTO beneficiaries_identifier (individual_id, kind, value, value_key, is_well_formed)
        SELECT id, 'national_id', national_id, left(national_key, 60), national_ok FROM entered
        WHERE national_key IS NOT NULL ORDER BY id
    ), new_disability AS (
        INSERT INTO beneficiaries_disability (individual_id, domain, severity)
        SELECT id, split_part(part, ':', 1), split_part(part, ':', 2)::smallint
        FROM entered CROSS JOIN LATERAL unnest(string_to_array(disability, ';')) AS part
        WHERE disability IS NOT NULL ORDER BY id
    )
    SELECT (SELECT count(*) FROM staged), (SELECT count(*) FROM new_household),
           (SELECT count(*) FROM home JOIN beneficiaries_stagedindividual p
              ON p.batch_id = %(batch)s AND p.household_ref = home.household_ref),
           (SELECT count(*) FROM new_individual)
"""

# Whoever is still missing after a step was kept out by somebody who registered the same head or person since the
# review. Told, so that nobody is lost without a word.
_NOTE_MISSING = """
    INSERT INTO beneficiaries_importissue (batch_id, file, row, "column", value, severity, reason, params)
    SELECT p.batch_id, 'individuals', p.row, 'person_ref', p.person_ref, 'doubtful', 'taken_meanwhile', '{}'
    FROM beneficiaries_stagedhousehold s
    JOIN beneficiaries_stagedindividual p ON p.batch_id = s.batch_id AND p.household_ref = s.household_ref
    WHERE s.batch_id = %(batch)s AND s.row BETWEEN %(first)s AND %(last)s
      AND NOT EXISTS (SELECT FROM beneficiaries_individual i WHERE i.person_ref = p.person_ref)
    ON CONFLICT DO NOTHING
"""


# Foreign keys checked row by row take as long as writing the rows. Here they hold by construction: what a new row
# refers to was written by the same statement, or is locked by it against removal (`_LOCK_REFERENCES`,
# `known_household`). So they need not be asked once more, where the server lets us say so and nobody else's trigger on
# new rows would be silenced with them.
_MAY_SKIP_ROW_CHECKS = """
    SELECT has_parameter_privilege('session_replication_role', 'SET') AND NOT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = ANY (%(tables)s::regclass[]) AND NOT tgisinternal AND tgtype & 4 <> 0)
"""
_LOCK_REFERENCES = """
    WITH batch AS MATERIALIZED (
        SELECT id FROM beneficiaries_importbatch WHERE id = %(batch)s FOR KEY SHARE
    ), area AS MATERIALIZED (
        SELECT a.id FROM ministry_area a WHERE a.code IN (
            SELECT coalesce(s.district_code, s.governorate_code) FROM beneficiaries_stagedhousehold s
            WHERE s.batch_id = %(batch)s AND s.row BETWEEN %(first)s AND %(last)s)
        FOR KEY SHARE OF a
    )
    SELECT (SELECT count(*) FROM batch), (SELECT count(*) FROM area)
"""
TABLES = [model._meta.db_table for model in (Household, Dwelling, Individual, Membership, Identifier, Disability)]


@dataclass(frozen=True)
class Entered:
    """What one step did."""

    households: int
    known_households: int
    individuals: int
    known_individuals: int
    left_out: int


def make_districts(*, batch: ImportBatch) -> int:
    """Add the districts the batch names and nobody knew; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_DISTRICTS, {"batch": batch.pk})
        return cursor.rowcount


def enter_rows(*, batch: ImportBatch, first: int, last: int) -> Entered:
    """Enter the households of these rows of the households file, with their people.

    Imports take turns, one step each, so that each sees all that the others have entered.
    """
    params = {"batch": batch.pk, "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_WRITE_LOCK_SPACE])
        households, new_households, individuals, new_individuals = _write(cursor, params)
        left_out = 0
        if new_individuals < individuals:
            cursor.execute(_NOTE_MISSING, params)
            left_out = cursor.rowcount
        return Entered(
            households=new_households,
            known_households=households - new_households,
            individuals=new_individuals,
            known_individuals=individuals - new_individuals - left_out,
            left_out=left_out,
        )


def _write(cursor: Any, params: dict[str, int]) -> tuple[int, int, int, int]:
    """Write the rows; where a caseworker was just writing the same head or person, once more after them."""
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                if may_skip_row_checks(cursor):
                    cursor.execute(_LOCK_REFERENCES, params)
                    cursor.execute("SET LOCAL session_replication_role = replica")
                cursor.execute(_ENTER, params)
                counts = cursor.fetchone()
                cursor.execute("SET LOCAL session_replication_role = DEFAULT")
                return counts
        except IntegrityError:
            # What stood in the way is committed now: the next attempt sees it and leaves that row out.
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError  # pragma: no cover - the last attempt returns or raises


def may_skip_row_checks(cursor: Any) -> bool:
    """Return whether new rows may go in without a look at each one's references."""
    cursor.execute(_MAY_SKIP_ROW_CHECKS, {"tables": TABLES})
    return cursor.fetchone()[0]

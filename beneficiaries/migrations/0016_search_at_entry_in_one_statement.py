"""The check of a new person in one round trip whose plan the server keeps.

A function of the database and not a statement prepared by the client: its plans are kept for each connection by
themselves, and connections that a pooler hands on have it too.
"""

from django.db import migrations

# Each search is one index; unknown values are NULL and find nothing. The plan is made for any values: planning six
# searches and five joins anew would take longer than carrying them out. Cards merged into another are nobody any more.
# Parameters are called `new_…`, since a column of the same name would be meant instead.
_CREATE = """
CREATE FUNCTION beneficiaries_entry_check(
    new_number text, new_tail text, new_dates date[], new_given text[], new_phone text, new_father text, new_last text,
    new_born_from date, new_born_until date, new_mother text, new_area bigint, new_most integer
) RETURNS TABLE (
    model_id bigint, run_id bigint, registering_governorate bigint,
    id bigint, name_key text, mother_key text, sex text, birth_date date, phone_key text, number text,
    is_well_formed boolean, household bigint, area bigint, governorate bigint
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH found AS (
        (SELECT n.individual_id FROM beneficiaries_identifier n
          WHERE n.value_key = new_number AND n.removed_on IS NULL LIMIT new_most)
        UNION
        (SELECT i.id FROM beneficiaries_individual i
          WHERE i.birth_date = ANY(new_dates) AND i.name_skeletons[1] = ANY(new_given) LIMIT new_most)
        UNION
        (SELECT i.id FROM beneficiaries_individual i
          WHERE i.phone_key = new_phone AND i.phone_key <> '' AND i.name_skeletons[1] = ANY(new_given) LIMIT new_most)
        UNION
        (SELECT n.individual_id FROM beneficiaries_identifier n
          JOIN beneficiaries_individual i ON i.id = n.individual_id
          WHERE right(n.value_key, 7) = new_tail AND n.removed_on IS NULL AND i.name_skeletons[1] = ANY(new_given)
          LIMIT new_most)
        UNION
        (SELECT i.id FROM beneficiaries_individual i
          WHERE i.name_skeletons[1] = ANY(new_given) AND i.name_skeletons[2] = new_father
            AND i.name_skeletons[cardinality(i.name_skeletons)] = new_last
            AND i.birth_date BETWEEN new_born_from AND new_born_until LIMIT new_most)
        UNION
        (SELECT i.id FROM beneficiaries_individual i
          WHERE substring(i.mother_key from '^[^ ]+ [^ ]+') = new_mother AND i.name_skeletons[1] = ANY(new_given)
            AND i.birth_date BETWEEN new_born_from AND new_born_until LIMIT new_most)
    ),
    people AS (
        SELECT i.id, i.name_key::text, i.mother_key::text, i.sex::text, i.birth_date, i.phone_key::text,
               n.value_key::text AS number, n.is_well_formed, m.household_id AS household, h.area_id AS area,
               CASE WHEN a.level = 'district' THEN a.parent_id ELSE a.id END AS governorate
        FROM found
        JOIN beneficiaries_individual i ON i.id = found.individual_id
        LEFT JOIN LATERAL (
            SELECT value_key, is_well_formed FROM beneficiaries_identifier
            WHERE individual_id = i.id AND kind = 'national_id' AND removed_on IS NULL
            ORDER BY is_well_formed DESC NULLS LAST, id DESC LIMIT 1
        ) n ON true
        LEFT JOIN beneficiaries_membership m ON m.individual_id = i.id AND m.left_on IS NULL
        LEFT JOIN beneficiaries_household h ON h.id = m.household_id
        LEFT JOIN ministry_area a ON a.id = h.area_id
        WHERE i.merged_into_id IS NULL
    )
    SELECT state.*, people.*
    FROM (
        SELECT (SELECT d.id FROM beneficiaries_duplicatemodel d WHERE d.status = 'in_force'),
               (SELECT r.id FROM beneficiaries_duplicaterun r
                 WHERE r.is_full AND r.finished_at IS NOT NULL ORDER BY r.id DESC LIMIT 1),
               (SELECT CASE WHEN a.level = 'district' THEN a.parent_id ELSE a.id END
                 FROM ministry_area a WHERE a.id = new_area)
    ) state LEFT JOIN people ON true
    ORDER BY people.id;
END $$
"""
_DROP = """
DROP FUNCTION beneficiaries_entry_check(
    text, text, date[], text[], text, text, text, date, date, text, bigint, integer)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("beneficiaries", "0015_add_recertification"),
    ]

    operations = [migrations.RunSQL(_CREATE, _DROP)]

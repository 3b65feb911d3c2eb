"""People who share a well-formed national number: both rows stay, and the pair is put before a person."""

from collections.abc import Iterable

from django.db import connection

from beneficiaries.models import ImportBatch

# A number on more people than this is somebody's slip or a placeholder: each is then paired with the first of them
# only, so that the pairs do not grow with the square.
_EVERYBODY_WITH_EVERYBODY = 20

_PAIRS = """
    WITH shared AS (
        SELECT n.kind, n.value_key, count(*) AS people, min(n.individual_id) AS first
        FROM beneficiaries_identifier n
        WHERE n.removed_on IS NULL AND n.is_well_formed AND (n.value_key, n.kind) IN (
            SELECT mine.value_key, mine.kind FROM beneficiaries_individual i
            JOIN beneficiaries_identifier mine ON mine.individual_id = i.id
            WHERE {new} AND mine.removed_on IS NULL AND mine.is_well_formed)
        GROUP BY n.kind, n.value_key HAVING count(*) > 1
    )
    INSERT INTO beneficiaries_duplicatepair
        (individual_a_id, individual_b_id, probability, band, status, evidence, model_version, found_at,
         note)
    SELECT DISTINCT a.individual_id, b.individual_id, 1.0, 'strong', 'open',
           jsonb_build_array(jsonb_build_object('field', s.kind, 'level', 'same', 'weight_person', null,
               'weight_family', null)), '', now(), ''
    FROM shared s
    JOIN beneficiaries_identifier a
      ON a.value_key = s.value_key AND a.kind = s.kind AND a.removed_on IS NULL AND a.is_well_formed
    JOIN beneficiaries_identifier b
      ON b.value_key = s.value_key AND b.kind = s.kind AND b.removed_on IS NULL AND b.is_well_formed
    WHERE a.individual_id < b.individual_id AND (s.people <= %(limit)s OR a.individual_id = s.first)
    ORDER BY 1, 2
    ON CONFLICT (individual_a_id, individual_b_id) DO NOTHING
"""


def flag_shared_identifiers(*, batch: ImportBatch | None = None, individual_ids: Iterable[int] = ()) -> int:
    """Flag every two people who share a number and of whom one came with this batch, or is one of these people.

    Returns the new pairs.

    A pair that people have decided on before stays decided.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _PAIRS.format(new="i.import_batch_id = %(batch)s" if batch else "i.id = ANY(%(individuals)s)"),
            {
                "batch": batch.pk if batch else None,
                "individuals": list(individual_ids),
                "limit": _EVERYBODY_WITH_EVERYBODY,
            },
        )
        return cursor.rowcount

"""The register's key columns out of Postgres into columns of codes, in one COPY."""

import tempfile

import pyarrow as pa
from django.db import connection
from pyarrow import csv

from beneficiaries.duplicates.people import SCHEMA, Frequencies, People, people_from
from beneficiaries.models import Individual, NamePart

# Cards that were merged into another are nobody any more. Of several numbers the sound one, then the newest, speaks
# for a person. The dead stay: somebody may draw their benefit.
_PERSON = """
    SELECT i.id, i.name_key, i.mother_key, i.sex, i.birth_date,
           coalesce(nullif(i.phone_key, ''), '') AS phone_key, n.value_key AS number, n.is_well_formed,
           m.household_id AS household, h.area_id AS area,
           CASE WHEN a.level = 'district' THEN a.parent_id ELSE a.id END AS governorate
    FROM beneficiaries_individual i
    LEFT JOIN (
        SELECT DISTINCT ON (individual_id) individual_id, value_key, is_well_formed FROM beneficiaries_identifier
        WHERE kind = 'national_id' AND removed_on IS NULL
        ORDER BY individual_id, is_well_formed DESC NULLS LAST, id DESC
    ) n ON n.individual_id = i.id
    LEFT JOIN beneficiaries_membership m ON m.individual_id = i.id AND m.left_on IS NULL
    LEFT JOIN beneficiaries_household h ON h.id = m.household_id
    LEFT JOIN ministry_area a ON a.id = h.area_id
    WHERE i.merged_into_id IS NULL
"""
_SPOOL = 64 * 1024 * 1024


def read_register() -> People:
    """Return everybody, with the frequencies of names counted among them."""
    statement = _PERSON
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as spool:
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY ({statement}) TO STDOUT (FORMAT csv)", spool)
        size = spool.tell()
        spool.seek(0)
        return people_from(_table(spool) if size else SCHEMA.empty_table())


def _table(spool: tempfile.SpooledTemporaryFile) -> pa.Table:
    return csv.read_csv(
        spool,
        read_options=csv.ReadOptions(column_names=SCHEMA.names),
        convert_options=csv.ConvertOptions(
            column_types=SCHEMA, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""],
            true_values=["t"], false_values=["f"],
        ),
    )  # fmt: skip


def known_frequencies() -> Frequencies:
    """Return how many people bear each part of a name, as of the last full sweep."""
    counts = dict(NamePart.objects.order_by().values_list("part", "people"))
    # The empty part stands for everybody.
    return Frequencies(counts.pop("", 0), counts)


def keep_frequencies(people: People) -> None:
    """Write the frequencies of names down, for the entry check and incremental sweeps."""
    frequencies = people.frequencies
    rows = [NamePart(part="", people=frequencies.people)]
    rows += [
        NamePart(part=part[: Individual._meta.get_field("name_key").max_length], people=count)
        for part, count in frequencies.counts.items()
        if count and part
    ]
    NamePart.objects.all().delete()
    NamePart.objects.bulk_create(rows, batch_size=5_000)

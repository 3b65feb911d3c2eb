"""Where a card or a file leads after a merge: the redirect, for whatever was found or decided under the former one.

What was found, decided or paid stays with the card and the household it was found about, frozen as it was; whoever
reads it to act on it goes through here. So nothing has to be moved, and undoing a merge has nothing to put back.
"""

from collections.abc import Iterable

from django.db import connection

from beneficiaries.models import Household, Individual, Merge

# Every card that was merged, with the card that stands for the person today; of cards merged in turn, the last one.
STANDING_CARDS = """
    WITH RECURSIVE lead (id, person_id) AS (
        SELECT id, merged_into_id FROM beneficiaries_individual WHERE merged_into_id IS NOT NULL
        UNION
        SELECT lead.id, next.merged_into_id FROM lead
        JOIN beneficiaries_individual next ON next.id = lead.person_id AND next.merged_into_id IS NOT NULL
    )
    SELECT lead.id, lead.person_id FROM lead
    JOIN beneficiaries_individual person ON person.id = lead.person_id AND person.merged_into_id IS NULL
"""

_ALL_CARDS = """
    WITH RECURSIVE up (id) AS (
        SELECT %(card)s::bigint
        UNION
        SELECT card.merged_into_id FROM up
        JOIN beneficiaries_individual card ON card.id = up.id AND card.merged_into_id IS NOT NULL
    ),
    down (id) AS (
        SELECT id FROM up
        UNION
        SELECT card.id FROM down JOIN beneficiaries_individual card ON card.merged_into_id = down.id
    )
    SELECT id FROM down ORDER BY id
"""

_FORMER_FILES = """
    WITH RECURSIVE former (id) AS (
        SELECT %(household)s::bigint
        UNION
        SELECT merge.closed_household_id FROM former
        JOIN beneficiaries_merge merge ON merge.kept_household_id = former.id AND merge.status = ANY(%(standing)s)
        JOIN beneficiaries_household home ON home.id = merge.closed_household_id AND home.status = %(inactive)s
    )
    SELECT id FROM former WHERE id <> %(household)s ORDER BY id
"""


def all_cards(card_id: int) -> list[int]:
    """Return the keys of all cards of a person: the one that stands, and those that lead to it."""
    with connection.cursor() as cursor:
        cursor.execute(_ALL_CARDS, {"card": card_id})
        return [row[0] for row in cursor.fetchall()]


def people_behind(card_ids: Iterable[int]) -> dict[int, Individual]:
    """Return for each of these cards the card that stands for its person today."""
    keys = sorted(set(card_ids))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, person_id FROM ({STANDING_CARDS}) card WHERE id = ANY(%s)", [keys])  # noqa: S608 - our own text
        leads_to = dict(cursor.fetchall())
    people = Individual.objects.in_bulk({leads_to.get(key, key) for key in keys})
    return {key: people[leads_to.get(key, key)] for key in keys}


def former_files(household: Household) -> list[Household]:
    """Return the households that have left the register because their people were found to be people of this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            _FORMER_FILES,
            {
                "household": household.pk,
                "standing": list(Merge.STANDING),
                "inactive": Household.Status.INACTIVE,
            },
        )
        keys = [row[0] for row in cursor.fetchall()]
    return list(Household.objects.filter(pk__in=keys).select_related("area").order_by("pk")) if keys else []

"""Scoring households that are not in the register (of a survey, of a test) by the very statement of the sweep."""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection

from beneficiaries.models import ScoreTerm
from beneficiaries.scores.expression import score_of

# So many rows are sent at once.
_AT_ONCE = 5_000


def score_rows(intercept: Decimal, terms: Iterable[ScoreTerm], rows: Sequence[Mapping[str, Any]]) -> list[float | None]:
    """Return the score of each row of facts, in the same order; None where a fact it cannot do without is unknown."""
    expression = score_of(intercept, terms)
    found: list[float | None] = []
    with connection.cursor() as cursor:
        for first in range(0, len(rows), _AT_ONCE):
            sent = [dict(row) for row in rows[first : first + _AT_ONCE]]
            cursor.execute(
                # The rows take the types of the table of facts, so that the expression means what it means there.
                f"SELECT {expression} FROM ROWS FROM (jsonb_array_elements(%s::jsonb)) WITH ORDINALITY AS sent(row, n),"  # noqa: S608
                " LATERAL jsonb_populate_record(NULL::beneficiaries_householdfacts, sent.row) AS f ORDER BY sent.n",
                [json.dumps(sent)],
            )
            found += [value for (value,) in cursor.fetchall()]
    return found

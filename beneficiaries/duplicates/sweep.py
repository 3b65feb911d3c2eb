"""The whole register compared with itself: read once, compared, and what was found entered among the pairs."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import numpy as np
from django.db import connection

from beneficiaries.duplicates import blocking, comparison
from beneficiaries.duplicates.clusters import clusters
from beneficiaries.duplicates.levels import FIELDS
from beneficiaries.duplicates.model import PERSON, Model, Shares
from beneficiaries.duplicates.people import People
from beneficiaries.duplicates.reading import keep_frequencies, read_register
from beneficiaries.duplicates.training import distinct
from beneficiaries.models import DuplicatePair, DuplicateRun

# Clusters of more people than this hold no payment by themselves: a shared placeholder links many.
LARGEST_CLUSTER = 5
_NUMBER = list(FIELDS).index("national_id")
_SAME_NUMBER = [
    FIELDS["national_id"].index("same"),
    FIELDS["national_id"].index("same_one_day"),
]

_CHANGED = """
    SELECT id FROM beneficiaries_individual WHERE id > %(individual)s
    UNION SELECT individual_id FROM beneficiaries_identifier WHERE id > %(identifier)s
    UNION SELECT row_id FROM ministry_rowversion
    WHERE id > %(version)s AND table_name = 'beneficiaries_individual'
    UNION SELECT (row ->> 'individual_id')::bigint FROM ministry_rowversion
    WHERE id > %(version)s AND table_name = 'beneficiaries_identifier'
"""
_SEEN = """
    SELECT coalesce((SELECT max(id) FROM beneficiaries_individual), 0),
           coalesce((SELECT max(id) FROM beneficiaries_identifier), 0),
           coalesce((SELECT max(id) FROM ministry_rowversion), 0)
"""
# Decided pairs stay as they are, and an open pair is written only where something is new about it.
_ENTER = """
    INSERT INTO beneficiaries_duplicatepair AS pair (individual_a_id, individual_b_id, probability, band, status,
        evidence, model_version, run_id, found_at, note)
    SELECT f.individual_a, f.individual_b, f.probability, f.band, 'open', f.evidence, %(version)s, %(run)s, now(), ''
    FROM beneficiaries_duplicatefinding f WHERE f.run_id = %(run)s
    ORDER BY f.individual_a, f.individual_b
    ON CONFLICT (individual_a_id, individual_b_id) DO UPDATE
    SET probability = excluded.probability, band = excluded.band, evidence = excluded.evidence,
        model_version = excluded.model_version, run_id = excluded.run_id
    WHERE pair.status = 'open' AND (pair.probability, pair.band, pair.evidence, pair.model_version)
          IS DISTINCT FROM (excluded.probability, excluded.band, excluded.evidence, excluded.model_version)
    RETURNING xmax = 0
"""
# What no longer looks alike is no longer asked, unless somebody decided, or it turned up while the sweep was under way.
_WITHDRAW = """
    DELETE FROM beneficiaries_duplicatepair pair
    WHERE pair.status = 'open' AND pair.decided_by_id IS NULL AND pair.found_at < %(started)s
      AND NOT EXISTS (SELECT FROM beneficiaries_merge merge WHERE merge.pair_id = pair.id)
      AND NOT EXISTS (SELECT FROM beneficiaries_duplicatefinding f WHERE f.run_id = %(run)s
                      AND f.individual_a = pair.individual_a_id AND f.individual_b = pair.individual_b_id)
"""


def keys_seen() -> dict[str, int]:
    """Return the greatest keys of the rows a sweep that starts now will see."""
    with connection.cursor() as cursor:
        cursor.execute(_SEEN)
        return dict(zip(("individual", "identifier", "version"), cursor.fetchone(), strict=True))


def changed_since(seen: dict[str, int]) -> set[int]:
    """Return who has been entered, or whose names, dates or numbers have been changed, since a sweep saw these keys."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, {"individual": 0, "identifier": 0, "version": 0} | seen)
        return {row[0] for row in cursor.fetchall() if row[0] is not None}


def compare(*, run: DuplicateRun, model: Model, part: int, parts: int, since: dict[str, int] | None) -> dict[str, int]:
    """Compare one part of the pairs of the register and keep what deserves a look as findings of the run.

    `since` None: all pairs; else only those of people changed since. A part takes every so-manieth pair, so that each
    is a fair sample of all. Repeating it replaces what it had found.
    """
    people = read_register()
    marked = None
    if since is not None:
        changed = np.array(sorted(changed_since(since)), np.int64)
        marked = np.isin(people.ids, changed)
    first, second = blocking.candidate_pairs(people, only_with=marked)
    if parts > 1:
        mine = (people.ids[first] * 7919 + people.ids[second]) % parts == part
        first, second = first[mine], second[mine]
    levels = comparison.levels(people, first, second)
    rows, where, counts = distinct(levels)
    if since is None:
        shares = model.shares_among(rows, counts * parts, len(people))
        if part == 0:
            keep_frequencies(people)
            run.priors, run.people = list(shares), len(people)
        shares = _as_shares(run.priors)
    else:
        shares = _as_shares(run.priors) if run.priors else model.shares(len(people))
        run.priors, run.people = list(shares), len(people)
    run.candidates += len(first)
    run.save(update_fields=["priors", "people", "candidates"])
    return {"compared": len(first), "found": _keep(run, model, people, first, second, rows, where, shares)}


def _as_shares(priors: list[float]) -> Shares:
    person, family, strangers = priors
    return person, family, strangers


def _keep(
    run: DuplicateRun, model: Model, people: People, first: np.ndarray, second: np.ndarray, rows: np.ndarray,
    where: np.ndarray, shares: Shares,
) -> int:  # fmt: skip
    """Write the pairs at or above the review threshold, and those who share a sound number whatever else."""
    chances = model.posteriors(rows, shares)[:, PERSON]
    shows = (chances >= model.review) | np.isin(rows[:, _NUMBER], _SAME_NUMBER)
    # What a pair says is said once for each distinct row of levels; many pairs share it.
    said = {
        at: (
            f"{chances[at]:.6g}\t{_band(model, chances[at])}\t"
            + json.dumps(model.evidence(rows[at], shares), separators=(",", ":"))
        )
        for at in np.flatnonzero(shows).tolist()
    }
    kept = np.flatnonzero(shows[where])
    ids_a, ids_b = people.ids[first[kept]], people.ids[second[kept]]
    low, high = np.minimum(ids_a, ids_b), np.maximum(ids_a, ids_b)
    lines = (
        f"{run.pk}\t{a}\t{b}\t{said[at]}\n"
        for a, b, at in zip(low.tolist(), high.tolist(), where[kept].tolist(), strict=True)
    )
    with connection.cursor() as cursor:
        cursor.copy_expert(
            "COPY beneficiaries_duplicatefinding (run_id, individual_a, individual_b, probability, band, evidence)"
            " FROM STDIN",
            StringIO("".join(lines)),
        )
    return len(kept)


def _band(model: Model, chance: float) -> str:
    return DuplicatePair.Band.STRONG if chance >= model.strong else DuplicatePair.Band.REVIEW


def enter_findings(*, run: DuplicateRun, model: Model, changed: set[int] | None) -> dict[str, int]:
    """Put what a run has found among the pairs, take away what it no longer finds, and drop the findings.

    `changed` None: the run saw all; else only pairs of these people may be taken away. Repeating it changes nothing.
    """
    findings = run.findings.all()
    _ease_large_clusters(run)
    params: dict[str, Any] = {"run": run.pk, "version": model.version, "started": run.started_at}
    withdraw = _WITHDRAW
    if changed is not None:
        withdraw += " AND (pair.individual_a_id = ANY(%(changed)s) OR pair.individual_b_id = ANY(%(changed)s))"
        params["changed"] = sorted(changed)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE beneficiaries_duplicatefinding")
        cursor.execute(_ENTER, params)
        entered = [row[0] for row in cursor.fetchall()]
        cursor.execute(withdraw, params)
        withdrawn = cursor.rowcount
    run.found = findings.count()
    run.save(update_fields=["found"])
    findings._raw_delete(findings.db)
    return {"new": sum(entered), "changed": len(entered) - sum(entered), "withdrawn": withdrawn}


def _ease_large_clusters(run: DuplicateRun) -> None:
    """Leave pairs of clusters that are too large to people: their band is never strong."""
    pairs = np.array(list(run.findings.values_list("pk", "individual_a", "individual_b")), np.int64).reshape(-1, 3)
    large = pairs[clusters(pairs[:, 1], pairs[:, 2]) > LARGEST_CLUSTER, 0]
    if len(large):
        run.findings.filter(pk__in=large.tolist()).update(band=DuplicatePair.Band.REVIEW)


def exported_pairs(model: Model) -> Iterator[tuple[str, str, str, str]]:
    """Yield the pairs that stand at or above the review threshold: two person numbers, probability, band."""
    pairs = (
        DuplicatePair.objects.exclude(status=DuplicatePair.Status.DIFFERENT)
        .filter(probability__gte=model.review)
        .order_by("individual_a_id", "individual_b_id")
        .values_list("individual_a__person_ref", "individual_b__person_ref", "probability", "band")
    )
    for a, b, probability, band in pairs.iterator(chunk_size=5_000):
        yield a, b, f"{probability:.4f}", band

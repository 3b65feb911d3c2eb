"""Sealing the logs: a hash chain over the audit trail, the disclosure log and the row history.

**What is hashed.** The canonical text of an entry is the JSON array of its columns, named one by one, as jsonb writes
it; instants in UTC with microseconds. It does not depend on the server's version, time zone or settings. Hashes and
digests are computed in SQL, a batch in one statement.

**What may be sealed.** An id is drawn before its transaction commits, so entries appear out of order: 7 may be there
while 5 is still to come. Sealing up to 7 would make 5 look smuggled in. A mark is therefore taken: first the last id
drawn, then the transactions that hold the lock under which ids of this table are drawn. Up to that id the log is
sealed when all of these have ended; whoever draws an id later draws a higher one. Nobody has to wait for the sealing,
and a long transaction only puts it off.

**What it shows.** `broken_seals` finds entries changed, removed or inserted below the last seal, and seals that were
changed, removed or exchanged. Whoever may write to the database as its owner could compute a new chain from the
broken link on; the digests written to the process log with each seal, kept on another machine, show that too
(`verify_seals --expect`).
"""

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from django.db import connection, transaction

from ministry.models import AuditEntry, DisclosureEntry, RowVersion, Seal, SealMark

log = structlog.get_logger(__name__)

SCHEME = 1
BATCH = 10_000
# Below every id; the first seal of a log begins here.
_BEFORE_ALL = -(2**62)


def _instant(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')"""


@dataclass(frozen=True)
class Log:
    """A sealed log: its name in the seals, its table and the canonical columns."""

    name: str
    table: str
    columns: str

    @property
    def hashes(self) -> str:
        """SQL: id and hash of each entry."""
        return (
            f"SELECT id, sha256(convert_to(jsonb_build_array({self.columns})::text, 'UTF8')) AS hash "  # noqa: S608
            f"FROM {self.table}"
        )


LOGS = (
    Log(
        "auditentry",
        AuditEntry._meta.db_table,
        f"id, {_instant('at')}, actor_id, action, target_type, target_id, area_id, note, data, request_id",
    ),
    Log(
        "disclosureentry",
        DisclosureEntry._meta.db_table,
        f"id, {_instant('at')}, reader_id, channel, subject_type, subject_id, to_jsonb(fields), purpose, request_id",
    ),
    Log(
        "rowversion",
        RowVersion._meta.db_table,
        f"id, table_name, row_id, operation, {_instant('changed_at')}, actor_id, row",
    ),
)

# SQL: the digest over the previous one, the range and two arrays of ids and hashes.
_DIGEST = """
    encode(sha256(
        convert_to({log} || ':' || {previous}, 'UTF8') || int8send(({first})::bigint) || int8send({last}) || coalesce(
            (SELECT string_agg(int8send(one.id) || one.hash, ''::bytea ORDER BY one.position)
             FROM unnest({ids}, {hashes}) WITH ORDINALITY AS one (id, hash, position)), ''::bytea)
    ), 'hex')
"""


def seal_all() -> int:
    """Seal every log as far as it may be sealed now, and return how many entries were."""
    return sum(_seal_settled(one) for one in LOGS)


def seal_now(*, patience: dt.timedelta = dt.timedelta(seconds=60)) -> int:
    """Seal every log up to this moment, waiting for transactions that write to it; return how many entries were sealed.

    Raises:
        TimeoutError: a transaction stayed open longer than `patience`.
    """
    sealed = 0
    end = time.monotonic() + patience.total_seconds()
    for one in LOGS:
        sealed += _seal_settled(one)
        while not _is_settled(one):
            if time.monotonic() > end:
                raise TimeoutError(f"A transaction has been open for too long to seal {one.name}.")
            time.sleep(0.1)
        sealed += _seal_settled(one)
    return sealed


def _seal_settled(one: Log) -> int:
    """Seal a log up to its mark when that has settled, then as far as a new mark allows."""
    sealed = 0
    with transaction.atomic():
        # Two sealers at once: the second waits here and finds little left.
        mark = SealMark.objects.select_for_update().filter(log=one.name).first()
        if mark is not None:
            if not _is_settled(one):
                return 0
            sealed += _seal_up_to(one, mark.last_id)
        mark = _take_mark(one)
        if not mark.writers:
            sealed += _seal_up_to(one, mark.last_id)
    return sealed


# SQL: who holds a lock under which rows may be inserted into the table, and so ids be drawn.
_WRITERS = """
    SELECT DISTINCT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND granted AND relation = %s::regclass
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""


def _take_mark(one: Log) -> SealMark:
    with connection.cursor() as cursor:
        # The id first: whoever begins to write after this draws a higher one.
        cursor.execute(
            "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(%s, 'id')::regclass), 0)", [one.table]
        )
        last_id = cursor.fetchone()[0]
        cursor.execute(_WRITERS, [one.table])
        writers = [row[0] for row in cursor.fetchall()]
    mark, _new = SealMark.objects.update_or_create(log=one.name, defaults={"last_id": last_id, "writers": writers})
    return mark


def _is_settled(one: Log) -> bool:
    """Return whether everything that can appear up to the log's mark has appeared."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT NOT EXISTS (SELECT unnest(writers) FROM ministry_sealmark WHERE log = %s INTERSECT {_WRITERS})",  # noqa: S608
            [one.name, one.table],
        )
        return cursor.fetchone()[0]


def _seal_up_to(one: Log, last_id: int) -> int:
    sealed = 0
    while count := _seal_batch(one, last_id):
        sealed += count
    return sealed


def _seal_batch(one: Log, up_to: int) -> int:
    last = Seal.objects.filter(log=one.name).order_by("-last_id").defer("row_ids", "row_hashes").first()
    first_id = last.last_id + 1 if last else _BEFORE_ALL
    expression = _DIGEST.format(
        log="%(log)s", previous="%(previous)s", first="%(first)s", last="last_id", ids="ids", hashes="hashes"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH batch AS ({one.hashes} WHERE id BETWEEN %(first)s AND %(up_to)s ORDER BY id LIMIT %(batch)s),
            lists AS (
                SELECT max(id) AS last_id, array_agg(id ORDER BY id) AS ids, array_agg(hash ORDER BY id) AS hashes
                FROM batch
            )
            INSERT INTO ministry_seal
                (log, first_id, last_id, entries, previous, digest, scheme, row_ids, row_hashes, sealed_at)
            SELECT %(log)s, %(first)s, last_id, cardinality(ids), %(previous)s,
                   {expression}, %(scheme)s, ids, hashes, clock_timestamp()
            FROM lists WHERE last_id IS NOT NULL
            RETURNING entries, last_id, digest
            """,  # noqa: S608
            {
                "log": one.name,
                "first": first_id,
                "up_to": up_to,
                "batch": BATCH,
                "previous": last.digest if last else "",
                "scheme": SCHEME,
            },
        )
        sealed = cursor.fetchone()
    if sealed is None:
        return 0
    entries, last_id, digest = sealed
    # Kept elsewhere, these lines show a chain that was computed anew.
    log.info("log_sealed", log=one.name, entries=entries, last_id=last_id, digest=digest)
    return entries


@dataclass(frozen=True)
class Fault:
    """What does not fit: a changed, missing or inserted entry, or a seal that is not the one that was set."""

    log: str
    kind: str
    # The entry's id; for faults of a seal, the seal's.
    id: int
    seal_id: int


def broken_seals() -> Iterator[Fault]:
    """Yield what does not fit, each log's first fault of each seal, the oldest seal first."""
    for one in LOGS:
        yield from _check_log(one)


def _check_log(one: Log) -> Iterator[Fault]:
    previous, after = "", _BEFORE_ALL - 1
    for seal_id, first_id, last_id, digest, stated_previous in (
        Seal.objects.filter(log=one.name)
        .order_by("last_id")
        .values_list("pk", "first_id", "last_id", "digest", "previous")
        .iterator()
    ):
        if stated_previous != previous or first_id != after + 1:
            yield Fault(one.name, "seal_missing", seal_id, seal_id)
        elif not _digest_fits(seal_id):
            yield Fault(one.name, "seal_changed", seal_id, seal_id)
        elif fault := _first_fault(one, seal_id):
            yield fault
        previous, after = digest, last_id


def _digest_fits(seal_id: int) -> bool:
    with connection.cursor() as cursor:
        expression = _DIGEST.format(
            log="log", previous="previous", first="first_id", last="last_id", ids="row_ids", hashes="row_hashes"
        )
        cursor.execute(
            f"SELECT digest = {expression} AND entries = cardinality(row_ids) FROM ministry_seal WHERE id = %s",  # noqa: S608
            [seal_id],
        )
        return bool(cursor.fetchone()[0])


def _first_fault(one: Log, seal_id: int) -> Fault | None:
    """Return the first entry in a seal's range that is not as it was sealed."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH seal AS (SELECT * FROM ministry_seal WHERE id = %s)
            SELECT coalesce(sealed.id, found.id),
                   CASE WHEN found.id IS NULL THEN 'missing' WHEN sealed.id IS NULL THEN 'inserted' ELSE 'changed' END
            FROM (SELECT one.id, one.hash FROM seal, unnest(row_ids, row_hashes) AS one (id, hash)) sealed
            FULL JOIN ({one.hashes} WHERE id BETWEEN (SELECT first_id FROM seal) AND (SELECT last_id FROM seal)) found
                ON found.id = sealed.id
            WHERE sealed.hash IS DISTINCT FROM found.hash
            ORDER BY 1
            LIMIT 1
            """,  # noqa: S608
            [seal_id],
        )
        found = cursor.fetchone()
    return Fault(one.name, found[1], found[0], seal_id) if found else None


@dataclass(frozen=True)
class LogState:
    """How far a log is sealed."""

    log: str
    sealed: int
    unsealed: int
    last_digest: str
    sealed_at: dt.datetime | None


def states() -> list[LogState]:
    """Return for each log how much is sealed and how much waits."""
    found = []
    for one in LOGS:
        last = Seal.objects.filter(log=one.name).order_by("-last_id").defer("row_ids", "row_hashes").first()
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(sum(entries), 0) FROM ministry_seal WHERE log = %s", [one.name])
            sealed = cursor.fetchone()[0]
            cursor.execute(
                f"SELECT count(*) FROM {one.table} WHERE id > %s",  # noqa: S608
                [last.last_id if last else _BEFORE_ALL],
            )
            unsealed = cursor.fetchone()[0]
        found.append(
            LogState(one.name, sealed, unsealed, last.digest if last else "", last.sealed_at if last else None)
        )
    return found

"""How long words are kept, and with which key."""

import datetime as dt
from collections.abc import Iterator

from cryptography.fernet import InvalidToken
from django.db import connection, transaction
from django.utils import timezone

from complaints.models import VaultCase, VaultEvent
from complaints.secrets import reseal
from complaints.services.vault.common import note_event
from complaints.vault import ERASING, ROTATION, opened
from ministry.sql import SqlValue

BATCH = 500
# Every column that holds something sealed, of the vault and of the other cases.
SEALED: dict[str, tuple[str, ...]] = {
    "complaints_vaultcase": ("code", "kind", "matter", "story", "contact", "plan"),
    "complaints_vaultmessage": ("text",),
    "complaints_vaultfile": ("name", "admitted_for", "content"),
    "complaints_vaultaccused": ("name",),
    "complaints_vaultreferral": ("purpose", "result"),
    "complaints_party": ("name", "phone", "national_id"),
    "complaints_draftfile": ("name", "content"),
    "complaints_intakedraft": ("answers",),
}


def erase_due(now: dt.datetime | None = None) -> int:
    """Delete the words of cases whose time is over, each once; returns how many. Days and states stay for the count."""
    now = now or timezone.now()
    today, erased = min(timezone.localdate(now), now.astimezone(dt.UTC).date()), 0
    with opened(ERASING):
        due = list(VaultCase.objects.filter(erase_on__lte=today, erased_at=None).values_list("pk", flat=True)[:BATCH])
    for pk in due:
        with opened(ERASING):
            case = VaultCase.objects.select_for_update().filter(pk=pk, erased_at=None).first()
            if case is None:
                continue
            for column in SEALED["complaints_vaultcase"]:
                setattr(case, column, "")
            case.erased_at = now
            case.save()
            case.messages.update(text="")
            case.files.update(name="", admitted_for="", content=b"", size=0)
            case.accused.update(name="")
            case.referrals.update(purpose="", result="")
            note_event(case, VaultEvent.What.ERASED, at=now, by=None)
            erased += 1
    return erased


def rotate() -> Iterator[tuple[str, int, int]]:
    """Seal everything anew with the first key; yield table, rows sealed, and rows that no key opens.

    In batches, each its own transaction: it can be stopped and begun again. Rows sealed with the first key already
    are left as they are.
    """
    for table, columns in SEALED.items():
        key = "token" if table == "complaints_intakedraft" else "id"
        sealed = lost = 0
        last: SqlValue = None
        while True:
            with opened(ROTATION):
                rows = _rows(table, key, columns, last)
                for row in rows:
                    done, failed = _reseal_row(table, key, columns, row)
                    sealed, lost = sealed + done, lost + failed
            if not rows:
                break
            last = rows[-1][0]
        yield table, sealed, lost


def _rows(table: str, key: str, columns: tuple[str, ...], last: SqlValue) -> list[tuple]:
    # Names come from this module only.
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, {names} FROM {table} WHERE %s::text IS NULL OR {key} > %s"  # noqa: S608
            f" ORDER BY {key} LIMIT {BATCH} FOR UPDATE",
            [None if last is None else str(last), last],
        )
        return cursor.fetchall()


def _reseal_row(table: str, key: str, columns: tuple[str, ...], row: tuple) -> tuple[bool, bool]:
    """Seal one row anew; return whether it was, and whether something in it could not be opened."""
    changed, lost = {}, False
    for name, value in zip(columns, row[1:], strict=True):
        token = bytes(value) if isinstance(value, memoryview) else value
        if not token:
            continue
        try:
            new = reseal(token)
        except InvalidToken:
            lost = True
            continue
        if new is not None:
            changed[name] = new
    if changed:
        assignments = ", ".join(f"{name} = %s" for name in changed)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {assignments} WHERE {key} = %s", [*changed.values(), row[0]])  # noqa: S608
    return bool(changed), lost

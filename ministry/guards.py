"""Database triggers declared on models: what must never be false in a table, and what it held before.

`AppendOnly` refuses to change or remove rows. `KeepHistory` copies the former version of each changed or deleted row
into `RowVersion`, in one statement per statement, bulk statements included. Inserts need no copy: the row itself,
with its creation time, is its first version.
"""

from typing import Any

import pgtrigger


class AppendOnly(pgtrigger.Protect):
    """Rows may be added and read, never changed or deleted."""

    def __init__(self, *, name: str = "append_only", **options: Any) -> None:
        super().__init__(name=name, operation=pgtrigger.Update | pgtrigger.Delete, **options)


class NoTruncate(pgtrigger.Trigger):
    """The table may not be emptied at a stroke, which row guards would not see."""

    def __init__(self, *, name: str = "no_truncate", **options: Any) -> None:
        super().__init__(
            name=name,
            operation=pgtrigger.Truncate,
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            func="RAISE EXCEPTION 'portal: % may not be emptied', TG_TABLE_NAME;",
            **options,
        )


# EXECUTE, so that it is planned for the rows at hand: a statement of a function keeps the plan of its first use in a
# connection, and one made for a single row compares every old row with every new one where 20,000 change at once.
_INSERT_CHANGED = """
    EXECUTE $statement$
        INSERT INTO ministry_rowversion (table_name, row_id, operation, changed_at, actor_id, row)
        SELECT $1, old_row.{key}, 'U', clock_timestamp(),
               nullif(current_setting('portal.actor', true), '')::bigint, to_jsonb(old_row)
        FROM old_rows old_row JOIN new_rows new_row ON new_row.{key} = old_row.{key}
        WHERE old_row IS DISTINCT FROM new_row
    $statement$ USING TG_TABLE_NAME;
    RETURN NULL;
"""
_INSERT_REMOVED = """
    INSERT INTO ministry_rowversion (table_name, row_id, operation, changed_at, actor_id, row)
    SELECT TG_TABLE_NAME, old_row.{key}, 'D', clock_timestamp(),
           nullif(current_setting('portal.actor', true), '')::bigint, to_jsonb(old_row)
    FROM old_rows old_row;
    RETURN NULL;
"""


def keep_history(key: str = "id") -> tuple[pgtrigger.Trigger, pgtrigger.Trigger]:
    """Return the two triggers that keep former versions of a table whose primary key is the column `key`.

    An UPDATE that changes nothing in a row leaves no version of it.
    """
    return (
        pgtrigger.Trigger(
            name="history_update",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Update,
            referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
            func=_INSERT_CHANGED.format(key=key),
        ),
        pgtrigger.Trigger(
            name="history_delete",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Delete,
            referencing=pgtrigger.Referencing(old="old_rows"),
            func=_INSERT_REMOVED.format(key=key),
        ),
    )

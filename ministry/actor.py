"""Who is acting: told to the database with each write, so that the history triggers record it.

The actor travels in the same message as the statement (`SELECT set_config('portal.actor', …, true); UPDATE …`). It
holds for that transaction only: it costs no round trip, reads pay nothing, nothing is left on a connection that the
next request or a connection pooler reuses, and a rolled-back savepoint cannot lose it.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    from ministry.models import User

_NOBODY: Callable[[], int | None] = lambda: None  # noqa: E731
_current: ContextVar[Callable[[], int | None]] = ContextVar("actor", default=_NOBODY)
_WRITE = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|MERGE|WITH)\b", re.IGNORECASE)


def current_actor_id() -> int | None:
    """Return the id of the person on whose behalf this code runs, or None."""
    return _current.get()()


@contextmanager
def acting(user: "User | int | None") -> Iterator[None]:
    """Let everything written inside be recorded as done by `user` (a person, an id, or nobody)."""
    user_id = user if user is None or isinstance(user, int) else user.pk
    with acting_as(lambda: user_id):
        yield


@contextmanager
def acting_as(find_id: Callable[[], int | None]) -> Iterator[None]:
    """Like `acting`, for an actor who is looked up only when something is written."""
    token = _current.set(find_id)
    try:
        yield
    finally:
        _current.reset(token)


def announce_actor(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Put the actor before a writing statement (an execute wrapper)."""
    connection: BaseDatabaseWrapper = context["connection"]
    # A named cursor reads, and cannot take two statements. Several statements in one message rest on the simple
    # protocol, which psycopg2 always uses.
    if isinstance(sql, str) and _WRITE.match(sql) and not getattr(context["cursor"].cursor, "name", None):
        actor_id = current_actor_id()
        # Inside a transaction the former actor still stands and has to be taken back.
        if actor_id is not None or (connection.in_atomic_block and getattr(connection, "_actor_announced", False)):
            connection._actor_announced = connection.in_atomic_block  # type: ignore[attr-defined]
            value = "" if actor_id is None else int(actor_id)
            sql = f"SELECT set_config('portal.actor', '{value}', true); {sql}"
    return execute(sql, params, many, context)


def install(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Watch the statements of a connection (a receiver of `connection_created`)."""
    if connection.vendor == "postgresql" and announce_actor not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, announce_actor)


def install_everywhere() -> None:
    """Watch connections that were opened before the receiver was there."""
    for connection in connections.all(initialized_only=True):
        install(connection)

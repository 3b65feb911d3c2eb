"""What a load balancer or service manager asks. Both addresses are public and tell nothing about the installation."""

import logging
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

# Seconds a part may take to answer; an orchestrator asks every few seconds.
PATIENCE = 3

_migrated = False


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Say that this process answers; it asks nothing else, so a slow database does not get web processes killed."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether people can work: database reachable and of this version, queue reachable. 503 names what fails."""
    parts = {name: _works(name, check) for name, check in CHECKS.items()}
    ready = all(parts.values())
    said = {name: "ok" if works else "failed" for name, works in parts.items()}
    return JsonResponse({"status": "ready" if ready else "not ready", **said}, status=200 if ready else 503)


def _works(name: str, check: Callable[[], bool]) -> bool:
    """Run one check; the reason for a failure goes to the log only, it may name hosts and accounts."""
    try:
        return check()
    except (DatabaseError, redis.RedisError, OSError) as error:
        logger.warning("not ready: %s: %s", name, error)
        return False


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _migrations_are_applied() -> bool:
    """Return whether the database is of this version; once true it stays true for the life of the process."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _queue_answers() -> bool:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
    with client:
        return bool(client.ping())


CHECKS = {"database": _database_answers, "migrations": _migrations_are_applied, "queue": _queue_answers}

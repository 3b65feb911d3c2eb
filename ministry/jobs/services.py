"""Starting, stopping and resuming jobs."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from ministry.exceptions import DomainError
from ministry.models import Job, User


class JobAlreadyActive(DomainError):
    """A job of this kind and scope is waiting or running."""


@transaction.atomic
def start(*, kind: str, scope: str = "", params: dict[str, Any] | None = None, actor: User | None) -> Job:
    """Queue a job; the worker is told after commit.

    Raises:
        JobAlreadyActive: one of this kind and scope is waiting or running.
    """
    try:
        with transaction.atomic():
            return Job.objects.create(kind=kind, scope=scope, params=params or {}, started_by=actor)
    except IntegrityError as error:
        raise JobAlreadyActive(_("This work is already under way. Wait until it is finished.")) from error

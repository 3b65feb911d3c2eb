"""Writing the two logs: what was done, and what was read."""

from collections.abc import Iterable
from typing import Any

import structlog
from django.db import models

from ministry.models import AuditEntry, DisclosureEntry, User


def record(
    *,
    actor: User | None,
    action: str,
    target: models.Model | None = None,
    note: str = "",
    data: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append to the audit trail that `actor` did `action` ("payment_cycle.approved") to `target`.

    Called inside the transaction of the deed, so that neither stands without the other. `data` carries ids and
    figures, never names or national numbers.
    """
    return AuditEntry.objects.create(
        actor=actor,
        action=action,
        target_type=target._meta.label_lower if target is not None else "",
        target_id=target.pk if target is not None else None,
        area_id=getattr(target, "area_id", None),
        note=note,
        data=data or {},
        request_id=_request_id(),
    )


def disclose(
    *,
    reader: User | None,
    subject: models.Model,
    fields: Iterable[str] = (),
    purpose: str = "",
    channel: str = DisclosureEntry.Channel.PAGE,
) -> DisclosureEntry:
    """Append to the disclosure log that `reader` saw `fields` of `subject`."""
    return DisclosureEntry.objects.create(
        reader=reader,
        channel=channel,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        fields=list(fields),
        purpose=purpose,
        request_id=_request_id(),
    )


def _request_id() -> str:
    """Return the id under which the log knows the request or task this runs in."""
    context = structlog.contextvars.get_contextvars()
    return str(context.get("request_id") or context.get("task_id") or "")[:64]

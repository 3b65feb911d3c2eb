"""Cases that partner systems send: one per key."""

import datetime as dt
import uuid
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from complaints.models import PartnerIntake
from complaints.services.intake import Intake, Receipt, receive
from ministry.exceptions import DomainError
from ministry.models import Partner

# A request that has not come back after so long is dead, and another may take its place.
DEAD_AFTER = dt.timedelta(minutes=1)
_NAMESPACE = uuid.UUID("5f0c7c2e-3f5b-4ef5-9a5c-1d2a3c4b5e6f")


class KeyReused(DomainError):
    """The same key came with another body."""


class InFlight(DomainError):
    """Another request with this key is being dealt with."""


def take_in(*, partner: Partner, key: str, body_sha256: str, intake: Intake, now: dt.datetime | None = None) -> Receipt:
    """Take in a case under a key; the key again is the same case, also where the first answer was lost on the way.

    Raises:
        KeyReused: the key was used for another body.
        InFlight: the first request is still at it.
        RuleViolation: as `receive`; the key may then be used again.
    """
    now = now or timezone.now()
    row = _claim(partner, key, body_sha256, now)
    try:
        receipt = receive(replace(intake, token=uuid.uuid5(_NAMESPACE, f"{partner.pk}|{key}")))
    except DomainError:
        PartnerIntake.objects.filter(pk=row.pk, complaint=None).delete()
        raise
    PartnerIntake.objects.filter(pk=row.pk, complaint=None).update(complaint=receipt.complaint)
    return receipt


@transaction.atomic
def _claim(partner: Partner, key: str, body_sha256: str, now: dt.datetime) -> PartnerIntake:
    row, is_new = PartnerIntake.objects.get_or_create(
        partner=partner, key=key, defaults={"body_sha256": body_sha256, "begun_at": now}
    )
    if is_new:
        return row
    row = PartnerIntake.objects.select_for_update().get(pk=row.pk)
    if row.body_sha256 != body_sha256:
        raise KeyReused("This Idempotency-Key was used for another body. Make a new key for a new case.")
    if row.complaint_id is None:
        if now - row.begun_at < DEAD_AFTER:
            raise InFlight("The first request with this key is still being dealt with. Ask again in a moment.")
        row.begun_at = now
        row.save(update_fields=["begun_at"])
    return row

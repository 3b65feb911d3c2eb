"""Messages about cases. They name the code and never what the case says."""

from typing import Any

from django.conf import settings

from complaints.models import Complaint, Party
from complaints.secrets import spaced
from ministry import formats
from ministry.models import NoticeTemplate
from ministry.notices.services import notify


def tell_officer(complaint: Complaint, code: str, *, key: str) -> None:
    """Write a notice to the officer in charge, once per round and `key`."""
    if complaint.officer is None:
        return
    notify(
        code,
        channel=NoticeTemplate.Channel.PORTAL,
        key=f"complaint:{complaint.pk}:{complaint.round}:{key}:{complaint.officer_id}",
        user=complaint.officer,
        context={"code": spaced(complaint.code)},
        subject=complaint,
        url=complaint.get_absolute_url(),
    )


def tell_complainant(complaint: Complaint, code: str, *, key: str, **context: Any) -> bool:
    """Write an SMS to whoever speaks for the case, in their language, once per round and `key`.

    Returns whether there is anybody to tell: who stays anonymous looks by code and PIN.
    """
    phone = phone_of(complaint)
    if not phone:
        return False
    notify(
        code,
        channel=NoticeTemplate.Channel.SMS,
        key=f"complaint:{complaint.pk}:{complaint.round}:{key}",
        recipient=phone,
        context={"code": spaced(complaint.code), "hotline": formats.digits(settings.HOTLINE), **context},
        language=complaint.language,
        subject=complaint,
    )
    return True


def phone_of(complaint: Complaint) -> str:
    """Return the number to reach: the helper's where somebody speaks for the complainant."""
    parties = {party.role: party.phone for party in complaint.parties.all() if party.phone}
    return parties.get(Party.Role.HELPER) or parties.get(Party.Role.COMPLAINANT) or ""

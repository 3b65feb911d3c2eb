"""Who is told what about a change request."""

import phonenumbers
from django.utils.translation import gettext_lazy as _

from beneficiaries.messages import CHANGE_DECIDED, CHANGE_REFUSED
from beneficiaries.models import ChangeRequest, Household
from ministry import countries
from ministry.models import Notice, NoticeTemplate
from ministry.notices import notify

Channel = NoticeTemplate.Channel


def number_to_call(household: Household) -> str:
    """Return the phone of the head, else of the household, with its country code; empty where none is known."""
    head = household.memberships.current().filter(relationship="head").select_related("individual").first()
    key = (head.individual.phone_key if head else "") or household.phone_key
    if not key:
        return ""
    if key.startswith("00"):
        return f"+{key[2:]}"
    return f"+{phonenumbers.country_code_for_region(countries.current().phone_region)}{key}"


def tell_household_of_refusal(request: ChangeRequest) -> Notice:
    """Write to the head's phone that a change was not accepted, and why; once."""
    return notify(
        CHANGE_REFUSED,
        channel=Channel.SMS,
        key=f"change_request:{request.pk}:refused",
        recipient=number_to_call(request.household),
        context={"change": ChangeRequest.Kind(request.kind).label, "reason": request.reason},
        subject=request,
    )


def tell_requester(request: ChangeRequest) -> Notice:
    """Tell whoever wrote a request what became of it, in the portal; once for each status."""
    return notify(
        CHANGE_DECIDED,
        channel=Channel.PORTAL,
        key=f"change_request:{request.pk}:{request.status}:requester",
        user=request.requested_by,
        context={
            "change": ChangeRequest.Kind(request.kind).label,
            "household": request.household.household_ref,
            "status": ChangeRequest.Status(request.status).label,
            "reason": request.reason or _("no reason was needed"),
        },
        subject=request,
        url=request.get_absolute_url(),
    )

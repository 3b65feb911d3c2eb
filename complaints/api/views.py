"""Cases by partner systems, and SMS by the gateway."""

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control, never_cache
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from complaints.api.schema import SCHEMA
from complaints.api.serializers import IntakeSerializer, SmsSerializer
from complaints.models import Channel, Complaint, PartnerIntake
from complaints.secrets import first_pin, pin_mark, same
from complaints.services import limits, partners, sms
from complaints.services.intake import Intake, Person
from ministry.api import problems
from ministry.api.access import HasScope, PartnerAuthentication
from ministry.api.problems import Problem
from ministry.api.reading import BoundedJSONParser, refuse_large
from ministry.certain import declared_as
from ministry.forms import PhoneField
from ministry.models import Partner, PartnerToken

MINUTE = 60
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
# A signature is good for so long before and after: time enough for clocks that differ.
SIGNED_WITHIN_SECONDS = 5 * MINUTE


def _partner(request: Request) -> Partner:
    """Return the system behind a call that `PartnerAuthentication` let in."""
    return declared_as(PartnerToken, request.auth).partner


class PerPartner(BaseThrottle):
    """So many calls a minute for each partner, counted in Postgres: it holds while Redis is down."""

    def allow_request(self, request: Request, view: Any) -> bool:
        who = str(_partner(request).pk) if request.auth else "nobody"
        self.counted = limits.count("api", who, seconds=MINUTE)
        return self.counted <= settings.COMPLAINTS_API_PER_MINUTE

    def wait(self) -> float:
        return MINUTE - time.time() % MINUTE


class ApiView(APIView):
    """JSON in, JSON or problem+json out; kept in no cache."""

    parser_classes = (BoundedJSONParser,)
    throttle_classes: Any = (PerPartner,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_large(request)

    def get_exception_handler(self) -> Any:
        return problems.handler

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response


class ComplaintsView(ApiView):
    """Takes in a case. `Idempotency-Key` is required: the same key is the same case, and the same answer."""

    authentication_classes = (PartnerAuthentication,)
    permission_classes = (HasScope,)
    required_scope = "complaints.create"
    http_method_names = ("post",)

    def post(self, request: Request) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            raise Problem(400, "key_missing", "Send an Idempotency-Key: one for each case, the same when repeated.")
        if not _KEY.fullmatch(key):
            raise Problem(400, "key_invalid", "An Idempotency-Key has 1 to 255 visible ASCII characters.")
        serializer = IntakeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            receipt = partners.take_in(
                partner=_partner(request),
                key=key,
                body_sha256=_digest(request.data),
                intake=_intake(serializer.validated_data),
            )
        except partners.KeyReused as error:
            raise Problem(422, "key_reused", error.message) from error
        except partners.InFlight as error:
            raise Problem(409, "in_flight", error.message, {"Retry-After": "1"}) from error
        # Confidential subjects are not among those that partners may send.
        complaint = declared_as(Complaint, receipt.complaint)
        body = _case(complaint)
        # A PIN that was changed since is nobody's to show.
        if same(complaint.pin_mark, pin_mark(complaint.code, first_pin(complaint.token))):
            body["pin"] = first_pin(complaint.token)
        body["track_url"] = request.build_absolute_uri(reverse("complaints:track"))
        location = request.build_absolute_uri(reverse("complaints_api:complaint", args=[complaint.code]))
        headers = {"Location": location} | ({} if receipt.is_new else {"Idempotent-Replayed": "true"})
        return Response(body, status=status.HTTP_201_CREATED, headers=headers)


class ComplaintView(ApiView):
    """How a case stands that this partner sent; of others it does not learn that there are any."""

    authentication_classes = (PartnerAuthentication,)
    permission_classes = (HasScope,)
    required_scope = "complaints.read"
    http_method_names = ("get", "head")

    def get(self, request: Request, code: str) -> Response:
        found = PartnerIntake.objects.filter(partner=_partner(request), complaint__code=code)
        row = found.select_related("complaint").first()
        if row is None or row.complaint is None:
            raise exceptions.NotFound("This partner has sent no case with this code.")
        return Response(_case(row.complaint))


_PUBLIC_STATUS = {
    Complaint.Status.HELD: Complaint.Status.RECEIVED,
    Complaint.Status.DISMISSAL: Complaint.Status.IN_PROGRESS,
    Complaint.Status.SET_ASIDE: Complaint.Status.CLOSED,
}


def _case(complaint: Complaint) -> dict[str, Any]:
    """Return what a partner is told: never what the case says, nor that it looked doubtful."""
    return {
        "code": complaint.code,
        "kind": complaint.kind,
        "status": str(_PUBLIC_STATUS.get(Complaint.Status(complaint.status), complaint.status)),
        "received_at": complaint.received_at.isoformat(),
        "due_on": complaint.due_on.isoformat() if complaint.due_on else None,
        "closed_at": complaint.closed_at.isoformat() if complaint.closed_at else None,
    }


def _intake(data: dict[str, Any]) -> Intake:
    person, helper = data.get("complainant"), data.get("helper")
    return Intake(
        # The service sets the token that belongs to partner and key.
        token=uuid.UUID(int=0),
        kind=data["kind"],
        category=data["category"],
        area=data["area"],
        program=data.get("program"),
        story=data["story"],
        language=data["language"],
        privacy=data["privacy"],
        channel=Channel.API,
        complainant=Person(**person) if person else None,
        helper=Person(**helper) if helper else None,
    )


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


class SmsView(ApiView):
    """Takes SMS from the gateway: signed as Standard Webhooks has it, each message once.

    `webhook-id`, `webhook-timestamp` and `webhook-signature: v1,BASE64` with HMAC-SHA256 over `id.timestamp.body`.
    """

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    http_method_names = ("post",)

    def post(self, request: Request) -> Response:
        body = request._request.body
        message_id = _checked(request, body)
        # Parsed by hand: the signature is over the bytes as they came.
        try:
            data = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise exceptions.ParseError("This is no JSON.") from error
        serializer = SmsSerializer(data=data)
        serializer.is_valid(raise_exception=True)
        said = serializer.validated_data
        part = sms.take_in(
            message_id=message_id,
            sender=_number(said["from"]),
            text=said["text"],
            group=said["group"],
            number=said["part"],
            total=said["parts"],
        )
        return Response({"status": "taken" if part.handled_at else "waiting for the other parts"}, status=202)


def _checked(request: Request, body: bytes) -> str:
    """Return the message's id, after its signature and age were found good.

    SECURITY: the answer does not say which of the two was wrong.
    """
    message_id = request.headers.get("webhook-id", "")
    stamp = request.headers.get("webhook-timestamp", "")
    refused = Problem(401, "signature_invalid", "The signature is missing, wrong or too old.")
    if not re.fullmatch(r"[\x21-\x7e]{1,120}", message_id) or not re.fullmatch(r"[0-9]{1,12}", stamp):
        raise refused
    if abs(time.time() - int(stamp)) > SIGNED_WITHIN_SECONDS:
        raise refused
    given = [
        part.removeprefix("v1,") for part in request.headers.get("webhook-signature", "").split() if part[:3] == "v1,"
    ]
    signed = f"{message_id}.{stamp}.".encode() + body
    wanted = [
        base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest())
        for secret in settings.SMS_INBOUND_SECRETS
    ]
    if not any(hmac.compare_digest(one.encode("utf-8", "replace"), right) for one in given for right in wanted):
        raise refused
    return message_id


def _key(secret: str) -> bytes:
    """Return the bytes of a secret: base64 behind `whsec_`, as the standard writes it, else the text itself."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"))
        except binascii.Error:
            return secret.encode()
    return secret.encode()


def _number(sender: str) -> str:
    try:
        return PhoneField(required=False).clean(sender) or sender
    except ValidationError:
        return sender


@method_decorator([never_cache, cache_control(private=True, no_store=True)], name="dispatch")
class SchemaView(APIView):
    """The description of these calls (OpenAPI 3.1)."""

    authentication_classes = ()
    permission_classes = ()
    http_method_names = ("get", "head")

    def get(self, request: Request) -> Response:
        return Response(SCHEMA)

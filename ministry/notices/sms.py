"""Messages by SMS. Which way they go is a setting (SMS_BACKEND): screen, file, or a gateway by HTTP."""

import json
import os
import sys
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.module_loading import import_string

from ministry.models import Notice
from ministry.notices.delivery import DeliveryFailed, DeliveryRefused

_TIMEOUT_SECONDS = 10


class Backend(Protocol):
    """A way to send an SMS; `key` tells a repeated message from a new one."""

    def send(self, *, recipient: str, text: str, key: str) -> None: ...


class ConsoleBackend:
    """Prints messages (development)."""

    def send(self, *, recipient: str, text: str, key: str) -> None:
        sys.stdout.write(f"SMS to {recipient}: {text}\n")


class FileBackend:
    """Appends messages as lines of JSON to DATA_DIR/sms, one file a day (development and demo)."""

    def send(self, *, recipient: str, text: str, key: str) -> None:
        folder = settings.DATA_DIR / "sms"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        now = timezone.localtime()
        line = json.dumps({"at": now.isoformat(), "to": recipient, "text": text, "key": key}, ensure_ascii=False)
        descriptor = os.open(folder / f"{now:%Y-%m-%d}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        # One write: lines of several workers do not mix.
        with os.fdopen(descriptor, "ab", buffering=0) as file:
            file.write(line.encode() + b"\n")


class MemoryBackend:
    """Keeps messages in a list (tests)."""

    outbox: list[dict[str, str]] = []

    def send(self, *, recipient: str, text: str, key: str) -> None:
        self.outbox.append({"recipient": recipient, "text": text, "key": key})


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    # SECURITY: numbers and texts go to the gateway of the contract and nowhere else.
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class HttpGateway:
    """Posts messages as JSON to SMS_GATEWAY_URL with a bearer token.

    Sends {"to", "from", "text", "reference"}; 2xx means taken, 429 and 5xx are tried again, other answers are final.
    """

    def send(self, *, recipient: str, text: str, key: str) -> None:
        url = urlsplit(settings.SMS_GATEWAY_URL)
        if url.scheme != "https" and url.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise ImproperlyConfigured("SMS_GATEWAY_URL must be an https:// address.")
        body = {"to": recipient, "from": settings.SMS_SENDER, "text": text, "reference": key}
        request = urllib.request.Request(  # noqa: S310  (the scheme is checked above)
            settings.SMS_GATEWAY_URL,
            data=json.dumps(body, ensure_ascii=False).encode(),
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Authorization": f"Bearer {settings.SMS_GATEWAY_TOKEN}",
                "Idempotency-Key": key,
            },
        )
        opener = urllib.request.build_opener(_NoRedirects())
        try:
            with opener.open(request, timeout=_TIMEOUT_SECONDS):
                return
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 429 or error.code >= 500:
                    raise DeliveryFailed(f"The SMS gateway answered {error.code}.") from error
                raise DeliveryRefused(f"The SMS gateway refused the message ({error.code}).") from error
        except (OSError, HTTPException) as error:
            raise DeliveryFailed("The SMS gateway could not be reached.") from error


def deliver(notice: Notice) -> None:
    """Send the message by the backend of this deployment.

    Raises:
        DeliveryRefused: the gateway will never take it.
        DeliveryFailed: it may take it later.
    """
    backend: Backend = import_string(settings.SMS_BACKEND)()
    try:
        backend.send(recipient=notice.recipient, text=notice.body, key=notice.key)
    except (ImproperlyConfigured, OSError) as error:
        raise DeliveryFailed(str(error)) from error

"""Refusals as problem+json (RFC 9457): a stable code for programs, words for people, and never a 5xx for bad input."""

from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response

from ministry.exceptions import DomainError

CONTENT_TYPE = "application/problem+json"


class Problem(exceptions.APIException):
    """A refusal with a code of its own and headers."""

    def __init__(self, status_code: int, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail, code)
        self.status_code, self.headers = status_code, headers or {}


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to an error; nothing for what is our own fault, which is logged and answered 500."""
    headers: dict[str, str] = {}
    errors: list[dict[str, str]] = []
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        error = Problem(status.HTTP_413_REQUEST_ENTITY_TOO_LARGE, "too_large", "The body is too large.")
    elif isinstance(error, DomainError):
        error = Problem(status.HTTP_409_CONFLICT, "rule", error.message)
    if not isinstance(error, exceptions.APIException):
        return None
    if isinstance(error, exceptions.ValidationError):
        errors = list(_fields(error.get_full_details()))
        code, detail = "invalid", "Some fields cannot be taken as they are."
    else:
        code, detail = str(error.get_codes()), str(error.detail)
    if isinstance(error, exceptions.AuthenticationFailed | exceptions.NotAuthenticated):
        headers["WWW-Authenticate"] = getattr(error, "auth_header", 'Bearer realm="api"')
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(int(error.wait) + 1)  # type: ignore[attr-defined]
    headers |= getattr(error, "headers", {})
    return problem(error.status_code, code, detail, errors=errors, headers=headers)


def problem(
    status_code: int,
    code: str,
    detail: str,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    body: dict[str, Any] = {
        "type": f"/api/v1/problems#{code}",
        "title": code.replace("_", " "),
        "status": status_code,
        "code": code,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id:
        body["request_id"] = str(request_id)
    return Response(body, status=status_code, headers=headers, content_type=CONTENT_TYPE)


def _fields(details: Any, path: str = "") -> Any:
    if isinstance(details, dict) and {"message", "code"} <= details.keys() and isinstance(details["message"], str):
        yield {"field": path, "code": str(details["code"]), "detail": str(details["message"])}
    elif isinstance(details, dict):
        for name, value in details.items():
            here = "" if name == "non_field_errors" else str(name)
            yield from _fields(value, f"{path}.{here}".strip("."))
    elif isinstance(details, list):
        for value in details:
            yield from _fields(value, path)

"""Who asks: a partner system by its token, for what its scopes open."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from ministry.models import PartnerToken
from ministry.partners import token_of


class PartnerAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`; the request has no user, and `auth` is the token."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, PartnerToken] | None:
        kind, _space, text = request.headers.get("Authorization", "").partition(" ")
        if not kind:
            return None
        token = token_of(text.strip()) if kind.lower() == "bearer" else None
        if token is None:
            raise AuthenticationFailed("The access token is unknown, has ended or was revoked.", code="token_invalid")
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class HasScope(BasePermission):
    """The token carries the scope the view asks for (`required_scope`)."""

    message = "The access token does not carry the scope this call needs."
    code = "scope_missing"

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, PartnerToken) and view.required_scope in request.auth.scopes

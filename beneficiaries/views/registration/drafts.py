"""The key of a person's drafts on their device."""

import base64
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.cache import add_never_cache_headers
from django.utils.crypto import salted_hmac

from ministry.views.mixins import StaffPageMixin

_SALT = "beneficiaries.registration.drafts"


class DraftKeyView(StaffPageMixin):
    """Hands the signed-in person the key of their own drafts; without it what lies on the device cannot be read.

    It is the same after every sign-in, so that drafts survive a session that ended, and another after a new password.
    """

    permission_required = "beneficiaries.add_registration"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        user = self.request.user
        secret = salted_hmac(_SALT, f"{user.pk}:{user.password}", algorithm="sha256").digest()
        response = JsonResponse({"key": base64.b64encode(secret).decode()})
        add_never_cache_headers(response)
        return response

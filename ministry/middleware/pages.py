"""Headers, the second factor and error pages."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from ministry.exceptions import DomainError
from ministry.views.errors import error_page

GetResponse = Callable[[HttpRequest], HttpResponse]


class SecurityHeadersMiddleware:
    """Headers that Django has no setting for; pages of signed-in people are kept in no cache."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()"
        )
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            # SECURITY: on a shared computer nothing must come back with the browser's button after sign-out.
            response.headers.setdefault("Cache-Control", "no-store, private")
        return response


class SecondFactorMiddleware:
    """Staff without a second factor see nothing but the page on which they set one up.

    Covers pages, admin and API alike. Signing out, changing the language and the password stay possible.
    """

    OPEN = ("/accounts/", "/language/", "/session/", "/static/", "/healthz", "/readyz")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            settings.SECOND_FACTOR_REQUIRED
            and request.user.is_authenticated
            and not request.path.startswith(self.OPEN)
            and not is_mfa_enabled(request.user)
        ):
            if request.path.startswith("/api/"):
                return error_page(request, 403, explanation=_("Set up a second factor on the portal's pages first."))
            messages.warning(request, _("Before you start, set up a second factor: it protects the families' data."))
            return redirect("mfa_index")
        return self.get_response(request)


class ErrorPageMiddleware:
    """Gives answers without a page of their own (405, 413, 429, a refusal outside a form) the portal's error page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # No record is named with a NUL, and the database refuses to be asked for one.
        response = error_page(request, 404) if "\0" in request.path_info else self.get_response(request)
        wants_page = "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")
        if wants_page and response.status_code in {405, 413, 429, 503} and not getattr(response, "is_page", False):
            page = error_page(request, response.status_code)
            for name in ("Allow", "Retry-After"):
                if name in response.headers:
                    page.headers[name] = response.headers[name]
            return page
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DomainError) and not request.path.startswith("/api/"):
            return error_page(request, 409, explanation=exception.message)
        if isinstance(exception, RequestDataTooBig):
            return error_page(request, 413)
        return None

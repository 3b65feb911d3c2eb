"""Error pages: what happened, a reference code for the help desk, the way forward."""

import secrets
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist, loader
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

logger = structlog.get_logger(__name__)

# Title, explanation and whether going to sign-in may help.
PAGES: dict[int, tuple[Any, Any]] = {
    400: (
        gettext_lazy("The request was not understood"),
        gettext_lazy("Something in the address or in what was sent is not as expected. Go back and try once more."),
    ),
    403: (
        gettext_lazy("You may not open this page"),
        gettext_lazy("Your role does not include it. If your work needs it, ask your supervisor for the right."),
    ),
    404: (
        gettext_lazy("This page does not exist"),
        gettext_lazy(
            "The address may be mistyped or out of date, or the record is outside the area you are responsible for."
        ),
    ),
    405: (
        gettext_lazy("This page cannot be used like that"),
        gettext_lazy("It waits for another kind of request. Open it from the menu instead of by its address."),
    ),
    409: (
        gettext_lazy("This is no longer possible"),
        gettext_lazy("The record has changed in the meantime. Go back, reload the page and look at it again."),
    ),
    413: (
        gettext_lazy("The file is too large"),
        gettext_lazy("Choose a smaller file, or send it in several parts."),
    ),
    422: (
        gettext_lazy("Something in the form is not right"),
        gettext_lazy("Go back to the form and put right what is marked."),
    ),
    429: (
        gettext_lazy("Too many attempts"),
        gettext_lazy("For safety this is paused for a while. Wait a quarter of an hour, then try again."),
    ),
    500: (
        gettext_lazy("Something went wrong on our side"),
        gettext_lazy("Nothing you did caused it, and it has been noted. Try again in a few minutes."),
    ),
    503: (
        gettext_lazy("The portal is closed for a short time"),
        gettext_lazy("It is being maintained. Try again in a few minutes; what you have saved is safe."),
    ),
}


def reference_code() -> str:
    """Return a short code that a person can read out on the phone; the same code stands in the log."""
    alphabet = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
    return "-".join("".join(secrets.choice(alphabet) for _place in range(4)) for _group in range(2))


def error_page(
    request: HttpRequest, status: int, *, explanation: Any = "", title: Any = "", template: str = "errors/page.html"
) -> HttpResponse:
    """Draw the error page for a status; the code on it is written to the log beside the path."""
    code = reference_code()
    default_title, default_explanation = PAGES[status]
    # The path is logged without its query, which may hold what a person searched for.
    logger.info("error_page", status=status, code=code, path=request.path)
    context = {
        "page_title": title or default_title,
        "explanation": explanation or default_explanation,
        "status": status,
        "code": code,
        "hotline": settings.HOTLINE,
    }
    return HttpResponse(loader.render_to_string(template, context, request), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    return error_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403."""
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404."""
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without touching database or session, which may be what failed."""
    code = reference_code()
    logger.error("server_error", code=code, path=request.path)
    title, explanation = PAGES[500]
    context = {
        "page_title": title,
        "explanation": explanation,
        "code": code,
        "hotline": settings.HOTLINE,
        "portal_name": settings.PORTAL_NAME or _("Social Protection Portal"),
        "try_again": request.get_full_path() if request.method == "GET" else "/",
    }
    try:
        return HttpResponse(loader.render_to_string("errors/plain.html", context), status=500)
    except TemplateDoesNotExist:
        return HttpResponse(f"{title} ({code})", status=500, content_type="text/plain; charset=utf-8")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without a valid token, which mostly means that the page was open for too long."""
    return error_page(
        request,
        403,
        title=_("The page was open for too long"),
        explanation=_(
            "For safety, forms work for a time only, and only with cookies. Go back, reload and send it again."
        ),
    )

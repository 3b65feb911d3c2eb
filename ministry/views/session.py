"""Language and length of a visit."""

from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from ministry.models import User


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """Return to the page the request came from, never to another site."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = reverse("home")
    return HttpResponseRedirect(target)


@require_POST
def language_switch(request: HttpRequest) -> HttpResponse:
    """Show the same page, query and all, in the other language; a signed-in person's choice is kept."""
    response = _back(request)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )
        if request.user.is_authenticated and cast(User, request.user).language != language:
            User.objects.filter(pk=request.user.pk).update(language=language)
    return response


@require_POST
@login_required
def session_extend(request: HttpRequest) -> HttpResponse:
    """Let the visit go on from now; answers the script in JSON and a plain form with the page it came from."""
    request.session.modified = True
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"seconds": request.session.get_expiry_age()})
    return _back(request)

"""What every page knows: the portal's names, the menu this person may use, who they are, the other language."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from ministry.models import User
from ministry.slots import menu
from ministry.static_storage import fonts_present


def _menu_of(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the entries of the staff menu that the signed-in person may use, the current one marked."""
    entries = []
    for entry in menu:
        if entry.permissions and not any(request.user.has_perm(name) for name in entry.permissions):
            continue
        url = reverse(entry.url_name)
        prefixes = entry.prefixes or (url,)
        entries.append(
            {
                "label": entry.label,
                "url": url,
                "icon": entry.icon,
                "current": any(request.path.startswith(prefix) for prefix in prefixes),
            }
        )
    return entries


def post_of(user: User) -> str:
    """Return the person's role and area, as shown under the name."""
    assignments = user.current_assignments()
    if not assignments:
        return _("No role assigned")
    first = assignments[0]
    return _("{role} — {area}").format(role=first.role.name, area=first.area.name)


def portal(request: HttpRequest) -> dict[str, Any]:
    """Context processor behind the frame."""
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    other = "en" if (get_language() or "ar").startswith("ar") else "ar"
    return {
        "portal": {
            "name": settings.PORTAL_NAME or _("Social Protection Portal"),
            "ministry": settings.MINISTRY_NAME or _("Ministry of Social Solidarity"),
            "hotline": settings.HOTLINE,
            "is_demo": settings.DEMO,
            "fonts": fonts_present(),
            "other_language": other,
            # Each language is named in itself, whatever the page's own.
            "other_language_name": {"ar": "العربية", "en": "English"}[other],
            "signed_in": signed_in,
            "menu": SimpleLazyObject(lambda: _menu_of(request)) if signed_in else [],
            "post": SimpleLazyObject(partial(post_of, user)) if user and signed_in else "",
            "initial": (str(user).strip()[:1] if signed_in else ""),
            # A session warns this many seconds before it ends (pages of signed-in people only).
            "session_seconds": request.session.get_expiry_age() if signed_in else 0,
            "brand_line": pgettext("under the portal's name", "One door to every kind of support"),
        },
    }

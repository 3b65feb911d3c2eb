"""The administration: where what is configuration is configured. One module per noun's family; see `base`."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from ministry.admin import calendars, legal, logs, messages, partners, people, places, schedules

__all__ = ["calendars", "legal", "logs", "messages", "partners", "people", "places", "schedules"]

# Sign-in is the portal's own, with its lockout and second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = _("Administration")
admin.site.site_title = _("Administration")
admin.site.index_title = _("What is set up here")
admin.site.site_url = "/desk/"
# Rights come from roles.
admin.site.unregister(Group)

"""All addresses. Apps are named by string, so that the core imports none of them."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("admin/", admin.site.urls),
    path("desk/", include("beneficiaries.urls")),
]

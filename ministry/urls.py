"""All addresses. Apps are named by string, so that the core imports none of them."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from ministry.views import audit, desk, documents, health, jobs, notices, public, session

# SECURITY: Django's own sign-in form for the administration knows no second factor and no lockout.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", public.HomeView.as_view(), name="home"),
    path("data/", public.PublicDataView.as_view(), name="public_data"),
    path("accessibility/", public.AccessibilityView.as_view(), name="accessibility"),
    path("privacy/", public.PrivacyView.as_view(), name="privacy"),
    path("contact/", public.ContactView.as_view(), name="contact"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("language/", session.language_switch, name="language_switch"),
    path("session/", session.session_extend, name="session_extend"),
    path("accounts/", include("ministry.urls_account")),
    path("admin/", admin.site.urls),
    path("desk/", desk.DeskView.as_view(), name="desk"),
    path("desk/audit/", audit.AuditListView.as_view(), name="audit_list"),
    path("desk/audit/disclosures/", audit.DisclosureListView.as_view(), name="disclosure_list"),
    path("desk/audit/seals/", audit.SealView.as_view(), name="seals"),
    path("desk/jobs/", jobs.JobListView.as_view(), name="job_list"),
    path("desk/jobs/<int:pk>/", jobs.JobDetailView.as_view(), name="job_detail"),
    path("desk/jobs/<int:pk>/cancel/", jobs.JobCancelView.as_view(), name="job_cancel"),
    path("desk/jobs/<int:pk>/resume/", jobs.JobResumeView.as_view(), name="job_resume"),
    path("desk/notices/", notices.NoticeListView.as_view(), name="notice_list"),
    path("desk/documents/<int:pk>/", documents.DocumentDownloadView.as_view(), name="document_download"),
    path("desk/", include("beneficiaries.urls")),
    path("", include("programs.urls")),
    path("", include("complaints.urls")),
    path("api/v1/", include("complaints.api.urls")),
]

handler400 = "ministry.views.errors.bad_request"
handler403 = "ministry.views.errors.permission_denied"
handler404 = "ministry.views.errors.not_found"
handler500 = "ministry.views.errors.server_error"

"""Every type of page of the portal, for the tests that visit them all. Whoever adds a page adds a line here."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from ministry.jobs.kinds import kinds
from ministry.models import Job
from tests.e2e.pages_complaints import COMPLAINT_NOT_PAGES, COMPLAINT_PAGES
from tests.e2e.pages_conditions import CONDITION_PAGES
from tests.e2e.pages_payments import PAYMENT_NOT_PAGES, PAYMENT_PAGES
from tests.e2e.pages_programs import PROGRAM_NOT_PAGES, PROGRAM_PAGES
from tests.e2e.pages_registry import REGISTRY_NOT_PAGES, REGISTRY_PAGES


@dataclass(frozen=True)
class PageType:
    """A kind of page: the name of its address, how to get to one, and who opens it (a demo user; empty: anybody)."""

    name: str
    role: str = ""
    # Returns the path; None when the address needs no arguments.
    path: Callable[[], str] | None = None
    # Query, to visit one address in several states.
    query: str = ""

    def address(self) -> str:
        return (self.path() if self.path else reverse(self.name)) + self.query

    def __str__(self) -> str:
        return f"{self.name}{self.query}{f'-{self.role}' if self.role else ''}"


def a_job(status: str) -> Job:
    """Return a job in this state; a running one is without end, for nobody works on it."""
    values = {"done": 1200, "total": 5000, "error": "…" if status == "failed" else "", "started_at": timezone.now()}
    return Job.objects.get_or_create(kind=sorted(kinds())[0], scope=f"page:{status}", status=status, defaults=values)[0]


PAGES: list[PageType] = [
    PageType("home"),
    PageType("public_data"),
    PageType("public_data", query="?area=EG-AST"),
    PageType("accessibility"),
    PageType("privacy"),
    PageType("contact"),
    PageType("account_login"),
    PageType("account_inactive"),
    PageType("account_reset_password"),
    PageType("account_reset_password_done"),
    PageType("account_reset_password_from_key", path=lambda: "/accounts/password/reset/key/1-expired/"),
    PageType("account_reset_password_from_key_done"),
    PageType("account_logout", "caseworker"),
    PageType("account_change_password", "caseworker"),
    PageType("account_reauthenticate", "caseworker"),
    PageType("mfa_index", "caseworker"),
    PageType("desk", "caseworker"),
    PageType("desk", "program_officer"),
    PageType("desk", "auditor"),
    PageType("audit_list", "auditor"),
    PageType("disclosure_list", "auditor"),
    PageType("seals", "auditor"),
    PageType("job_list", "admin"),
    PageType("job_detail", "admin", path=lambda: reverse("job_detail", args=[a_job("failed").pk])),
    PageType("job_detail", "auditor", path=lambda: reverse("job_detail", args=[a_job("running").pk])),
    PageType("job_cancel", "admin", path=lambda: reverse("job_cancel", args=[a_job("running").pk])),
    PageType("notice_list", "admin"),
    *(PageType(*entry) for entry in COMPLAINT_PAGES),
    *(PageType(*entry) for entry in CONDITION_PAGES),
    *(PageType(*entry) for entry in PAYMENT_PAGES),
    *(PageType(*entry) for entry in PROGRAM_PAGES),
    *(PageType(*entry) for entry in REGISTRY_PAGES),
]

# Addresses without a page of their own, each with the reason. A name ending in * stands for all that begin like it.
NOT_PAGES: dict[str, str] = {
    **COMPLAINT_NOT_PAGES,
    **PAYMENT_NOT_PAGES,
    **PROGRAM_NOT_PAGES,
    **REGISTRY_NOT_PAGES,
    "job_resume": "POST only",
    "document_download": "hands out a file",
    "healthz": "answers machines in JSON",
    "readyz": "answers machines in JSON",
    "language_switch": "POST only",
    "session_extend": "POST only",
    "mfa_authenticate": "the second step, only during a sign-in: test_signing_in",
    "mfa_reauthenticate": "needs an authenticator: test_signing_in",
    "mfa_reauthenticate_webauthn": "needs a passkey in the browser: test_signing_in",
    "mfa_login_webauthn": "answers the script in JSON",
    "mfa_activate_totp": "asks for the password first: test_signing_in",
    "mfa_deactivate_totp": "needs an authenticator: test_signing_in",
    "mfa_view_recovery_codes": "needs an authenticator: test_signing_in",
    "mfa_generate_recovery_codes": "needs an authenticator: test_signing_in",
    "mfa_download_recovery_codes": "a text file",
    "mfa_list_webauthn": "asks for the password first: test_signing_in",
    "mfa_add_webauthn": "asks for the password first: test_signing_in",
    "mfa_remove_webauthn": "needs a passkey: test_signing_in",
    "mfa_edit_webauthn": "needs a passkey: test_signing_in",
    "admin:*": "Django's own pages under our theme: test_admin visits the front, a list and a form",
}

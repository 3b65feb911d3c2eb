"""Pages of complaints, for the tests that visit every page: (name, role, path, query)."""

from collections.abc import Callable
from functools import cache

from django.urls import reverse

from complaints.models import Complaint
from ministry.models import Area
from tests.complaints.factories import a_world_of_complaints
from tests.complaints.vault_factories import a_world_of_the_vault


def _world() -> dict[str, dict[str, object]]:
    """Return the pages' arguments; built once per database, in the area where the demo's supervisor works."""
    if not Complaint.objects.filter(held_for="trap", area__code="EG-AST").exists():
        _built.cache_clear()
    return _built()


@cache
def _built() -> dict[str, dict[str, object]]:
    area = Area.objects.get(code="EG-AST")
    return a_world_of_complaints(area) | a_world_of_the_vault(area)


def _to(line: str) -> Callable[[], str]:
    return lambda: reverse(line.partition("[")[0], kwargs=_world()[line])


COMPLAINT_PAGES: list[tuple[str, str, Callable[[], str] | None, str]] = [
    ("complaints:public", "", None, ""),
    ("complaints:public", "", None, "?q=xyz"),
    ("complaints:intake_start", "", None, ""),
    ("complaints:track", "", None, ""),
    ("complaints:lost_pin", "", None, ""),
    ("complaints:new_pin", "", None, ""),
    ("complaints:public_figures", "", None, ""),
    ("complaints:vault", "vault_officer", None, ""),
    ("complaints:vault", "vault_officer", None, "?waiting=second&risk=3_high"),
    ("complaints:vault_case", "vault_officer", _to("complaints:vault_case"), ""),
    ("complaints:vault_verb", "vault_officer", _to("complaints:vault_verb[assess]"), ""),
    ("complaints:vault_verb", "vault_officer", _to("complaints:vault_verb[refer]"), ""),
    ("complaints:vault_verb", "vault_officer", _to("complaints:vault_verb[consent]"), ""),
    ("complaints:vault_verb", "vault_reviewer", _to("complaints:vault_verb[confirm]"), ""),
    ("complaints:list", "complaints_officer", None, ""),
    ("complaints:list", "supervisor", None, "?waiting=open"),
    ("complaints:detail", "complaints_officer", _to("complaints:detail"), ""),
    ("complaints:detail", "auditor", _to("complaints:detail"), ""),
    ("complaints:verb", "complaints_officer", _to("complaints:verb[transfer]"), ""),
    ("complaints:verb", "complaints_officer", _to("complaints:verb[link]"), ""),
    ("complaints:verb", "supervisor", _to("complaints:verb[resolve]"), ""),
    ("complaints:verb", "complaints_officer", _to("complaints:verb[confirm_dismissal]"), ""),
    ("complaints:enter", "caseworker", None, ""),
    ("complaints:held", "complaints_officer", None, ""),
    ("complaints:held_detail", "complaints_officer", _to("complaints:held_detail"), ""),
    ("complaints:figures", "complaints_officer", None, ""),
    ("complaints:suggestions", "", None, ""),
    ("complaints:call_ask", "", None, ""),
    ("complaints:issues", "complaints_officer", None, ""),
    ("complaints:issue", "complaints_officer", _to("complaints:issue"), ""),
    ("complaints:issue_verb", "complaints_officer", _to("complaints:issue_verb[answer]"), ""),
    ("complaints:actions", "complaints_officer", None, ""),
    ("complaints:action_plan", "complaints_officer", None, ""),
    ("complaints:action", "complaints_officer", _to("complaints:action"), ""),
    ("complaints:calls", "complaints_officer", None, ""),
    ("complaints:call_enter", "complaints_officer", None, ""),
    ("complaints:call", "complaints_officer", _to("complaints:call"), ""),
    ("complaints:verb", "complaints_officer", _to("complaints:verb[together]"), ""),
    ("complaints:verb", "complaints_officer", _to("complaints:verb[publish]"), ""),
    ("complaints:tasks", "supervisor", None, ""),
    ("complaints:task", "caseworker", _to("complaints:task"), ""),
]

COMPLAINT_NOT_PAGES = {
    "complaints:vault_file": "hands out a file",
    "complaints:intake_step": "asked one after the other: test_complaints",
    "complaints:intake_check": "after the questions: test_complaints",
    "complaints:intake_done": "after sending: test_complaints",
    "complaints:draft_file_remove": "POST only",
    "complaints:case": "opened by code and PIN: test_complaints",
    "complaints:case_verb": "opened by code and PIN: test_complaints",
    "complaints:leave": "leads to another site",
    "complaints:public_csv": "hands out a file",
    "complaints:suggestion_hide": "POST only",
    "complaints:letter": "hands out a file",
    "complaints:own_letter": "hands out a file",
    "complaints_api:complaints": "for programs",
    "complaints_api:complaint": "for programs",
    "complaints_api:sms": "for programs",
    "complaints_api:schema": "for programs",
    "complaints:slip": "shown once after something was written down",
    "complaints:held_admit": "POST only",
}

"""Pages about conditions, for the tests that visit every page: (name, role, path, query)."""

from collections.abc import Callable
from functools import cache

from django.urls import reverse

from ministry.models import Area
from programs.models import CompliancePeriod
from tests.programs.compliance_factories import a_world_of_conditions


def _world() -> dict[str, dict[str, int]]:
    """Return the pages' arguments; built once per database, in the area where the demo's caseworker works."""
    found = CompliancePeriod.objects.filter(program__code__startswith="conditions-").order_by("-pk").first()
    if found is None:
        _built.cache_clear()
    return _built()


@cache
def _built() -> dict[str, dict[str, int]]:
    return a_world_of_conditions(Area.objects.get(code="EG-AST"))


def _to(name: str) -> Callable[[], str]:
    return lambda: reverse(name, kwargs=_world()[name])


CONDITION_PAGES: list[tuple[str, str, Callable[[], str] | None, str]] = [
    ("programs:compliance_list", "program_officer", None, ""),
    ("programs:compliance_open", "program_officer", None, ""),
    ("programs:compliance_period", "program_officer", _to("programs:compliance_period"), ""),
    ("programs:compliance_close", "finance_manager", _to("programs:compliance_close"), ""),
    ("programs:compliance_entry", "caseworker", _to("programs:compliance_entry"), ""),
    ("programs:compliance_upload", "program_officer", _to("programs:compliance_upload"), ""),
    ("programs:compliance_errors", "program_officer", None, ""),
    ("programs:compliance_error", "program_officer", _to("programs:compliance_error"), ""),
    ("programs:compliance_waiting", "supervisor", None, ""),
    ("programs:excuse_file", "caseworker", _to("programs:excuse_file"), ""),
    ("programs:excuse_decide", "supervisor", _to("programs:excuse_decide"), ""),
    ("programs:compliance_appeal_file", "caseworker", _to("programs:compliance_appeal_file"), ""),
    ("programs:compliance_appeal_decide", "supervisor", _to("programs:compliance_appeal_decide"), ""),
    ("programs:compliance_exit_decide", "supervisor", _to("programs:compliance_exit_decide"), ""),
]

"""Every address, every method, for every role and for nobody: who gets in, who is refused, and never a 5xx."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from beneficiaries.views.scores import VERBS as SCORE_VERBS
from complaints.views.vault import VERBS as VAULT_VERBS
from complaints.views.verbs import VERBS as COMPLAINT_VERBS
from programs.views.enrolments import VERBS as ENROLMENT_VERBS
from programs.views.payment_cycles import CYCLE_VERBS
from programs.views.payments import PAYMENT_VERBS
from programs.views.programs import VERBS as VERSION_VERBS
from tests.audiences import (
    AREA_BOUND,
    AUDIENCES,
    COUNTRY_WIDE,
    FOR_PROGRAMS,
    NEEDS_FONTS,
    OF_ONES_OWN_VISIT,
    address_of,
    audience_of,
)
from tests.visitors import ROLE_CODES, as_lines, is_sent_to_sign_in, nobody
from tests.world import path_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
# What somebody who may use an address can be answered to an empty form: done, or what is wrong with it.
ANSWERS = {"get": {200, 302}, "head": {200, 302}, "options": {200}, "post": {200, 302, 400, 409, 422}}
REFUSED = {403, 404}
# Pages of one's own account, which know no roles: one role walks them for all.
OWN_ACCOUNT = ("account_", "mfa_")
GARBAGE = ("x", "-1", "%00", "%FF", "٣", "%2e%2e%2fadmin")


def addresses(
    patterns: list[URLPattern | URLResolver], prefix: str = "", inherited: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return every address with the names of its arguments; those without a name by their pattern."""
    for pattern in patterns:
        part = pattern.pattern
        arguments = (*inherited, *(getattr(part, "converters", None) or part.regex.groupindex))
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from addresses(pattern.url_patterns, space, arguments)
        else:
            yield f"{prefix}{pattern.name or part}", arguments


# The administration has a table of its own: test_every_admin_page.
OWN = {name: arguments for name, arguments in addresses(get_resolver().url_patterns) if not name.startswith("admin:")}


class TestTable:
    def test_says_of_every_address_who_may_open_it(self):
        unknown = sorted(OWN.keys() - {address_of(line) for line in AUDIENCES})
        assert unknown == [], "say in tests/audiences.py who may open them"

    def test_says_nothing_of_addresses_that_are_gone(self):
        assert sorted({address_of(line) for line in AUDIENCES} - OWN.keys()) == []

    def test_has_a_line_for_every_verb(self):
        verbs = {
            "beneficiaries:score_verb": SCORE_VERBS,
            "complaints:verb": COMPLAINT_VERBS,
            "complaints:vault_verb": VAULT_VERBS,
            "programs:version_verb": VERSION_VERBS,
            "programs:enrolment_verb": ENROLMENT_VERBS,
            "programs:cycle_verb": CYCLE_VERBS,
            "programs:payment_verb": PAYMENT_VERBS,
        }
        wanted = {f"{address}[{verb}]" for address, table in verbs.items() for verb in table}
        assert {line for line in AUDIENCES if address_of(line) in verbs} == wanted

    def test_names_only_permissions_that_somebody_holds(self, visitors):
        held = frozenset().union(*(visitor.granted for visitor in visitors.values()))
        named = {name for line in AUDIENCES for method in ("get", "post") for name in _names(line, method)}
        assert named <= held

    def test_leads_to_something_for_every_line(self, world):
        missing = [line for line, given in world.items() if given.keys() != set(OWN[address_of(line)])]
        assert missing == [], "say in tests/world.py what their arguments lead to"


def answers_of(line: str, method: str) -> set[int]:
    """Return what somebody who may use an address can be answered."""
    answers = ANSWERS.get(method, set())
    if line in NEEDS_FONTS:
        answers = answers | {409}
    if line in OF_ONES_OWN_VISIT:
        answers = answers | {404}
    return answers


def refusals_of(line: str) -> set[int]:
    """Return what somebody who may not use an address can be answered."""
    return {401} if line in FOR_PROGRAMS else REFUSED


def _names(line: str, method: str) -> set[str]:
    audience = audience_of(line, method)
    return set() if isinstance(audience, str) else set(audience)


def test_nobody_gets_in_where_one_must_sign_in(world):
    visitor, wrong = nobody(), []
    for line, arguments in world.items():
        path = path_of(line, arguments)
        for method, headers in (("get", {}), ("get", HTMX), ("post", {}), ("head", {}), ("options", {})):
            response = visitor.visit(method, path, headers=headers)
            if visitor.may(line, method):
                fits = response.status_code in answers_of(line, method) | {405} and not is_sent_to_sign_in(response)
            else:
                says_nothing = method == "options" and not response.content
                fits = is_sent_to_sign_in(response) or response.status_code in {401, 405} or says_nothing
            if not fits:
                wrong.append((line, method, response.status_code))
    assert wrong == [], as_lines(wrong)


@pytest.mark.parametrize("role", ROLE_CODES)
def test_a_role_opens_what_the_table_says_and_nothing_else(role, world, visitors):
    visitor, wrong = visitors[role], []
    for line, arguments in world.items():
        if line.startswith(OWN_ACCOUNT) and role != ROLE_CODES[0]:
            continue
        path = path_of(line, arguments)
        for method in ("get", "post"):
            response = visitor.visit(method, path)
            allowed = answers_of(line, method) if visitor.may(line, method) else refusals_of(line)
            if response.status_code not in allowed | {405} or is_sent_to_sign_in(response):
                wrong.append((line, method, response.status_code))
    assert wrong == [], as_lines(wrong)


@pytest.mark.parametrize("role", ROLE_CODES)
def test_what_binds_the_country_is_refused_to_those_appointed_in_a_part_of_it(role, world, strangers):
    visitor, wrong = strangers[role], []
    for line in COUNTRY_WIDE:
        for method in ("get", "post"):
            if visitor.may(line, method):
                response = visitor.visit(method, path_of(line, world[line]))
                if response.status_code not in REFUSED | {405}:
                    wrong.append((line, method, response.status_code))
    assert wrong == [], as_lines(wrong)


@pytest.mark.parametrize("role", ROLE_CODES)
def test_what_lies_in_another_area_does_not_exist_for_a_role(role, world, strangers):
    visitor, wrong = strangers[role], []
    for line in AREA_BOUND:
        for method in ("get", "post"):
            if visitor.may(line, method):
                response = visitor.visit(method, path_of(line, world[line]))
                if response.status_code not in {404, 405}:
                    wrong.append((line, method, response.status_code))
    assert wrong == [], as_lines(wrong)


def test_other_methods_do_no_more_than_get(world, visitors):
    wrong = []
    for line, arguments in world.items():
        if line.startswith(OWN_ACCOUNT):
            continue
        path = path_of(line, arguments)
        # One who may, and one who may not.
        for may, visitor in {visitor.may(line, "get"): visitor for visitor in visitors.values()}.items():
            for method in ("head", "options", "put", "delete") if may else ("head",):
                response = visitor.visit(method, path)
                allowed = answers_of(line, method) if may else refusals_of(line)
                if response.status_code not in allowed | {405}:
                    wrong.append((line, method, response.status_code))
    assert wrong == [], as_lines(wrong)


def test_an_address_of_nothing_is_a_404(world, visitors):
    wrong = []
    for line, arguments in world.items():
        who = next((visitor for visitor in visitors.values() if visitor.may(line, "get")), None)
        if who is None or line.startswith(OWN_ACCOUNT):
            continue
        for name, value in arguments.items():
            others = (999_999_999, 10**40) if isinstance(value, int) else ("no-such", "x" * 300)
            for other, method in zip((others[0], *others), ("post", "get", "get"), strict=True):
                response = who.visit(method, path_of(line, arguments | {name: other}))
                if response.status_code not in {404, 405}:
                    wrong.append((line, name, other, method, response.status_code))
        for garbage in GARBAGE if arguments else ():
            path = path_of(line, arguments).rstrip("/")
            response = who.visit("get", f"{path.rpartition('/')[0]}/{garbage}/")
            if response.status_code != 404:
                wrong.append((line, garbage, response.status_code))
    assert wrong == [], as_lines(wrong)

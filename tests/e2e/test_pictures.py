"""Pictures of the pages people see most, for somebody who reads Arabic to look at (screenshots/, not kept)."""

import pytest

from beneficiaries.models import Household
from ministry.models import User
from programs.models import BudgetLine, PaymentCycle
from tests.e2e.conftest import LANGUAGES, WIDTHS, Portal, take_picture


def a_household() -> str:
    caseworker = User.objects.get(username="caseworker")
    return Household.objects.visible_to(caseworker).order_by("pk")[0].get_absolute_url()


def a_cycle() -> str:
    return PaymentCycle.objects.order_by("-period", "pk")[0].get_absolute_url()


def a_budget_line() -> str:
    return BudgetLine.objects.filter(entries__kind="commitment").order_by("pk")[0].get_absolute_url()


PICTURES = {
    "home": ("", lambda: "/"),
    "data": ("", lambda: "/data/"),
    "sign-in": ("", lambda: "/accounts/login/"),
    "desk": ("program_officer", lambda: "/desk/"),
    "households": ("caseworker", lambda: "/desk/households/"),
    "household": ("caseworker", a_household),
    "payment-cycle": ("finance_manager", a_cycle),
    "funds": ("finance_manager", lambda: "/desk/funds/"),
    "budget-line": ("finance_manager", a_budget_line),
    "overpayments": ("finance_manager", lambda: "/desk/payments/overpayments/"),
    "not-found": ("", lambda: "/nowhere/"),
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PICTURES)
def test_is_photographed(portal: Portal, name: str, language: str, width: int):
    role, path = PICTURES[name]
    page = portal.tab(role, language)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path())
    page.evaluate("document.fonts.ready")
    assert take_picture(page, f"{name}-{language}-{width}").stat().st_size > 0

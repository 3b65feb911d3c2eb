"""The pages of funds: figures, entries, two people, and the same number of questions for many entries."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from programs.funding.slots import fund_tasks
from programs.models import Allotment, BudgetLine
from programs.services.funding import propose_allotment
from tests.ministry.factories import UserFactory
from tests.programs.payment_factories import (
    PREPARE,
    TAKAFUL,
    allot,
    allotter,
    approved,
    budget_line,
    confirmer_of_allotments,
    cycle_of,
    enrol,
    household,
    program_in_force,
    source,
)

pytestmark = pytest.mark.django_db


def signed_in(user, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def paid_line() -> BudgetLine:
    program = program_in_force(TAKAFUL)
    enrol(program, household())
    return approved(cycle_of(program)).budget_line


@pytest.mark.parametrize("language", ["ar", "en"])
def test_every_page_for_a_line_with_and_without_entries(language):
    client = signed_in(
        UserFactory(
            permissions=[
                "programs.view_budgetline",
                "programs.add_budgetline",
                "programs.add_allotment",
                "programs.confirm_allotment",
                *PREPARE,
            ]
        ),
        language,
    )
    line, empty = paid_line(), budget_line(program_in_force())
    waiting = propose_allotment(line=empty, amount=Decimal(5), reason="decree", actor=allotter())
    for path in (
        reverse("programs:budget_line_list"),
        reverse("programs:budget_line_list") + "?year=2026",
        reverse("programs:budget_line_create"),
        line.get_absolute_url(),
        line.get_absolute_url() + "?kind=commitment",
        empty.get_absolute_url(),
        reverse("programs:allot", args=[line.pk]),
        reverse("programs:fund_entry_correct", args=[line.entries.get(kind="allotment").pk]),
        reverse("programs:allotment_verb", args=[waiting.pk, "confirm"]),
        reverse("programs:allotment_verb", args=[waiting.pk, "refuse"]),
        reverse("programs:cycle_fund", args=[line.cycles.get().pk]),
        line.cycles.get().get_absolute_url(),
    ):
        assert client.get(path).status_code == 200, path
    assert client.get(reverse("programs:allotment_verb", args=[waiting.pk, "nonsense"])).status_code == 404


def test_one_opens_a_line_and_allots_another_confirms():
    first, second = signed_in(allotter()), signed_in(confirmer_of_allotments())
    program = program_in_force()
    opened = first.post(
        reverse("programs:budget_line_create"), {"source": source().pk, "program": program.pk, "year": 2026}
    )
    line = BudgetLine.objects.get(program=program)
    assert opened.url == line.get_absolute_url()
    first.post(reverse("programs:allot", args=[line.pk]), {"amount": "١٬٢٥٠٫٥٠", "reason": "decree 12"})
    allotment = Allotment.objects.get()
    assert (allotment.amount, allotment.status) == (Decimal("1250.50"), "proposed")
    assert first.post(reverse("programs:allotment_verb", args=[allotment.pk, "confirm"]), {}).status_code == 403
    second.post(reverse("programs:allotment_verb", args=[allotment.pk, "confirm"]), {})
    page = first.get(line.get_absolute_url()).content.decode()
    assert "1,250.50" in page
    assert "decree 12" in page


@pytest.mark.parametrize(("typed", "word"), [("", "required"), ("-4", "or more"), ("abc", "figures"), ("1.005", "2")])
def test_a_wrong_amount_keeps_what_was_typed(typed, word):
    line = budget_line(program_in_force())
    answer = signed_in(allotter()).post(
        reverse("programs:allot", args=[line.pk]), {"amount": typed, "reason": "by decree 9"}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "by decree 9" in page
    assert word in page


def test_nothing_changes_by_get_and_a_viewer_does_nothing():
    line = budget_line(program_in_force())
    waiting = propose_allotment(line=line, amount=Decimal(5), reason="decree", actor=allotter())
    viewer = signed_in(UserFactory(permissions=["programs.view_budgetline"]))
    assert viewer.get(line.get_absolute_url()).status_code == 200
    for path in (
        reverse("programs:allot", args=[line.pk]),
        reverse("programs:allotment_verb", args=[waiting.pk, "confirm"]),
        reverse("programs:budget_line_create"),
    ):
        assert viewer.get(path).status_code == viewer.post(path, {}).status_code == 403
    signed_in(confirmer_of_allotments()).get(reverse("programs:allotment_verb", args=[waiting.pk, "confirm"]))
    waiting.refresh_from_db()
    assert waiting.status == "proposed"


def test_who_may_confirm_is_told_at_the_desk_and_who_proposed_is_not():
    line = budget_line(program_in_force())
    both = UserFactory(permissions=["programs.add_allotment", "programs.confirm_allotment"])
    propose_allotment(line=line, amount=Decimal(5), reason="decree", actor=both)
    assert list(fund_tasks(both)) == []
    assert [task.count for task in fund_tasks(confirmer_of_allotments())] == [1]


class TestQueries:
    def count(self, client: Client, path: str) -> int:
        client.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    def test_lines(self):
        client = signed_in(UserFactory(permissions=["programs.view_budgetline"]))
        counts = []
        for number in (2, 10):
            for _number in range(number):
                allot(budget_line(program_in_force()), "10")
            counts.append(self.count(client, reverse("programs:budget_line_list")))
        assert counts[0] == counts[1]

    def test_entries(self):
        client = signed_in(UserFactory(permissions=["programs.view_budgetline", "programs.add_allotment"]))
        line = paid_line()
        counts = []
        for number in (2, 12):
            for _number in range(number):
                allot(line, "10")
            counts.append(self.count(client, line.get_absolute_url()))
        assert counts[0] == counts[1]

"""The main job in the browser, from a register file to a reconciled payment, by those whose work it is.

Caseworker: file → review → registry. Programme officer: check → admissions. Three finance people: prepare, approve,
release. At each step counts and money are held against `small_register`, which works them out by itself.
"""

import csv
import datetime as dt
import hashlib
import io
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from beneficiaries.models import DuplicatePair, Household, HouseholdFacts, ImportBatch, Individual
from programs.models import EligibilityDecision, Enrolment, Entitlement, Payment, PaymentCycle, Program
from tests.e2e import small_register
from tests.e2e.conftest import Portal, assert_page_is_sound, take_picture
from tests.e2e.small_register import Register

PREFIX = "BR"
SECONDS = 90


@pytest.fixture(scope="module")
def register() -> Register:
    return small_register.make(PREFIX)


def wait_for(page: Page, arrived: Callable[[], bool], what: str) -> None:
    """Load the page again until the background work is done."""
    end, address = time.monotonic() + SECONDS, page.url
    while not arrived():
        assert time.monotonic() < end, f"not within {SECONDS} s: {what}"
        time.sleep(0.5)
    # A page that reloads itself while work is going on may be doing so this moment.
    page.wait_for_timeout(500)
    page.goto("about:blank")
    page.goto(address)


def press(page: Page) -> None:
    """Press the page's main button and wait for the answer."""
    button = page.locator("main form button.button:not(.second)").first
    assert button.is_visible(), page.locator("main").inner_text()[:800]
    with page.expect_navigation():
        button.click()


def figures(page: Page) -> list[str]:
    """Return the values of the page's figures."""
    return [value.strip() for value in page.locator("main .stat .value").all_inner_texts()]


def confirm(portal: Portal, cycle: PaymentCycle, verb: str, role: str) -> None:
    """Do a verb of a cycle through its page."""
    page = portal.visit(f"/desk/payments/{cycle.pk}/{verb}/", role, "en")
    press(page)
    assert page.url.rstrip("/").endswith(f"/desk/payments/{cycle.pk}"), page.locator("main").inner_text()[:500]
    page.close()
    cycle.refresh_from_db()


def read_control_report(portal: Portal, cycle: PaymentCycle) -> None:
    """As the finance manager, who is led to the report before anything can be approved: read it and say so."""
    address = f"/desk/payments/{cycle.pk}/control-report/"
    page = portal.visit(address, "finance_manager", "en")
    wait_for(page, lambda: cycle.control_reports.exists(), "the control report is made")
    page.goto(f"/desk/payments/{cycle.pk}/approve/")
    assert page.url.endswith(address)
    assert f"{cycle.total:,.2f}" in page.locator("main .stats").inner_text()
    press(page)
    assert cycle.control_reports.get().readings.get().reader.username == "finance_manager"
    page.close()


def by_reference(register: Register, program: str, on: dt.date) -> dict[str, str]:
    """Return what each household of the register is to be told."""
    return {
        home["household_ref"]: small_register.decide(program, home, register.members_of(home["household_ref"]), on)
        for home in register.households
    }


def test_from_register_file_to_reconciled_payment(portal: Portal, working: None, register: Register, tmp_path: Path):
    today = timezone.localdate()
    # This month and the next are taken by the demo's own cycles.
    month = (today.replace(day=1) + dt.timedelta(days=62)).replace(day=1)
    bring_in(portal, register, tmp_path)
    expected = by_reference(register, "takaful", today)
    admitted = check_and_admit(portal, register, expected)
    amounts = {ref: small_register.amount("takaful", register.members_of(ref), month) for ref in sorted(admitted)}
    cycle = pay(portal, amounts, month)
    reconcile(portal, cycle, tmp_path)


def bring_in(portal: Portal, register: Register, folder: Path) -> None:
    """As the caseworker of Asyut: upload, look at what was found, enter; then read a file."""
    households, individuals = register.write(folder)
    page = portal.visit("/desk/imports/new/", "caseworker", "en")
    page.set_input_files("[name=households]", households)
    page.set_input_files("[name=individuals]", individuals)
    press(page)
    batch = ImportBatch.objects.latest("pk")
    assert page.url.endswith(batch.get_absolute_url())

    def status() -> str:
        batch.refresh_from_db()
        return batch.status

    wait_for(page, lambda: status() == "in_review", "the files are checked")
    shown = figures(page)
    assert shown[:3] == [str(len(register.households)), str(len(register.individuals)), "0"]
    # The woman registered twice is the only doubt, once in each of her rows.
    assert shown[3] == "2"
    assert page.locator("#results tbody tr").count() == 2
    page.goto(f"/desk/imports/{batch.pk}/enter/")
    press(page)
    wait_for(page, lambda: status() == "committed", "the rows are entered")

    entered = Household.objects.filter(household_ref__startswith=f"{PREFIX}-")
    assert entered.count() == len(register.households)
    people = Individual.objects.filter(person_ref__startswith=f"{PREFIX}-")
    assert people.count() == len(register.individuals)
    pair = DuplicatePair.objects.get(individual_a__in=people, individual_b__in=people)
    assert pair.band == "strong"
    page.close()

    facts = HouseholdFacts.objects.filter(household__in=entered, pmt_score__isnull=False)
    page = portal.visit(f"/desk/households/{PREFIX}-004/", "caseworker", "en")
    wait_for(page, lambda: facts.count() == len(register.households), "facts and scores are computed")
    today = timezone.localdate()
    for row in facts.select_related("household"):
        home = next(one for one in register.households if one["household_ref"] == row.household.household_ref)
        by_hand = small_register.score(home, register.members_of(home["household_ref"]), today)
        assert row.pmt_score == pytest.approx(by_hand, abs=1e-6), row.household.household_ref
    text = page.locator("main").inner_text()
    for member in register.members_of(f"{PREFIX}-004"):
        assert member["full_name"] in text
        assert member["national_id"] not in text, "national numbers are masked"
    page.close()


def check_and_admit(portal: Portal, register: Register, expected: dict[str, str]) -> set[str]:
    """As the programme officer: check everybody, read one household's reasons, admit the eligible."""
    program = Program.objects.get(code="takaful")
    runs = program.versions.get(status="in_force").runs.order_by("-pk")
    last = runs.first()
    page = portal.visit("/desk/programs/takaful/check/", "program_officer", "en")
    press(page)
    new_runs = runs.filter(pk__gt=last.pk if last else 0, status="complete")
    wait_for(page, new_runs.exists, "the check is complete")
    run = new_runs.get()
    page.goto(run.get_absolute_url())
    assert figures(page) == [f"{n:,}" for n in (run.eligible, run.not_eligible, run.needs_information)]
    decided = dict(
        EligibilityDecision.objects.filter(run=run, household__household_ref__in=expected).values_list(
            "household__household_ref", "decision"
        )
    )
    assert decided == expected
    page.close()

    refused = next(ref for ref, decision in expected.items() if decision == "not_eligible")
    page = portal.visit(f"/desk/households/{refused}/", "caseworker", "en")
    home = next(one for one in register.households if one["household_ref"] == refused)
    points = small_register.score(home, register.members_of(refused), timezone.localdate())
    reasons = page.locator("main").inner_text()
    assert "welfare score lies below the line" in reasons
    assert f"{points:.1f}" in reasons, "the value seen stands beside the criterion"
    assert_page_is_sound(portal, page, "en")
    page.close()
    page = portal.visit(f"/desk/households/{PREFIX}-004/", "caseworker", "ar")
    assert_page_is_sound(portal, page, "ar")
    take_picture(page, "household")
    page.close()

    page = portal.visit(f"/desk/programs/takaful/checks/{run.pk}/admit/", "program_officer", "en")
    new = int(figures(page)[0].replace(",", ""))
    eligible = EligibilityDecision.objects.filter(run=run, decision="eligible")
    assert new == run.eligible - eligible.filter(household__enrolments__program=program).count()
    page.locator("[name=seen]").check()
    press(page)
    admitted = {ref for ref, decision in expected.items() if decision == "eligible"}
    enrolled = Enrolment.objects.enrolled().filter(program=program, household__household_ref__in=expected)
    assert set(enrolled.values_list("household__household_ref", flat=True)) == admitted
    page.close()
    return admitted


def pay(portal: Portal, amounts: dict[str, Decimal], month: dt.date) -> PaymentCycle:
    """As finance officer, finance manager and treasurer: prepare, approve, release, and make the list."""
    page = portal.visit("/desk/payments/new/", "finance_officer", "en")
    page.select_option("[name=program]", label="Takaful")
    page.select_option("[name=period]", month.isoformat())
    page.select_option("[name=agent]", index=1)
    press(page)
    cycle = PaymentCycle.objects.latest("pk")
    page.goto(f"/desk/payments/{cycle.pk}/prepare/")
    press(page)

    def is_prepared() -> bool:
        cycle.refresh_from_db()
        return cycle.status == "prepared"

    wait_for(page, is_prepared, "the payments are worked out")
    lines = Entitlement.objects.filter(cycle=cycle, household__household_ref__in=amounts)
    assert dict(lines.values_list("household__household_ref", "amount")) == amounts
    payments = Payment.objects.filter(cycle=cycle, entitlement__in=lines)
    held = payments.filter(status="held")
    assert {payment.entitlement.household.household_ref for payment in held} == {f"{PREFIX}-006"}
    ours = sum(amounts.values())
    theirs = Payment.objects.filter(cycle=cycle).exclude(pk__in=payments)
    others = sum(theirs.values_list("amount", flat=True))
    others_ready = sum(theirs.exclude(status="held").values_list("amount", flat=True))
    assert f"{ours + others:,.2f}" in page.locator("main .stats").inner_text()
    page.close()

    confirm(portal, cycle, "submit", "finance_officer")
    portal.visit(f"/desk/payments/{cycle.pk}/approve/", "finance_officer", "en", status=403).close()
    read_control_report(portal, cycle)
    confirm(portal, cycle, "approve", "finance_manager")
    portal.visit(f"/desk/payments/{cycle.pk}/release/", "finance_manager", "en", status=403).close()
    confirm(portal, cycle, "release", "treasurer")
    assert len({cycle.prepared_by_id, cycle.approved_by_id, cycle.released_by_id}) == 3

    page = portal.visit(f"/desk/payments/{cycle.pk}/files/", "treasurer", "en")
    page.locator("[name=format][value=csv]").check()
    press(page)
    wait_for(page, lambda: cycle.files.filter(format="csv").exists(), "the list is made")
    made = cycle.files.get(format="csv")
    ready = {ref: amount for ref, amount in amounts.items() if ref != f"{PREFIX}-006"}
    assert made.control_total == sum(ready.values()) + others_ready
    assert made.sha256 in page.locator("main").inner_text()
    assert f"{made.control_total:,.2f}" in page.locator("main").inner_text()
    with page.expect_download() as download:
        page.locator(f"a[href='{made.document.get_absolute_url()}']").first.click()
    content = Path(download.value.path()).read_bytes()
    assert hashlib.sha256(content).hexdigest() == made.sha256
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert {row["household_ref"]: Decimal(row["amount"]) for row in rows if row["household_ref"] in amounts} == ready
    assert sum(Decimal(row["amount"]) for row in rows) == made.control_total
    assert len(rows) == made.lines
    page.close()
    return cycle


def reconcile(portal: Portal, cycle: PaymentCycle, folder: Path) -> None:
    """As the finance officer: take the agent's report in, twice; the second time changes nothing."""
    sent = list(Payment.objects.filter(cycle=cycle, status="sent").order_by("pk"))
    report = folder / "report.csv"
    with report.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["payment_ref", "status", "amount", "paid_on"])
        for number, payment in enumerate(sent):
            word = "returned" if number == 0 else "paid"
            writer.writerow([payment.payment_ref, word, payment.amount, timezone.localdate().isoformat()])
        writer.writerow(["NOBODY-1", "paid", "325.00", ""])
    page = portal.visit("/desk/payments/reports/new/", "finance_officer", "en")
    page.set_input_files("[name=report]", report)
    press(page)
    wait_for(page, lambda: not Payment.objects.filter(cycle=cycle, status="sent").exists(), "the report is matched")
    assert Payment.objects.get(pk=sent[0].pk).status == "returned"
    paid = Payment.objects.filter(cycle=cycle, status="paid")
    assert sum(paid.values_list("amount", flat=True)) == sum(payment.amount for payment in sent[1:])
    before = list(Payment.objects.filter(cycle=cycle).order_by("pk").values_list("status", "status_at"))

    page.goto("/desk/payments/queue/")
    assert "NOBODY-1" in page.locator("#results").inner_text()
    page.goto("/desk/payments/reports/new/")
    page.set_input_files("[name=report]", report)
    press(page)
    assert "taken in before" in page.locator("main").inner_text()
    assert list(Payment.objects.filter(cycle=cycle).order_by("pk").values_list("status", "status_at")) == before
    page.goto(f"/desk/payments/{cycle.pk}/")
    total = sum(payment.amount for payment in sent[1:])
    assert f"{total:,.2f}" in page.locator("main").inner_text()
    page.close()

"""The demo ministry as a whole: built once, small, and recounted from the files it came from."""

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import Sum
from django.test import override_settings

from beneficiaries.models import DuplicatePair, Household, HouseholdFacts, Individual
from ministry import reference
from ministry.demo import Demo, build
from ministry.models import AuditEntry, User
from programs.models import (
    EligibilityChange,
    EligibilityDecision,
    EligibilityRun,
    Enrolment,
    Entitlement,
    Payment,
    PaymentCycle,
    PaymentFile,
    Program,
)
from tests import database

pytestmark = pytest.mark.django_db

HOUSEHOLDS = 200


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Demo]:
    """A demo in a folder of its own, built once for this module: jobs commit, so no transaction can undo it."""
    folder = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock(), override_settings(DATA_DIR=folder, MEDIA_ROOT=folder / "media"):
        reference.load_all()
        demo = Demo(households=HOUSEHOLDS, seed=5)
        build(demo)
        yield demo
        database.empty()


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def age(born: dt.date, on: dt.date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def due_by_household(folder: Path, period: dt.date) -> dict[str, dict[str, Decimal]]:
    """Work out from the register files alone what each household would be due per programme in a month.

    Takaful: 325 + 60/80/100 for children of 6–11/12–14/15–17, the two largest. Karama: 350 per person of 65 and over or
    with a difficulty of degree 4, three at most.
    """
    due: dict[str, dict[str, Decimal]] = {"takaful": {}, "karama": {}}
    children, persons = defaultdict(list), defaultdict(int)
    for row in rows(folder / "individuals.csv"):
        ref = row["household_ref"]
        years = age(dt.date.fromisoformat(row["birth_date"]), period) if row["birth_date"] else None
        severe = any(entry.endswith(":4") for entry in row["disability"].split(";"))
        persons[ref] += severe or (years is not None and years >= 65)
        if years is not None and 6 <= years <= 17:
            children[ref].append(60 if years <= 11 else 80 if years <= 14 else 100)
    for row in rows(folder / "households.csv"):
        ref = row["household_ref"]
        due["takaful"][ref] = Decimal(325 + sum(sorted(children[ref], reverse=True)[:2]))
        due["karama"][ref] = Decimal(350 * min(3, persons[ref]))
    return due


def test_the_figures_agree_with_each_other_and_with_the_files(demo):
    registered = rows(demo.folder / "households.csv")
    people = rows(demo.folder / "individuals.csv")
    assert Household.objects.count() == HouseholdFacts.objects.count() == len(registered) == HOUSEHOLDS
    assert Individual.objects.count() == len(people)

    for code in ("takaful", "karama"):
        cycle = PaymentCycle.objects.filter(program__code=code).earliest("period")
        # The check on which the admissions rest; a later one has found some households otherwise.
        run = EligibilityRun.objects.complete().filter(version__program=cycle.program).earliest("pk")
        decided = EligibilityDecision.objects.filter(run=run)
        eligible = set(decided.filter(decision="eligible").values_list("household__household_ref", flat=True))
        enrolled = set(Enrolment.objects.filter(program__code=code).values_list("household__household_ref", flat=True))
        assert decided.count() == HOUSEHOLDS
        assert len(eligible) == run.eligible > 5
        assert enrolled == eligible

        due = due_by_household(demo.folder, cycle.period)[code]
        lines = dict(cycle.entitlements.values_list("household__household_ref", "amount"))
        assert lines == {ref: due[ref] for ref in enrolled if due[ref]}
        assert cycle.households == len(lines)
        assert cycle.total == sum(lines.values())
        assert cycle.payments.aggregate(total=Sum("amount"))["total"] == cycle.total


def test_a_later_check_has_found_some_households_otherwise_and_changed_nobody(demo):
    waiting = EligibilityChange.objects.waiting()
    assert waiting.filter(kind="ceased", before="eligible", enrolment__status="enrolled").count() >= 3
    assert {change.program.code for change in waiting} == {"takaful"}
    assert not Enrolment.objects.filter(program__code="takaful").exclude(status="enrolled").exists()


def test_a_programme_with_limited_places_shows_the_whole_way(demo):
    program = Program.objects.get(code="winter-support")
    found = set(program.applications.values_list("status", flat=True))
    assert {"admitted", "waiting", "offered"} <= found
    left = set(program.enrolments.exclude(status="enrolled").values_list("status", "reason__verb"))
    assert left == {("exited", "graduate"), ("exited", "exit"), ("suspended", "suspend")}
    drawn = program.admission_lists.get()
    assert drawn.status == "confirmed"
    assert drawn.prepared_by != drawn.decided_by


def test_one_month_is_paid_to_the_end_and_one_waits_for_approval(demo):
    closed = PaymentCycle.objects.filter(status="closed")
    assert set(closed.values_list("program__code", flat=True)) == {"takaful", "karama"}
    for cycle in closed:
        assert len({cycle.prepared_by, cycle.approved_by, cycle.released_by}) == 3
        assert not cycle.payments.undecided().exists()
        assert cycle.payments.filter(status="paid").exists()
        sent = cycle.payments.exclude(status="cancelled").aggregate(total=Sum("amount"))["total"]
        made = PaymentFile.objects.filter(cycle=cycle)
        assert set(made.values_list("format", flat=True)) == {"csv", "xlsx"}
        assert set(made.values_list("control_total", flat=True)) == {sent}
    (waiting,) = PaymentCycle.objects.exclude(status="closed")
    assert (waiting.program.code, waiting.status) == ("takaful", "in_review")
    assert waiting.period > closed.latest("period").period


def test_the_caseworker_has_checked_some_households_of_the_governorate_and_no_others(demo):
    verified = Household.objects.filter(status=Household.Status.VERIFIED)
    assert verified.exists()
    assert all(area.path.startswith("EG/EG-AST/") for area in {household.area for household in verified})
    assert Household.objects.filter(status=Household.Status.REGISTERED, area__path__startswith="EG/EG-AST/").exists()


def test_a_second_run_changes_nothing(demo, capsys):
    def everything() -> tuple:
        counted = (Household, Individual, Enrolment, Entitlement, Payment, PaymentCycle, PaymentFile, User, AuditEntry)
        return tuple(model.objects.count() for model in counted), list(
            PaymentCycle.objects.order_by("pk").values_list("status", "total")
        )

    before = everything()
    assert build(Demo(households=HOUSEHOLDS, seed=5)) == 0
    call_command("demo", "--households", "999", "--seed", "6")
    assert everything() == before
    assert "nothing was changed" in capsys.readouterr().out


def test_pairs_with_one_number_are_flagged_and_the_truth_can_be_had(demo, tmp_path):
    call_command("demo", "--truth", str(tmp_path / "truth.csv"))
    truth = {(row["person_a"], row["person_b"]) for row in rows(tmp_path / "truth.csv")}
    by_number = defaultdict(set)
    for row in rows(demo.folder / "individuals.csv"):
        by_number[row["national_id"]].add(row["person_ref"])
    shared = {pair for pair in truth if any(number and set(pair) <= refs for number, refs in by_number.items())}
    assert shared
    flagged = {
        tuple(sorted(pair))
        for pair in DuplicatePair.objects.values_list("individual_a__person_ref", "individual_b__person_ref")
    }
    assert shared <= flagged

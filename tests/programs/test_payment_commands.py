import datetime as dt
import hashlib
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from programs.models import Payment, PaymentCycle
from programs.services import payment_cycles as services
from tests.ministry.factories import UserFactory
from tests.programs.payment_factories import (
    TAKAFUL,
    agent,
    approver,
    enrol,
    funded,
    having_read,
    household,
    preparer,
    program_in_force,
    releaser,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def run(*arguments: str, **options: object) -> str:
    output = StringIO()
    call_command(*arguments, stdout=output, **options)
    return output.getvalue()


@pytest.fixture
def program():
    agent()
    program = program_in_force(TAKAFUL, code="takaful")
    enrol(program, household(), household(dt.date(2010, 1, 1)))
    return program


def test_prepare_cycle_opens_and_works_out_and_repeated_adds_nothing(program):
    officer = preparer()
    assert "2 households added, 2 in all, 2 payments, 750.000 EGP" in run("prepare_cycle", "takaful", "2026-11")
    assert "0 households added, 2 in all, 2 payments, 750.000 EGP" in run("prepare_cycle", "takaful", "2026-11")
    assert PaymentCycle.objects.get().prepared_by == officer


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody", "2026-11"), "takaful"),
        (("takaful", "November"), "YYYY-MM"),
        (("takaful", "2026-13"), "YYYY-MM"),
        (("takaful", "2020-01"), "in force"),
        (("takaful", "2026-11", "--as", "nobody"), "nobody"),
        (("takaful", "2026-11", "--agent", "nobody"), "post"),
    ],
)
def test_prepare_cycle_says_what_is_wrong(program, arguments, said):
    preparer()
    with pytest.raises(CommandError, match=said):
        run("prepare_cycle", *arguments)


def test_a_command_acts_in_somebodys_name(program):
    with pytest.raises(CommandError, match="--as"):
        run("prepare_cycle", "takaful", "2026-11")
    one, _other = preparer(), preparer()
    with pytest.raises(CommandError, match=one.username):
        run("prepare_cycle", "takaful", "2026-11")
    assert "2 payments" in run("prepare_cycle", "takaful", "2026-11", username=one.username)
    with pytest.raises(CommandError, match="right"):
        run("prepare_cycle", "takaful", "2026-11", username=UserFactory().username)


def test_from_list_to_report(program, tmp_path):
    funded(program, dt.date(2026, 11, 1))
    run("prepare_cycle", "takaful", "2026-11", username=preparer().username)
    cycle = PaymentCycle.objects.get()
    services.submit_payment_cycle(cycle=cycle, actor=cycle.prepared_by, tell_worker=False)
    with pytest.raises(CommandError):
        run("export_payments", "takaful/2026-11", username=releaser().username, output=tmp_path / "list.csv")
    services.approve_payment_cycle(cycle=cycle, actor=having_read(cycle, approver()))
    treasurer = releaser()
    services.release_payment_cycle(cycle=cycle, actor=treasurer)

    target = tmp_path / "list.csv"
    said = run(
        "export_payments", "takaful/2026-11", file_format="csv", username=treasurer.username, output=target, no_bom=True
    )
    assert hashlib.sha256(target.read_bytes()).hexdigest() in said
    first = target.read_bytes()
    run("export_payments", str(cycle.pk), file_format="csv", username=treasurer.username, output=target, no_bom=True)
    assert target.read_bytes() == first

    rows = [line.split(",") for line in first.decode().splitlines()[1:]]
    report = tmp_path / "report.csv"
    report.write_text(
        "payment_ref,status,amount\n" + "\n".join(f"{row[0]},paid,{row[6]}" for row in rows) + "\nP0-1,paid,1\n"
    )
    said = run("import_reconciliation", str(report), username=treasurer.username)
    assert "3 rows, 2 matched, 1 unmatched" in said
    assert "row 4: P0-1" in said
    assert set(Payment.objects.values_list("status", flat=True)) == {"paid"}


@pytest.mark.parametrize("name", ["0", "takaful/2026-12", "takaful/x", "nonsense", "9" * 30])
def test_an_unknown_cycle_is_named(program, name):
    with pytest.raises(CommandError, match="no payment cycle"):
        run("export_payments", name)


def test_the_same_report_again_changes_nothing(program, tmp_path):
    treasurer = releaser()
    report = tmp_path / "report.csv"
    report.write_text("payment_ref,status,amount\nP0-1,paid,1\n")
    first = run("import_reconciliation", str(report), username=treasurer.username)
    again = run("import_reconciliation", str(report), username=treasurer.username)
    assert "1 unmatched" in first
    assert "unmatched" not in again
    assert again.split(":")[0] == first.split(":")[0]

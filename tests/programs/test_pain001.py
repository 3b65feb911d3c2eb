"""The banks' format, held against the schema the standard's registrar publishes."""

import io
from decimal import Decimal
from importlib.resources import files

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from lxml import etree

from beneficiaries.models import Household, Identifier, Individual
from ministry.exceptions import RuleViolation
from programs.models import Payment, PaymentAgent, PaymentFile
from programs.payments.accounts import validate_account, validate_bic
from programs.payments.pain001 import NAMESPACE, write_pain001
from programs.services import payment_files
from tests.programs.payment_factories import (
    TAKAFUL,
    cycle_of,
    enrol,
    household,
    make_file,
    program_in_force,
    released,
    releaser,
)

pytestmark = pytest.mark.django_db

# An account number out of the IBAN registry's own example for Egypt.
IBAN = "EG380019000500000000263180002"
AWKWARD = 'سيد <b>&\\n"\t\u2028 محمد\x07' + "م" * 200


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(scope="module")
def schema():
    return etree.XMLSchema(etree.parse(str(files("sepaxml") / "schemas" / "pain.001.001.09.xsd")))


def cycle_with(*homes, account=IBAN, bic="NBEGEGCXXXX"):
    program = program_in_force(TAKAFUL)
    enrol(program, *homes)
    cycle = cycle_of(program)
    PaymentAgent.objects.filter(pk=cycle.agent_id).update(account=account, bic=bic)
    return released(cycle)


def parsed(file: PaymentFile):
    with file.document.file.open("rb") as opened:
        return etree.parse(opened)


def texts(document, path: str) -> list[str]:
    steps = "/".join(f"p:{step}" for step in path.split("/"))
    return [element.text for element in document.iterfind(f".//{steps}", {"p": NAMESPACE})]


def head_of(home: Household) -> Individual:
    return home.memberships.get(relationship="head").individual


def test_a_list_is_valid_and_says_count_and_sum(schema):
    homes = household(), household(), household()
    head = head_of(homes[0])
    Individual.objects.filter(pk=head.pk).update(full_name=AWKWARD, phone_key="1012345678")
    Identifier.objects.create(
        individual=head, kind="national_id", value="29001011234567", value_key="29001011234567", is_well_formed=True
    )
    cycle = cycle_with(*homes)
    file = make_file(cycle, PaymentFile.Format.PAIN001)
    document = parsed(file)
    assert schema.validate(document), schema.error_log
    assert texts(document, "GrpHdr/NbOfTxs") == texts(document, "PmtInf/NbOfTxs") == ["3"]
    assert texts(document, "GrpHdr/CtrlSum") == ["975.00"]
    assert [Decimal(amount) for amount in texts(document, "Amt/InstdAmt")] == [Decimal("325")] * 3
    assert (file.lines, file.control_total) == (3, Decimal("975"))
    assert file.document.filename.endswith(".xml")
    refs = Payment.objects.filter(cycle=cycle).order_by("pk").values_list("payment_ref", flat=True)
    assert texts(document, "PmtId/EndToEndId") == list(refs)
    name = texts(document, "CdtTrfTxInf/Cdtr/Nm")[0]
    assert name.startswith('سيد <b>&n" محمدم')
    assert len(name) == 140
    assert texts(document, "CtctDtls/MobNb")[0] == "+20-1012345678"
    assert texts(document, "PrvtId/Othr/Id") == ["29001011234567"]
    assert texts(document, "DbtrAcct/Id/IBAN") == [IBAN]


@pytest.mark.parametrize(
    ("units", "amount", "total"), [(0, "325", "650"), (2, "325.00", "650.00"), (3, "325.000", "650.000")]
)
def test_amounts_have_the_decimals_of_their_currency(schema, units, amount, total):
    cycle = cycle_with(household(), household(), account="6-17/44", bic="NBEGEGCX")
    make_file(cycle)
    output = io.BytesIO()
    assert write_pain001(output, cycle, 1, units) == (2, Decimal("650"))
    document = etree.fromstring(output.getvalue())
    assert schema.validate(document), schema.error_log
    assert set(texts(document, "Amt/InstdAmt")) == {amount}
    assert texts(document, "GrpHdr/CtrlSum") == [total]
    assert texts(document, "DbtrAcct/Id/Othr/Id") == ["6-17/44"]


def test_without_the_ministrys_account_nothing_is_sent():
    cycle = cycle_with(household(), account="")
    with pytest.raises(RuleViolation, match="حساب الوزارة"):
        make_file(cycle, PaymentFile.Format.PAIN001)
    assert set(cycle.payments.values_list("status", flat=True)) == {"ready"}


def test_the_list_again_is_the_same_file():
    cycle = cycle_with(household())
    first = make_file(cycle, PaymentFile.Format.PAIN001)
    with pytest.raises(payment_files.FileAlreadyMade) as known:
        make_file(cycle, PaymentFile.Format.PAIN001)
    assert known.value.file == first


def test_an_agent_without_account_is_told_on_the_page(client):
    cycle = cycle_with(household(), bic="")
    client.force_login(releaser())
    answer = client.post(reverse("programs:cycle_files", args=[cycle.pk]), {"format": "pain001"})
    assert answer.status_code == 409
    assert "حساب الوزارة" in answer.content.decode()


class TestAccounts:
    @pytest.mark.parametrize("account", [IBAN, "EG38 0019 0005 0000 0000 2631 8000 2", "6-17/44"])
    def test_are_taken(self, account):
        validate_account(account)

    @pytest.mark.parametrize("account", ["EG380019000500000000263180003", "EG38", "حساب", "6;44"])
    def test_are_refused(self, account):
        with pytest.raises(ValidationError):
            validate_account(account)

    def test_codes_of_banks(self):
        validate_bic("NBEGEGCX")
        for wrong in ("NBEG", "NBEGEGCX1", "12345678"):
            with pytest.raises(ValidationError):
                validate_bic(wrong)

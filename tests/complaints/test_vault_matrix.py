"""The vault leaks nothing: unmistakable words are planted in it, and everybody without its role looks everywhere.

Every list, search, count, export, page of the administration, notice, log, history and audit row, by every role and by
superusers; then the whole database as text, what visits are kept as, and what was written to the log.
"""

import uuid
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from structlog.testing import capture_logs

from complaints.models import VaultCase
from complaints.secrets import spaced
from complaints.services.intake import Person
from complaints.services.vault import casework, holder, referrals
from complaints.vault import KEEPER, opened
from ministry.models import Area, Document, Role, StaffAssignment, User
from tests.complaints.vault_factories import PDF, asked, focal_point, told, worked
from tests.complaints.vault_walls import whole_database
from tests.ministry.factories import UserFactory
from tests.visitors import ROLE_CODES, Visitor, as_lines, somebody
from tests.world import GOVERNORATE, path_of

pytestmark = pytest.mark.django_db
WORDS = {
    "story": "زعفرانستوري QXSTORY",
    "name": "زعفرانإسم QXNAME",
    "phone": "+201099887766",
    "safe": "زعفرانأمان QXSAFE",
    "plan": "زعفرانخطة QXPLAN",
    "reply": "زعفرانرد QXREPLY",
    "note": "زعفرانسر QXNOTE",
    "message": "زعفرانرسالة QXMESSAGE",
    "accused": "زعفرانمتهم QXACCUSED",
    "purpose": "زعفرانغرض QXPURPOSE",
    "result": "زعفراننتيجة QXRESULT",
    "file": "زعفرانملف QXFILE",
    "reasons": "زعفرانسبب QXREASON",
}
OTHERS = [role for role in ROLE_CODES if role != "vault_officer"]
# Addresses that leave, sign out, or start long work, and pages of one's own account.
LEFT_OUT = ("account_", "mfa_", "complaints:leave")


@pytest.fixture(scope="module")
def superusers(world) -> dict[str, Visitor]:
    """One with Django's mark only, one with every role but the vault's."""
    country = Area.objects.get(code=settings.COUNTRY)
    bare = somebody("administrator", country, is_staff=True)
    User.objects.filter(username__startswith="administrator-").update(is_superuser=True)
    alone = UserFactory(username="boss", is_superuser=True, is_staff=True)
    client = Client(raise_request_exception=False)
    client.force_login(alone)
    every = UserFactory(username="everything", is_superuser=True, is_staff=True)
    for role in Role.objects.filter(code__in=OTHERS):
        StaffAssignment.objects.create(user=every, role=role, area=country)
    all_roles = Client(raise_request_exception=False)
    all_roles.force_login(every)
    return {"superuser": Visitor(client), "administrator": bare, "every other role": Visitor(all_roles)}


def plant(area: Area) -> tuple[VaultCase, str]:
    """Put a case into the vault in which every sealed field holds a word that occurs nowhere else."""
    me, other = focal_point(), focal_point()
    receipt = told(
        area=area,
        story=WORDS["story"],
        safe_contact=WORDS["safe"],
        complainant=Person(name=WORDS["name"], phone=WORDS["phone"], national_id="29901011234567"),
        files=[ContentFile(PDF, name=f"{WORDS['file']}.pdf")],
    )
    case = receipt.complaint
    worked(case, me)
    casework.assess(case=case, risk="3_high", plan=WORDS["plan"], actor=me)
    for verb in ("reply", "note"):
        casework.write(case=case, verb=verb, text=WORDS[verb], token=uuid.uuid4(), actor=me)
    holder.add_message(case=case, text=WORDS["message"], token=uuid.uuid4())
    casework.name_accused(case=case, name=WORDS["accused"], staff=None, actor=me)
    casework.reveal(case=case, reason=WORDS["reasons"], actor=me)
    with opened(me):
        file = case.files.defer("content").get()
    file = casework.admit_file(file=file, reason=WORDS["reasons"], actor=me)
    casework.open_file(file=file, actor=me)
    referral = asked(case, me, purpose=WORDS["purpose"], shares=["name", "story"])
    referrals.answer(referral=referral, agrees=True, actor=None)
    referrals.send(referral=referral, actor=me)
    referrals.report(referral=referral, result=WORDS["result"], actor=me)
    casework.propose_closing(case=case, outcome="safe", reasons=WORDS["reasons"], actor=me)
    casework.confirm_closing(case=case, answer=WORDS["reply"], actor=other)
    with opened(KEEPER):
        return VaultCase.objects.get(pk=case.pk), receipt.pin


def tells(text: str, case: VaultCase) -> list[str]:
    """Return what of a case a text gives away: a planted word, its code, its PIN's mark, its reference."""
    words = [*WORDS.values(), *(one.split()[1] for one in WORDS.values() if " " in one), "99887766"]
    words += [case.code, spaced(case.code), str(case.ref), case.code_mark, case.pin_mark, case.token_mark]
    return [word for word in words if word in text]


def places(world) -> Iterator[tuple[str, str]]:
    """Yield every address of the portal and of its administration, plain and with a search."""
    for line, arguments in world.items():
        if not line.startswith(LEFT_OUT):
            yield line, path_of(line, arguments)
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        yield name, reverse(name)


def body(response) -> str:
    # What was streamed was read, and thrown away, by the visit.
    return "" if response.streaming else response.content.decode(errors="replace")


def look(visitor: Visitor, path: str, query: dict[str, str] | None = None) -> tuple[int, str]:
    """Open a page as somebody; whatever it writes is undone."""
    response = visitor.client.get(path, query or {})
    text = b"".join(response.streaming_content).decode(errors="replace") if response.streaming else body(response)
    return response.status_code, text + response.get("Location", "")


@pytest.fixture(scope="module")
def everybody(visitors, superusers) -> dict[str, Visitor]:
    return {**{role: visitors[role] for role in OTHERS}, **superusers}


@pytest.fixture(scope="module")
def case_and_pin(world) -> tuple[VaultCase, str]:
    return plant(Area.objects.get(code=GOVERNORATE))


class TestNobodyElse:
    def test_sees_a_word_of_it_on_any_page_with_all_the_other_roles_together(self, world, everybody, case_and_pin):
        case, _pin = case_and_pin
        wrong = []
        for line, path in places(world):
            status, text = look(everybody["every other role"], path)
            wrong += [(line, status, word) for word in tells(text, case)]
        assert wrong == [], as_lines(wrong)

    def test_finds_a_word_in_any_other_role(self, world, everybody, case_and_pin):
        """Each role for itself, where cases, files, logs, notices, jobs, figures and the administration are."""
        case, _pin = case_and_pin
        near = (
            "complaints:",
            "document",
            "audit",
            "disclosure",
            "notice",
            "job",
            "desk",
            "admin:",
            "public_data",
            "seal",
        )
        wrong = []
        for who, visitor in everybody.items():
            for line, path in places(world):
                if line.startswith(near):
                    status, text = look(visitor, path)
                    wrong += [(who, line, status, word) for word in tells(text, case)]
        assert wrong == [], as_lines(wrong)

    @pytest.mark.parametrize("sought", ["QXSTORY", "code"])
    def test_finds_anything_by_searching(self, world, everybody, case_and_pin, sought):
        case, _pin = case_and_pin
        query = {"code": case.code, "ref": str(case.ref)}.get(sought, sought)
        wrong = []
        for who in ("every other role",):
            for line, path in places(world):
                if not line.startswith(("admin:", "complaints:", "beneficiaries:household_list", "audit", "desk")):
                    continue
                _status, text = look(everybody[who], path, {"q": query})
                # The page says what was sought; that is not a finding.
                text = text.replace(query, "").replace(spaced(query), "")
                wrong += [(who, line, word) for word in tells(text, case) if word not in query]
        assert wrong == [], as_lines(wrong)

    def test_gets_in_by_guessing(self, world, everybody, case_and_pin):
        case, _pin = case_and_pin
        paths = [path_of(line, arguments) for line, arguments in world.items() if line.startswith("complaints:vault")]
        paths += [reverse("complaints:vault_case", args=[case.ref]), f"/desk/vault/{case.pk}/"]
        paths += [reverse("complaints:detail", args=[case.code]), reverse("complaints:held_detail", args=[case.code])]
        paths += [reverse("complaints:vault_verb", args=[case.ref, "reply"])]
        wrong = []
        for who, visitor in everybody.items():
            for path in paths:
                for method in ("get", "post"):
                    response = visitor.visit(method, path)
                    if response.status_code not in {403, 404, 405}:
                        wrong.append((who, method, path, response.status_code))
        assert wrong == [], as_lines(wrong)

    def test_is_granted_any_right_of_the_vault(self):
        for role in Role.objects.exclude(code="vault_officer").filter(code__in=OTHERS):
            assert not any("vault" in name for name in role.permission_names()), role.code

    def test_finds_it_in_the_administration(self):
        assert not Document.objects.filter(subject_type__startswith="complaints.vault").exists()
        assert [model for model in admin.site._registry if model.__name__.startswith("Vault")] == []


def test_the_whole_database_as_text_says_nothing(case_and_pin):
    case, pin = case_and_pin
    everything = whole_database()
    hidden = [word for word in tells(everything, case) if word not in {str(case.ref), case.code_mark, case.pin_mark}]
    assert [word for word in hidden if word != case.token_mark] == []
    for word in WORDS.values():
        assert word.encode().hex() not in everything
    rows = [line for line in everything.splitlines() if str(case.ref) in line or case.code_mark in line]
    assert len(rows) == 1, "the reference stands in one row of the vault and nowhere else"
    assert pin not in rows[0]


def test_visits_and_the_log_say_nothing(case_and_pin, world):
    case, pin = case_and_pin
    visitor = Client()
    with capture_logs() as lines:
        visitor.post(reverse("complaints:track"), {"code": case.code, "pin": pin})
        page = visitor.get(reverse("complaints:case")).content.decode()
        visitor.post(
            reverse("complaints:case_verb", args=["message"]), {"text": WORDS["message"], "token": uuid.uuid4()}
        )
    assert WORDS["reply"] in page
    assert WORDS["note"] not in page
    assert tells(str(lines), case) == []
    kept = str([one.get_decoded() for one in Session.objects.all()])
    assert tells(kept, case) == []

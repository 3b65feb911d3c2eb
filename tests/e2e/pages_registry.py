"""Pages of the registry, for the tests that visit every page: (name, role, path, query)."""

import datetime as dt
import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from beneficiaries.models import (
    ChangeRequest,
    DuplicatePair,
    Household,
    HouseholdMerge,
    ImportBatch,
    Individual,
    Merge,
    Registration,
)
from beneficiaries.services import registrations as services
from beneficiaries.services.change_requests import approve_change_request
from beneficiaries.services.duplicates import decide_duplicate_pair
from beneficiaries.services.facts import refresh_facts
from beneficiaries.services.imports import open_import
from beneficiaries.services.merges import Choice, propose_household_merge
from ministry.models import Area, User
from tests.beneficiaries import change_factories as changes
from tests.beneficiaries.factories import (
    SHARED_NUMBER,
    WEIGHED,
    ConsentFactory,
    DisabilityFactory,
    DwellingFactory,
    IdentifierFactory,
    MembershipFactory,
    household_of,
)
from tests.beneficiaries.merging import decider, merged, pair_of, proposed, same
from tests.beneficiaries.register_files import household, person, take_in, write
from tests.beneficiaries.registrations import filled, typed
from tests.e2e.pages_scores import SCORE_PAGES


def a_household(reference: str = "PAGE/1") -> Household:
    """Return a household of Asyut with a head and a child of whom little is known."""
    household = Household.objects.filter(household_ref=reference).first()
    if household is None:
        head = {"full_name": "نعمات حسن Sayed", "phone": "01012345678", "years_schooling": 6}
        child = {"full_name": "يوسف كمال", "birth_date": None, "sex": "M"}
        household = household_of(head, child, area=Area.objects.get(code="EG-AST"), household_ref=reference)
        DwellingFactory(household=household)
        for membership in household.memberships.all():
            IdentifierFactory(individual=membership.individual)
            DisabilityFactory(individual=membership.individual)
        refresh_facts([household.pk])
    return household


def a_pair() -> DuplicatePair:
    """Return an open pair within Asyut."""
    heads = sorted(
        household.memberships.get(relationship="head").individual_id
        for household in (a_household(), a_household("PAGE/2"))
    )
    values = {
        "probability": 1,
        "band": "strong",
        "evidence": [SHARED_NUMBER],
    }
    return DuplicatePair.objects.get_or_create(individual_a_id=heads[0], individual_b_id=heads[1], defaults=values)[0]


def _with_pair() -> str:
    a_pair()
    return a_household().get_absolute_url()


def _pair() -> str:
    return reverse("beneficiaries:duplicate_detail", args=[a_pair().pk])


def a_merge(state: str) -> Merge:
    """Return a merge within Asyut: "proposed" or "merged"."""
    homes = [a_household(f"PAGE/{state}/{number}") for number in (1, 2)]
    known = Merge.objects.filter(kept_household=homes[0], closed_household=homes[1]).first()
    if known:
        return known
    first, second = (home.memberships.get(relationship="head").individual for home in homes)
    child = homes[1].memberships.get(relationship="child").individual
    pair = pair_of(first, second, evidence=WEIGHED, money_at_stake=3900)
    return (merged if state == "merged" else proposed)(pair, kept_household=homes[0], new_head=child)


def a_weighed_pair(status: str = "open") -> DuplicatePair:
    """Return a pair within Asyut that a model has weighed, and that hangs together with another one."""
    first, second, third = (a_household(f"PAGE/W{number}{status}") for number in (1, 2, 3))
    heads = [home.memberships.order_by("pk").first().individual for home in (first, second, third)]
    known = DuplicatePair.objects.filter(individual_a=heads[0], individual_b=heads[1]).first()
    if known:
        return known
    Individual.objects.filter(pk=heads[1].pk).update(birth_date=dt.date(1988, 5, 16), marital_status="widowed")
    Individual.objects.filter(pk=heads[0].pk).update(marital_status="married")
    pair_of(heads[1], heads[2], band="review", probability=0.71, evidence=WEIGHED)
    pair = pair_of(heads[0], heads[1], probability=0.87, evidence=WEIGHED, money_at_stake=3900)
    return same(pair) if status == "same" else pair


def _merge(state: str) -> Callable[[], str]:
    return lambda: a_merge(state).get_absolute_url()


def a_joining() -> HouseholdMerge:
    """Return a proposal within Asyut to join two files, in which one child is only in the second."""
    first, second = (a_household(f"PAGE/J{number}") for number in (1, 2))
    known = HouseholdMerge.objects.filter(kept_household=first).first()
    if known:
        return known
    here, there = (list(home.memberships.order_by("pk")) for home in (first, second))
    choices = {other.individual_id: Choice(same_as=one.individual_id) for one, other in zip(here, there, strict=True)}
    comer = MembershipFactory(household=second, relationship="child").individual
    choices[comer.pk] = Choice(relationship="child")
    return propose_household_merge(kept=first, closed=second, choices=choices, actor=decider(), note="أسرة واحدة")


def _files_of_one_household() -> str:
    first, second = (a_household(f"PAGE/T{number}") for number in (1, 2))
    here, there = (list(home.memberships.order_by("pk")) for home in (first, second))
    low, high = sorted((here[0].individual_id, there[0].individual_id))
    known = DuplicatePair.objects.filter(individual_a=low, individual_b=high).first()
    if known is None:
        Individual.objects.filter(pk=there[0].individual_id).update(birth_date=dt.date(1988, 5, 16))
        pairs = [
            pair_of(one.individual, other.individual, probability=0.9, evidence=WEIGHED)
            for one, other in zip(here, there, strict=True)
        ]
        known = pairs[0]
    return reverse("beneficiaries:household_merge_propose", args=[known.pk])


def a_large_group() -> DuplicatePair:
    """Return a pair of a group of seven people, of whom some are known to be two."""
    heads = [a_household(f"PAGE/G{number}").memberships.order_by("pk").first().individual for number in range(1, 8)]
    known = DuplicatePair.objects.filter(individual_a=heads[0], individual_b=heads[1]).first()
    if known:
        return known
    pairs = [
        pair_of(one, other, probability=0.95 - 0.06 * number, band="review", evidence=WEIGHED, money_at_stake=2600)
        for number, (one, other) in enumerate(itertools.pairwise(heads))
    ]
    decide_duplicate_pair(
        pair=pair_of(heads[0], heads[2], probability=0.6, band="review", evidence=WEIGHED),
        verb="different",
        actor=decider(),
        note="أختان",
    )
    return pairs[0]


def _propose() -> str:
    return reverse("beneficiaries:merge_propose", args=[a_weighed_pair("same").pk])


def _weighed_pair() -> str:
    return reverse("beneficiaries:duplicate_detail", args=[a_weighed_pair().pk])


def an_import(state: str) -> ImportBatch:
    """Return an import of Asyut: "bad", "doubtful", "entered" or "asked" (to be undone); each is made once."""
    known = ImportBatch.objects.filter(mapping={"page": state}).first()
    if known:
        return known
    home = household(household_ref=f"PAGE-{state}", rooms="many" if state == "bad" else "3")
    head = person(household_ref=f"PAGE-{state}", person_ref=f"PAGE-{state}", phone="12", national_id="2880615")
    with tempfile.TemporaryDirectory() as folder:
        files = write(Path(folder), [home], [head])
        batch = take_in(files, area=Area.objects.get(code="EG-AST"), commit=state in {"entered", "asked"})
    ImportBatch.objects.filter(pk=batch.pk).update(mapping={"page": state})
    if state == "asked":
        ImportBatch.objects.filter(pk=batch.pk).update(
            status=ImportBatch.Status.UNDO_ASKED,
            undo_asked_by=User.objects.get(username="caseworker"),
            undo_asked_at=batch.uploaded_at,
            undo_reason="ملف شهر مايو بدل يونيو",
        )
    return batch


def an_import_to_explain() -> ImportBatch:
    """Return an import of Asyut whose files have headings and words of their own."""
    known = ImportBatch.objects.filter(status=ImportBatch.Status.NAMING).first()
    if known:
        return known
    files = {
        "households": "رقم الملف,registered_on,governorate_code,نوع الحيازة\nM/1,2024-05-01,EG-AST,ملك\n",
        "individuals": "رقم الملف,person_ref,full_name,sex,relationship\nM/1,M/1/1,سعاد محمود,أنثى,head\n",
    }
    batch = open_import(
        **{name: SimpleUploadedFile(f"{name}.csv", text.encode()) for name, text in files.items()},
        area=Area.objects.get(code="EG-AST"),
        actor=None,
        ask_columns=True,
        tell_worker=False,
    )
    columns = {"رقم الملف": "household_ref"}
    mapping = {
        "households": {"columns": columns | {"نوع الحيازة": "tenure"}},
        "individuals": {"columns": columns},
    }
    ImportBatch.objects.filter(pk=batch.pk).update(mapping=mapping)
    return batch


def _explain(name: str) -> Callable[[], str]:
    return lambda: reverse(f"beneficiaries:import_{name}", args=[an_import_to_explain().pk])


def _import(name: str, state: str) -> Callable[[], str]:
    return lambda: reverse(f"beneficiaries:import_{name}", args=[an_import(state).pk])


def a_change(state: str) -> ChangeRequest:
    """Return a change request of Asyut: "draft", "submitted", "overtaken" or "applied", made once."""
    known = ChangeRequest.objects.filter(note=f"page {state}").first()
    if known:
        return known
    home = a_household(f"PAGE/CHANGE-{state}")
    caseworker = User.objects.get(username="caseworker")
    answers = {"income_monthly": "850", "note": f"page {state}"}
    if state == "draft":
        return changes.draft("income", home, caseworker, **answers)
    request = changes.submitted("income", home, caseworker, **answers)
    if state == "overtaken":
        Household.objects.filter(pk=home.pk).update(income_monthly=700)
    if state == "applied":
        approve_change_request(request=request, actor=User.objects.get(username="supervisor"))
    return request


def _change(name: str, state: str) -> Callable[[], str]:
    return lambda: reverse(f"beneficiaries:change_{name}", args=[a_change(state).pk])


def _new_change(kind: str) -> Callable[[], str]:
    return lambda: reverse("beneficiaries:change_create", args=[a_household("PAGE/3").household_ref, kind])


def a_registration(state: str) -> Registration:
    """Return a registration of Asyut: "begun", "done" or "submitted"; made once."""
    known = Registration.objects.filter(sections__code="consent", sections__typed__page=[state]).first()
    if known:
        return known
    caseworker, area = User.objects.get(username="caseworker"), Area.objects.get(code="EG-AST")
    if state == "begun":
        registration = services.start_registration(area=area, actor=caseworker)
        values = typed({"page": state, "basis": "consent", "register": "no"})
        services.save_section(
            registration=registration, code="consent", typed=values, reasons={}, version=0, actor=caseworker
        )
        return registration
    doubtful = {"bedrooms": "7"} if state == "done" else {}
    registration = filled(area=area, actor=caseworker, consent={"page": state}, dwelling=doubtful)
    if state == "submitted":
        services.submit_registration(registration=registration, actor=caseworker)
    return registration


def _registration(name: str, state: str, *rest: str) -> Callable[[], str]:
    return lambda: reverse(f"beneficiaries:registration_{name}", args=[a_registration(state).reference, *rest])


def _person(name: str) -> str:
    registration = a_registration("done")
    person = registration.people.get(is_head=False)
    return reverse(f"beneficiaries:registration_{name}", args=[registration.reference, person.token])


def _of_home(name: str, *rest: object) -> str:
    return reverse(f"beneficiaries:{name}", args=[a_household("PAGE/3").household_ref, *rest])


def _consent() -> str:
    home = a_household("PAGE/3")
    consent = home.consents.first() or ConsentFactory(household=home)
    return _of_home("consent_withdraw", consent.pk)


_SECTIONS = (
    ("consent", "begun"), ("address", "done"), ("head", "begun"), ("members", "done"), ("dwelling", "done"),
    ("work", "done"), ("health", "done"), ("assets", "begun"), ("documents", "done"), ("declaration", "begun"),
)  # fmt: skip
REGISTRY_PAGES: list[tuple[str, str, Callable[[], str] | None, str]] = [
    ("beneficiaries:household_list", "caseworker", None, ""),
    ("beneficiaries:household_list", "supervisor", None, "?status=registered&duplicates=yes&sort=entered"),
    ("beneficiaries:household_list", "caseworker", None, "?q=لا أحد"),
    ("beneficiaries:household_detail", "caseworker", lambda: a_household("PAGE/3").get_absolute_url(), ""),
    ("beneficiaries:household_detail", "program_officer", _with_pair, ""),
    ("beneficiaries:consent_create", "caseworker", lambda: _of_home("consent_create"), ""),
    ("beneficiaries:consent_withdraw", "caseworker", lambda: _consent(), ""),
    ("beneficiaries:household_document_add", "caseworker", lambda: _of_home("household_document_add"), ""),
    ("beneficiaries:disclosure_extract", "caseworker", lambda: _of_home("disclosure_extract"), ""),
    ("beneficiaries:household_print", "caseworker", lambda: _of_home("household_print"), ""),
    ("beneficiaries:registration_list", "caseworker", None, "?whose=mine"),
    ("beneficiaries:registration_create", "caseworker", None, ""),
    ("beneficiaries:registration_detail", "caseworker", _registration("detail", "done"), ""),
    ("beneficiaries:registration_detail", "supervisor", _registration("detail", "submitted"), ""),
    *(
        ("beneficiaries:registration_section", "caseworker", _registration("section", state, code), f"?{code}")
        for code, state in _SECTIONS
    ),
    ("beneficiaries:registration_person", "caseworker", lambda: _person("person"), ""),
    ("beneficiaries:registration_person_remove", "caseworker", lambda: _person("person_remove"), ""),
    ("beneficiaries:registration_check", "caseworker", _registration("check", "done"), ""),
    ("beneficiaries:registration_discard", "caseworker", _registration("discard", "begun"), ""),
    ("beneficiaries:registration_review", "supervisor", _registration("review", "submitted"), ""),
    ("beneficiaries:registration_receipt", "caseworker", _registration("receipt", "submitted"), ""),
    ("beneficiaries:import_list", "caseworker", None, ""),
    ("beneficiaries:import_create", "caseworker", None, ""),
    ("beneficiaries:import_detail", "caseworker", _import("detail", "bad"), ""),
    ("beneficiaries:import_detail", "caseworker", _import("detail", "doubtful"), "?severity=doubtful"),
    ("beneficiaries:import_detail", "auditor", _import("detail", "entered"), ""),
    ("beneficiaries:import_commit", "supervisor", _import("commit", "doubtful"), ""),
    ("beneficiaries:import_discard", "supervisor", _import("discard", "bad"), ""),
    ("beneficiaries:import_columns", "caseworker", _explain("columns"), ""),
    ("beneficiaries:import_values", "caseworker", _explain("values"), ""),
    ("beneficiaries:import_detail", "caseworker", _explain("detail"), ""),
    ("beneficiaries:import_ask_undo", "supervisor", _import("ask_undo", "entered"), ""),
    ("beneficiaries:import_undo", "supervisor", _import("undo", "asked"), ""),
    ("beneficiaries:import_detail", "supervisor", _import("detail", "asked"), ""),
    ("beneficiaries:recertification_list", "caseworker", None, "?due=overdue"),
    (
        "beneficiaries:recertification_visit",
        "caseworker",
        lambda: reverse("beneficiaries:recertification_visit", args=[a_household("PAGE/3").household_ref]),
        "",
    ),
    ("beneficiaries:change_list", "supervisor", None, ""),
    ("beneficiaries:change_list", "caseworker", None, "?status=draft&mine=yes"),
    (
        "beneficiaries:change_kinds",
        "caseworker",
        lambda: reverse("beneficiaries:change_kinds", args=[a_household("PAGE/3").household_ref]),
        "",
    ),
    *(("beneficiaries:change_create", "caseworker", _new_change(kind), "") for kind in ("marriage", "split", "head")),
    ("beneficiaries:change_edit", "caseworker", _change("edit", "draft"), ""),
    ("beneficiaries:change_detail", "caseworker", _change("detail", "draft"), ""),
    ("beneficiaries:change_detail", "supervisor", _change("detail", "submitted"), ""),
    ("beneficiaries:change_detail", "supervisor", _change("detail", "overtaken"), ""),
    ("beneficiaries:change_detail", "auditor", _change("detail", "applied"), ""),
    ("beneficiaries:change_refuse", "supervisor", _change("refuse", "submitted"), ""),
    ("beneficiaries:change_withdraw", "caseworker", _change("withdraw", "draft"), ""),
    ("beneficiaries:duplicate_list", "supervisor", None, ""),
    ("beneficiaries:duplicate_list", "supervisor", None, "?governorate=EG-AST&status=open"),
    ("beneficiaries:duplicate_detail", "supervisor", _pair, ""),
    ("beneficiaries:duplicate_detail", "program_officer", _weighed_pair, ""),
    ("beneficiaries:double_benefit", "supervisor", None, ""),
    ("beneficiaries:merge_list", "supervisor", None, ""),
    ("beneficiaries:merge_propose", "supervisor", _propose, ""),
    ("beneficiaries:merge_detail", "supervisor", _merge("proposed"), ""),
    ("beneficiaries:merge_detail", "program_officer", _merge("merged"), ""),
    ("beneficiaries:household_merge_list", "program_officer", None, ""),
    ("beneficiaries:household_merge_propose", "program_officer", _files_of_one_household, ""),
    ("beneficiaries:household_merge_detail", "program_officer", lambda: a_joining().get_absolute_url(), ""),
    ("beneficiaries:large_group_list", "supervisor", None, ""),
    (
        "beneficiaries:large_group_detail",
        "program_officer",
        lambda: reverse("beneficiaries:large_group_detail", args=[a_large_group().pk]),
        "",
    ),
    *SCORE_PAGES,
]
REGISTRY_NOT_PAGES = {
    "beneficiaries:double_benefit_export": "a CSV file",
    "beneficiaries:survey_findings": "a CSV file",
    "beneficiaries:disclosure_extract_file": "a PDF",
    "beneficiaries:individual_redirect": "leads to the file of the household",
    "beneficiaries:registration_draft_key": "answers the script in JSON",
    "beneficiaries:registration_matches": "POST only; part of the page of a person",
    "beneficiaries:registration_person_add": "leads to the page of a new person",
    "beneficiaries:registration_document_add": "POST only; refusals are shown on a form page",
    "beneficiaries:registration_receipt_file": "a PDF",
    "beneficiaries:household_verify": "POST only",
    "beneficiaries:import_keep": "POST only",
    "beneficiaries:recertification_export": "a CSV file",
    "beneficiaries:change_paper": "POST only",
    "beneficiaries:change_paper_remove": "POST only",
    "beneficiaries:change_submit": "POST only",
    "beneficiaries:change_approve": "POST only",
    "beneficiaries:import_template": "a CSV file",
    "beneficiaries:import_issues_download": "a CSV file",
    "beneficiaries:import_rejected_download": "a CSV file",
    "beneficiaries:household_reveal": "POST only; the file with one person's numbers in full",
}

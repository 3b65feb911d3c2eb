"""Every page of the administration, for every role and for nobody: read, add, change, delete, history."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.urls import reverse

from ministry.models import Area
from tests.visitors import ROLE_CODES, Visitor, as_lines, is_sent_to_sign_in, nobody, somebody

pytestmark = pytest.mark.django_db

_EDIT = {"add", "change"}
_ALL = {"add", "change", "delete"}
# What can be done to each kind of record here by those who hold the permission for it. What is audited is never
# deleted: only holidays entered by mistake, and parts of versions that are still drafts.
VERBS: dict[str, set[str]] = {
    "ministry.area": _EDIT,
    "ministry.auditentry": set(),
    "ministry.calendar": _EDIT,
    "ministry.disclosureentry": set(),
    "ministry.document": set(),
    "ministry.holiday": _ALL,
    "ministry.job": set(),
    "ministry.legalbasis": _EDIT,
    "ministry.notice": set(),
    "ministry.noticetemplate": _EDIT,
    "ministry.partner": _EDIT,
    "ministry.partnertoken": set(),
    "ministry.role": _EDIT,
    "ministry.seal": set(),
    "ministry.staffassignment": _EDIT,
    "ministry.user": _EDIT,
    "auth.permission": set(),
    "django_celery_beat.crontabschedule": _EDIT,
    "django_celery_beat.intervalschedule": _EDIT,
    "django_celery_beat.periodictask": {"change"},
    "beneficiaries.columnmapping": {"change"},
    "beneficiaries.duplicatepair": set(),
    "beneficiaries.household": set(),
    "beneficiaries.individual": set(),
    "beneficiaries.recertificationperiod": _EDIT,
    "beneficiaries.scoringmodel": _EDIT,
    "complaints.category": _EDIT,
    "complaints.helparticle": _EDIT,
    "complaints.route": _EDIT,
    "complaints.supportservice": _EDIT,
    "complaints.term": _EDIT,
    "programs.benefitcomponent": _ALL,
    "programs.criterion": _ALL,
    "programs.eligibilitychange": set(),
    "programs.eligibilityrun": set(),
    "programs.enrolment": set(),
    "programs.enrolmentreason": _EDIT,
    "programs.fundingsource": _EDIT,
    "programs.paymentagent": _EDIT,
    "programs.paymentcycle": set(),
    "programs.program": _EDIT,
    "programs.programversion": _EDIT,
    "programs.rulegroup": _ALL,
    "programs.whatif": set(),
}
# Which record is visited where not any will do: one that may still be edited, one that everybody may see.
RECORDS: dict[str, dict[str, Any]] = {
    "ministry.job": {"permission": "ministry.view_job"},
    "beneficiaries.scoringmodel": {"status": "draft"},
    "programs.benefitcomponent": {"version__status": "draft"},
    "programs.criterion": {"group__version__status": "draft"},
    "programs.programversion": {"status": "draft"},
    "programs.rulegroup": {"version__status": "draft"},
}
MODELS: dict[str, type[Model]] = {model._meta.label_lower: model for model in admin.site._registry}


@pytest.fixture(scope="module")
def staff(world) -> dict[str, Visitor]:
    """One of each role, let into the administration."""
    country = Area.objects.get(code=settings.COUNTRY)
    return {code: somebody(code, country, is_staff=True) for code in ROLE_CODES}


def record(label: str) -> Model:
    return MODELS[label]._base_manager.filter(**RECORDS.get(label, {})).order_by("pk")[0]


def pages(label: str) -> dict[str, str]:
    """Return the addresses of a kind of record by what one does there."""
    name, pk = f"admin:{label.replace('.', '_')}", record(label).pk
    return {verb: reverse(f"{name}_{verb}", args=[pk]) for verb in ("change", "delete", "history")} | {
        verb: reverse(f"{name}_{verb}") for verb in ("changelist", "add")
    }


def may(visitor: Visitor, label: str, verb: str) -> bool:
    """Return whether somebody may do something to a kind of record: by the table, and by their role."""
    app, model = label.split(".")
    if verb == "view":
        # Whoever sees roles sees what they are made of.
        subject = "ministry.{}_role" if label == "auth.permission" else f"{app}.{{}}_{model}"
        return bool(visitor.granted & {subject.format("view"), subject.format("change")})
    return verb in VERBS[label] and f"{app}.{verb}_{model}" in visitor.granted


def test_the_table_knows_every_kind_of_record():
    assert sorted(MODELS) == sorted(VERBS)


def test_the_world_holds_every_kind_of_record(world):
    missing = [label for label in MODELS if not MODELS[label]._base_manager.filter(**RECORDS.get(label, {})).exists()]
    assert missing == [], "make one in tests/world.py"


@pytest.mark.parametrize("role", ROLE_CODES)
def test_a_role_reads_and_edits_what_it_is_granted_and_nothing_else(role, world, staff):
    visitor, wrong = staff[role], []
    if visitor is not next(one for one in staff.values() if one.granted == visitor.granted):
        return  # another role with the same rights has been here
    for label in MODELS:
        paths = pages(label)
        sees = may(visitor, label, "view")
        cases = [("get", "changelist", sees), ("get", "change", sees)]
        cases += [("post", verb, may(visitor, label, verb)) for verb in ("add", "change", "delete")]
        if sees:
            cases += [("get", "history", True)]
            cases += [("get", verb, may(visitor, label, verb)) for verb in ("add", "delete")]
        for method, page, allowed in cases:
            response = visitor.visit(method, paths[page], data={"post": "yes"} if page == "delete" else {})
            if response.status_code not in ({200, 302} if allowed else {403}):
                wrong.append((label, method, page, response.status_code, response.get("Location", "")))
    assert wrong == [], as_lines(wrong)


@pytest.mark.parametrize("role", ["administrator", "program_officer", "auditor"])
def test_nothing_audited_is_deleted_by_a_selection(role, world, staff):
    wrong = []
    for label in VERBS:
        if "delete" in VERBS[label]:
            continue
        one = record(label)
        with transaction.atomic():
            selection = {"action": "delete_selected", "_selected_action": [one.pk], "post": "yes"}
            response = staff[role].client.post(pages(label)["changelist"], selection)
            if response.status_code >= 500 or not type(one)._base_manager.filter(pk=one.pk).exists():
                wrong.append((label, response.status_code))
            transaction.set_rollback(True)
    assert wrong == [], as_lines(wrong)


@pytest.mark.parametrize("who", ["nobody", "somebody who is not let in"])
def test_others_are_sent_to_sign_in(who, world, visitors):
    visitor = nobody() if who == "nobody" else visitors["auditor"]
    wrong = []
    for label in MODELS:
        for page, path in pages(label).items():
            response = visitor.visit("get", path)
            if not is_sent_to_sign_in(response) and response.status_code not in {302, 403}:
                wrong.append((label, page, response.status_code))
    assert wrong == [], as_lines(wrong)


def test_records_that_do_not_exist_are_not_an_error(world, staff):
    wrong = []
    for label in MODELS:
        visitor = next((one for one in staff.values() if may(one, label, "view")), None)
        for key in ("9" * 40, "x", "%00") if visitor else ():
            for page in ("change", "history"):
                path = reverse(f"admin:{label.replace('.', '_')}_changelist") + f"{key}/{page}/"
                response = visitor.visit("get", path)
                if response.status_code not in {302, 403, 404}:
                    wrong.append((label, key, page, response.status_code))
    assert wrong == [], as_lines(wrong)

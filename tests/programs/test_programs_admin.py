"""The admin of programmes: drafts are written there, what is in force is only read."""

import datetime as dt

import pytest
from django.urls import reverse

from ministry.models import AuditEntry
from programs.models import Criterion, MemberCondition, ProgramVersion, RuleGroup
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs import factories

pytestmark = pytest.mark.django_db
MODELS = ("program", "programversion", "rulegroup", "criterion", "membercondition", "benefitcomponent")
EDIT = [f"programs.{verb}_{model}" for model in MODELS for verb in ("view", "add", "change", "delete")]


@pytest.fixture
def editor(client):
    person = UserFactory(is_staff=True, permissions=[*EDIT, "ministry.view_legalbasis"])
    client.force_login(person)
    client.person = person
    return client


def criterion_form(group, **given):
    empty = {f"member_conditions-{name}": 0 for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    values = {
        "group": group.pk, "position": 0, "subject": "fact", "fact": "rooms", "operator": "lte", "value": "2",
        "when_unknown": "needs_information", "wording_ar": "غرفتان على الأكثر",
    }  # fmt: skip
    return empty | values | given


def conditions(*rows):
    form = {"member_conditions-TOTAL_FORMS": len(rows), "member_conditions-INITIAL_FORMS": 0}
    for number, (field, operator, value) in enumerate(rows):
        form |= {f"member_conditions-{number}-{name}": given for name, given in
                 (("field", field), ("operator", operator), ("value", value))}  # fmt: skip
    return form


def change_url(row):
    return reverse(f"admin:programs_{row._meta.model_name}_change", args=[row.pk])


ADD_CRITERION = "admin:programs_criterion_add"


class TestCriterion:
    def test_a_sound_one_is_saved_and_audited(self, editor):
        root = factories.group(factories.draft_version())
        assert editor.post(reverse(ADD_CRITERION), criterion_form(root)).status_code == 302
        criterion = Criterion.objects.get()
        assert AuditEntry.objects.filter(action="criterion.added", target_id=criterion.pk, actor=editor.person).exists()

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"fact": "shoe_size"}, "fact"),
            ({"fact": ""}, "fact"),
            ({"subject": "member_count"}, "fact"),
            ({"value": "many"}, "value"),
            ({"fact": "tenure", "operator": "gt", "value": "owned"}, "value"),
            ({"subject": "member_count", "fact": "", "operator": "in", "value": "1,2"}, "value"),
        ],
    )
    def test_a_faulty_one_is_refused_beside_its_field(self, editor, given, field):
        root = factories.group(factories.draft_version())
        answer = editor.post(reverse(ADD_CRITERION), criterion_form(root, **given))
        assert answer.status_code == 200
        assert field in answer.context["adminform"].form.errors
        assert not Criterion.objects.exists()

    def test_member_conditions_are_checked_too(self, editor):
        root = factories.group(factories.draft_version())
        counts = {"subject": "member_count", "fact": "", "operator": "gte", "value": "1"}
        wrong = criterion_form(root, **counts, **conditions(("age", "lt", "eighteen")))
        assert editor.post(reverse(ADD_CRITERION), wrong).status_code == 200
        assert not MemberCondition.objects.exists()
        right = criterion_form(root, **counts, **conditions(("age", "lt", "18"), ("sex", "eq", "F")))
        assert editor.post(reverse(ADD_CRITERION), right).status_code == 302
        assert MemberCondition.objects.count() == 2

    def test_a_group_of_a_version_in_force_is_no_choice(self, editor):
        root = RuleGroup.objects.get(version=factories.version_in_force(), parent=None)
        answer = editor.post(reverse(ADD_CRITERION), criterion_form(root))
        assert "group" in answer.context["adminform"].form.errors


class TestInForce:
    def test_everything_is_shown_and_nothing_can_be_changed(self, editor):
        version = factories.version_in_force()
        rows = [
            version, version.components.get(), RuleGroup.objects.filter(version=version).first(),
            Criterion.objects.filter(group__version=version).first(),
        ]  # fmt: skip
        for row in rows:
            assert editor.get(change_url(row)).status_code == 200
            assert editor.post(change_url(row), {}).status_code == 403
            delete = reverse(f"admin:programs_{row._meta.model_name}_delete", args=[row.pk])
            assert editor.post(delete, {"post": "yes"}).status_code == 403

    def test_parts_of_a_draft_can_be_deleted(self, editor):
        draft = factories.with_rules(factories.draft_version())
        criterion = Criterion.objects.filter(group__version=draft).first()
        delete = reverse("admin:programs_criterion_delete", args=[criterion.pk])
        assert editor.post(delete, {"post": "yes"}).status_code == 302
        assert not Criterion.objects.filter(pk=criterion.pk).exists()


class TestVersion:
    def test_a_new_one_gets_its_number_and_author(self, editor):
        first = factories.version_in_force()
        form = {
            "program": first.program.pk, "starts_on": "2027-01-01", "base_amount": "400", "component_members_max": 2,
            "source": "", "components-TOTAL_FORMS": 0, "components-INITIAL_FORMS": 0,
            "rule_groups-TOTAL_FORMS": 0, "rule_groups-INITIAL_FORMS": 0,
            "conditions-TOTAL_FORMS": 0, "conditions-INITIAL_FORMS": 0,
            "rungs-TOTAL_FORMS": 0, "rungs-INITIAL_FORMS": 0,
            "misses_forgotten_after": 3, "withheld_at_most": "50", "recovered_at_most": "20",
        }  # fmt: skip
        answer = editor.post(reverse("admin:programs_programversion_add"), form)
        assert answer.status_code == 302
        version = ProgramVersion.objects.get(number=2)
        assert (version.status, version.prepared_by, version.starts_on) == (
            "draft", editor.person, dt.date(2027, 1, 1),
        )  # fmt: skip

    def test_a_right_in_one_governorate_changes_nothing(self, client):
        local = UserFactory(is_staff=True, permissions=EDIT, permissions__area=AreaFactory())
        client.force_login(local)
        draft = factories.draft_version()
        assert client.get(change_url(draft)).status_code == 200
        assert client.post(change_url(draft), {}).status_code == 403
        assert client.get(reverse("admin:programs_programversion_add")).status_code == 403


def test_a_group_stands_in_one_of_its_own_version_and_not_in_itself(editor):
    draft = factories.draft_version()
    root = factories.group(draft)
    inner = factories.group(draft, "any", root)
    stranger = factories.group(factories.draft_version())
    for parent in (stranger, inner):
        form = {"version": draft.pk, "parent": parent.pk, "kind": "all", "position": 0}
        form |= {"criteria-TOTAL_FORMS": 0, "criteria-INITIAL_FORMS": 0}
        answer = editor.post(change_url(root), form)
        assert "parent" in answer.context["adminform"].form.errors
    root.refresh_from_db()
    assert root.parent is None

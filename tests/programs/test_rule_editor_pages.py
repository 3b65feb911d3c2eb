"""The rule editor's pages: fields follow what is looked at, nothing typed is lost, all without JavaScript."""

import pytest
from django.urls import reverse

from programs.eligibility.tree import rules_of
from programs.eligibility.values import COUNT_OPERATORS, OPERATORS
from programs.models import Criterion, ProgramVersion
from programs.rule_editor import forms as editor_forms
from programs.rule_editor.outline import outline_of
from programs.rule_editor.state import MEMBERS
from programs.services import versions
from tests.programs import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    user = factories.officer(language="en")
    client.force_login(user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return user


@pytest.fixture
def draft():
    return factories.draft_version()


def at(draft, name="rules", *more):
    return reverse(f"programs:{name}", args=[draft.program.code, draft.number, *more])


def text(response):
    return response.content.decode()


def given(about, **more):
    """Return what a page sends whose fields fit what is looked at."""
    return {
        "about": about,
        "shown": about,
        "rows": "1",
        "when_unknown": "needs_information",
        "wording_ar": "شرط",
    } | more


def of_members(operator, value, *rows, **more):
    sent = given(MEMBERS, operator=operator, value=value, rows=str(len(rows)))
    sent["shown"] = "|".join([MEMBERS, *(row[0] for row in rows)])
    for number, (field, comparison, wanted) in enumerate(rows):
        sent |= {f"m{number}-field": field, f"m{number}-operator": comparison, f"m{number}-value": wanted}
    return sent | more


def add(client, draft, sent):
    root = outline_of(draft).root
    return client.post(at(draft, "rule_criterion_add"), ({"group": str(root.group.pk)} if root else {}) | sent)


class TestOneCondition:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            (given("pmt_score", operator="lt", value="45"), ("pmt_score", "lt", "45")),
            (given("tenure", operator="in", value=["rented"]), ("tenure", "eq", "rented")),
            (given("tenure", operator="in", value=["rented", "owned"]), ("tenure", "in", "rented,owned")),
            (given("tenure", operator="not_in", value=["owned"]), ("tenure", "ne", "owned")),
            (given("urban", value="false"), ("urban", "eq", "false")),
            (given("rooms", operator="in", value="1, 2"), ("rooms", "in", "1, 2")),
            (given("children_0_17", operator="gte", value="٣"), ("children_0_17", "gte", "٣")),
        ],
    )
    def test_is_kept_as_the_compiler_reads_it(self, client, officer, draft, sent, kept):
        response = add(client, draft, sent)
        assert response.status_code == 302, text(response)
        row = Criterion.objects.get(group__version=draft)
        assert (row.fact, row.operator, row.value) == kept
        # Opened and saved again without a change, it says the same.
        page = client.get(at(draft, "rule_criterion", row.pk))
        assert page.status_code == 200
        assert page.context["form"].sentence

    def test_on_members(self, client, officer, draft):
        sent = of_members("eq", "0", ("age", "gte", "18"), ("works", "", "true"), ("", "", ""))
        assert add(client, draft, sent).status_code == 302
        (requirement,) = rules_of(draft).requirements()
        assert requirement.counts_members
        assert [(one.field, one.operator, one.value) for one in requirement.members] == [
            ("age", "gte", "18"),
            ("works", "eq", "true"),
        ]

    @pytest.mark.parametrize(
        ("sent", "field"),
        [
            (given("pmt_score", operator="lt", value="many"), "value"),
            (given("pmt_score", operator="lt", value=""), "value"),
            (given("pmt_score", operator="like", value="45"), "operator"),
            (given("children_0_17", operator="in", value="1,2"), "operator"),
            (given("tenure", operator="in", value=["castle"]), "value"),
            (given("tenure", operator="in"), "value"),
            (given("urban"), "value"),
            (given("shoe_size", operator="gt", value="40"), "about"),
            (given("pmt_score", operator="lt", value="45", wording_ar=""), "wording_ar"),
            (given("pmt_score", operator="lt", value="45", when_unknown="perhaps"), "when_unknown"),
            (given("pmt_score", operator="lt", value="45", group="999999"), "group"),
            (given("pmt_score", operator="lt", value="45", legal_basis="99999999"), "legal_basis"),
            (of_members("gte", "1", ("", "", "")), "m0-field"),
            (of_members("gte", "1", ("age", "lt", "old")), "m0-value"),
            (of_members("gte", "1", ("sex", "in", "X")), "m0-value"),
            (of_members("lt", "0", ("age", "lt", "18")), "value"),
        ],
    )
    def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(self, client, officer, draft, sent, field):
        factories.group(draft)
        response = add(client, draft, {"note_ar": "ملاحظة مكتوبة"} | sent)
        assert response.status_code == 422
        assert field in response.context["form"].errors
        assert "ملاحظة مكتوبة" in text(response)
        assert not Criterion.objects.exists()

    def test_another_fact_brings_its_own_fields_without_a_reproach(self, client, officer, draft):
        sent = given("tenure", operator="lt", value="45", wording_ar="سكن بالإيجار") | {"shown": "pmt_score"}
        response = add(client, draft, sent)
        assert response.status_code == 200
        assert response.context["form"].errors == {}
        assert "سكن بالإيجار" in text(response)
        assert 'type="checkbox"' in text(response)

    def test_rows_come_and_go(self, client, officer, draft):
        sent = of_members("gte", "1", ("age", "lt", "18"))
        more = add(client, draft, sent | {"add_row": "1"})
        assert len(more.context["form"].state.rows) == 2
        less = add(client, draft, of_members("gte", "1", ("age", "lt", "18"), ("sex", "in", "F")) | {"remove_row": "0"})
        assert [row.about for row in less.context["form"].state.rows] == ["sex"]
        assert less.status_code == 200

    def test_htmx_gets_the_comparison_only(self, client, officer, draft):
        response = client.post(
            at(draft, "rule_criterion_add"), given("urban") | {"again": "1"}, headers={"HX-Request": "true"}
        )
        assert response.status_code == 200
        assert "<html" not in text(response)
        assert 'name="value"' in text(response)

    @pytest.mark.parametrize("about", [*editor_forms.CATALOGUE, MEMBERS])
    def test_each_fact_offers_the_comparisons_that_have_an_answer(self, about):
        subject = editor_forms.subject_of_fact(about)
        offered = {code for code, _label in subject.operators} or {"eq"}
        allowed = COUNT_OPERATORS if subject.is_range else OPERATORS[subject.kind]
        assert offered <= allowed
        if subject.kind.is_numeric:
            assert offered == allowed


class TestTheTree:
    def do(self, client, draft, **sent):
        return client.post(at(draft), {"seen": outline_of(draft).fingerprint} | sent)

    def test_each_button_works_as_a_plain_form(self, client, officer, draft):
        factories.with_rules(draft)
        places = {place.number: place.key for place in outline_of(draft).places}
        for sent in (
            {"do": "up", "key": places["2"]},
            {"do": "copy", "key": places["2"]},
            {"do": "nest", "key": places["2"], "kind": "none"},
            {"do": "in", "key": places["2"]},
            {"do": "kind", "key": places["1"], "kind": "none"},
            {"do": "add_group", "key": places["1"], "kind": "any"},
            {"do": "dissolve", "key": places["1"]},
            {"do": "down", "key": places["1.1"]},
        ):
            assert self.do(client, draft, **sent).status_code == 302, sent
        page = text(client.get(at(draft)))
        assert page.count("<h1") == 1

    def test_what_is_not_a_deed_is_refused(self, client, officer, draft):
        factories.with_rules(draft)
        for sent in (
            {"do": "explode"},
            {},
            {"do": "kind", "key": "g1", "kind": "xor"},
            {"do": "dissolve", "key": "c1"},
        ):
            assert self.do(client, draft, **sent).status_code == 409

    def test_stale_places_are_refused_and_drawn_as_they_are(self, client, officer, draft):
        factories.with_rules(draft)
        key = outline_of(draft).root.children[0].key
        response = self.do(client, draft, do="down", key=key, seen="stale")
        assert response.status_code == 409
        assert "have changed since" in text(response)

    def test_removing_asks_first(self, client, officer, draft):
        factories.with_rules(draft)
        key = outline_of(draft).root.children[0].key
        address = at(draft, "rule_remove", key)
        assert "شرط عدد الأفراد" in text(client.get(address))
        assert Criterion.objects.filter(group__version=draft).count() == 3
        assert client.post(address, {"seen": outline_of(draft).fingerprint}).status_code == 302
        assert Criterion.objects.filter(group__version=draft).count() == 1
        assert client.get(address).status_code == 404

    def test_an_empty_draft_offers_the_rules_in_force(self, client, officer):
        first = factories.version_in_force()
        draft = factories.draft_version(first.program)
        assert "take_over" in text(client.get(at(draft)))
        assert self.do(client, draft, do="take_over").status_code == 302
        assert Criterion.objects.filter(group__version=draft).count() == 3

    def test_two_at_one_condition_see_both_texts(self, client, officer, draft):
        factories.with_rules(draft)
        row = Criterion.objects.get(group__version=draft, fact="pmt_score")
        address = at(draft, "rule_criterion", row.pk)
        began = client.get(address).context["form"].initial["seen"]
        sent = given("pmt_score", operator="lt", group=str(row.group_id), seen=began)
        assert client.post(address, sent | {"value": "40", "wording_ar": "نص الأول"}).status_code == 302
        second = client.post(address, sent | {"value": "50", "wording_ar": "نص الثاني"})
        assert second.status_code == 409
        assert "نص الأول" in text(second)
        assert "نص الثاني" in text(second)
        fresh = second.context["form"].data["seen"]
        again = client.post(address, sent | {"value": "50", "wording_ar": "نص الثاني", "seen": fresh})
        assert again.status_code == 302
        row.refresh_from_db()
        assert row.value == "50"

    def test_a_condition_that_was_removed_meanwhile_is_written_anew(self, client, officer, draft):
        factories.with_rules(draft)
        row = Criterion.objects.get(group__version=draft, fact="pmt_score")
        address = at(draft, "rule_criterion", row.pk)
        began = client.get(address).context["form"].initial["seen"]
        sent = given("pmt_score", operator="lt", value="41", group=str(row.group_id), seen=began)
        row.delete()
        lost = client.post(address, sent)
        assert lost.status_code == 409
        again = client.post(address, sent | {"seen": lost.context["form"].data["seen"]})
        assert again.status_code == 302
        assert Criterion.objects.filter(group__version=draft, value="41").exists()

    def test_what_is_no_draft_leads_back_to_reading(self, client, officer):
        version = factories.version_in_force()
        assert client.get(at(version)).status_code == 302
        response = client.post(at(version), {"do": "copy", "key": "c1", "seen": ""})
        assert response.status_code in {302, 409}
        assert ProgramVersion.objects.get(pk=version.pk).status == "in_force"

    def test_statements_do_not_grow_with_the_rules(self, client, officer, draft, django_assert_max_num_queries):
        root = factories.group(draft)
        for number in range(40):
            factories.on_members(root, "gte", "1", ("age", "lt", str(number + 1)))
        with django_assert_max_num_queries(40):
            client.get(at(draft))


class TestCounting:
    def test_says_what_each_condition_does(self, client, officer, draft):
        factories.with_rules(draft)
        for score in (30.0, 40.0, 60.0, None):
            factories.household_with_score(score, None)
        page = client.get(at(draft, "rule_count"))
        found = page.context["found"]
        assert not found.is_sample
        assert found.households == 4
        assert found.eligible.value + found.not_eligible.value + found.needs_information.value == 4

    def test_an_empty_draft_and_empty_groups_are_said_to_be(self, client, officer, draft):
        assert client.get(at(draft, "rule_count")).context["is_empty"]
        root = factories.group(draft)
        factories.group(draft, "any", root)
        factories.on_fact(root, "pmt_score", "lt", "45")
        page = client.get(at(draft, "rule_count"))
        assert page.context["has_empty_groups"]
        assert page.context["found"] is not None
        assert client.get(at(draft)).context["problems"]


class TestSubmitting:
    def test_shows_what_changes_against_the_version_in_force(self, client, officer):
        first = factories.version_in_force()
        draft = versions.draft_next_version(version=first, actor=officer, starts_on=first.starts_on)
        row = Criterion.objects.get(group__version=draft, fact="pmt_score")
        row.value = "50"
        row.save()
        page = text(client.get(reverse("programs:version_verb", args=[draft.program.code, draft.number, "submit"])))
        assert "less than 45" in page
        assert "less than 50" in page

    def test_rules_with_an_empty_group_cannot_be_submitted(self, client, officer, draft):
        factories.group(factories.with_rules(draft), "any", draft.rule_groups.get(parent=None), 9)
        response = client.post(reverse("programs:version_verb", args=[draft.program.code, draft.number, "submit"]))
        assert response.status_code == 409

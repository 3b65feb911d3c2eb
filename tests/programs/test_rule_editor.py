"""Writing a draft's rules: the verbs, what they refuse, two people at one draft, what the database never lets in."""

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import AuditEntry
from programs.eligibility.checks import problems_of
from programs.eligibility.tree import rules_of
from programs.models import Criterion, ProgramVersion, RuleGroup
from programs.rule_editor.differences import differences
from programs.rule_editor.outline import fingerprint_of, outline_of
from programs.rules import MemberRequirement
from programs.services import rules, versions
from tests.ministry.factories import UserFactory
from tests.programs import factories

pytestmark = pytest.mark.django_db

SCORE = rules.CriterionText(fact="pmt_score", operator="lt", value="45", wording_ar="درجة الأسرة أقل من 45")
CHILDREN = rules.CriterionText(
    fact="", operator="gte", value="1", wording_ar="في الأسرة طفل", members=(MemberRequirement("age", "lt", "18"),)
)


@pytest.fixture
def officer(db):
    return factories.officer()


@pytest.fixture
def draft(db):
    return factories.draft_version()


def seen(version):
    return outline_of(version).fingerprint


def shape(version):
    """Return the tree as nested lists: a group is [kind, …], a condition its fact or «members»."""

    def node(place):
        if place.criterion is not None:
            return place.criterion.fact or "members"
        return [place.group.kind, *(node(child) for child in place.children)]

    root = outline_of(version).root
    return None if root is None else node(root)


def add(draft, officer, text=SCORE, group=None):
    return rules.add_criterion(version=draft, actor=officer, group_id=group, text=text)


class TestWriting:
    def test_the_first_condition_brings_the_outermost_group(self, draft, officer):
        add(draft, officer)
        add(draft, officer, CHILDREN)
        assert shape(draft) == ["all", "pmt_score", "members"]
        assert problems_of(rules_of(draft)) == []

    def test_what_cannot_be_compiled_is_refused_with_the_reason(self, draft, officer):
        with pytest.raises(RuleViolation, match="many"):
            add(draft, officer, rules.CriterionText("rooms", "lt", "many", "غرف"))
        with pytest.raises(RuleViolation):
            add(draft, officer, rules.CriterionText("", "gte", "1", "عدد"))
        assert shape(draft) is None

    def test_a_changed_text_replaces_member_conditions(self, draft, officer):
        row = add(draft, officer, CHILDREN)
        text = rules.CriterionText(
            fact="",
            operator="eq",
            value="0",
            wording_ar="لا أحد يعمل",
            members=(MemberRequirement("works", "eq", "true"),),
        )
        rules.change_criterion(
            version=draft, actor=officer, criterion_id=row.pk, text=text, seen=fingerprint_of(row), group_id=None
        )
        (requirement,) = rules_of(draft).requirements()
        assert (requirement.operator, requirement.value, requirement.members) == ("eq", "0", text.members)

    def test_each_verb_asks_for_the_right_over_the_whole_country(self, draft):
        stranger = UserFactory(permissions=factories.APPROVER)
        with pytest.raises(PermissionDenied):
            add(draft, stranger)
        local = UserFactory(permissions=factories.OFFICER, permissions__area=factories.household().area)
        with pytest.raises(PermissionDenied):
            add(draft, local)

    @pytest.mark.parametrize("status", [value for value in ProgramVersion.Status.values if value != "draft"])
    def test_only_drafts_are_written(self, officer, status):
        version = factories.with_rules(factories.draft_version())
        key, at = f"c{Criterion.objects.filter(group__version=version).first().pk}", seen(version)
        version.submitted_by, version.approved_by, version.status = version.prepared_by, UserFactory(), status
        version.save()
        for verb in (
            lambda: add(version, officer),
            lambda: rules.move(version=version, actor=officer, key=key, to="down", seen=at),
            lambda: rules.copy(version=version, actor=officer, key=key, seen=at),
            lambda: rules.remove(version=version, actor=officer, key=key, seen=at),
            lambda: rules.nest(version=version, actor=officer, key=key, kind="any", seen=at),
            lambda: rules.take_over_rules(version=version, source=version, actor=officer),
        ):
            with pytest.raises(TransitionNotAllowed):
                verb()

    def test_what_was_done_is_in_the_audit_trail(self, draft, officer):
        row = add(draft, officer)
        entry = AuditEntry.objects.get(action="program_version.changed", target_id=draft.pk)
        assert (entry.actor, entry.data) == (officer, {"did": "criterion added", "criterion": row.pk})


class TestPlaces:
    @pytest.fixture
    def tree(self, officer):
        """«all» of: «any» of two member counts, then the score."""
        version = factories.with_rules(factories.draft_version())
        assert shape(version) == ["all", ["any", "members", "members"], "pmt_score"]
        return version

    def keys(self, version):
        return {place.number: place.key for place in outline_of(version).places}

    def do(self, verb, version, officer, number, **more):
        return verb(version=version, actor=officer, key=self.keys(version)[number], seen=seen(version), **more)

    def test_up_and_down(self, tree, officer):
        self.do(rules.move, tree, officer, "2", to="up")
        assert shape(tree) == ["all", "pmt_score", ["any", "members", "members"]]
        self.do(rules.move, tree, officer, "1", to="down")
        assert shape(tree) == ["all", ["any", "members", "members"], "pmt_score"]

    def test_at_the_ends_nothing_happens(self, tree, officer):
        before = shape(tree)
        self.do(rules.move, tree, officer, "1", to="up")
        self.do(rules.move, tree, officer, "2", to="down")
        self.do(rules.move, tree, officer, "2", to="out")
        assert shape(tree) == before

    def test_into_the_group_beside_and_out_again(self, tree, officer):
        self.do(rules.move, tree, officer, "2", to="in")
        assert shape(tree) == ["all", ["any", "members", "members", "pmt_score"]]
        self.do(rules.move, tree, officer, "1.3", to="out")
        assert shape(tree) == ["all", ["any", "members", "members"], "pmt_score"]

    def test_nested_and_dissolved(self, tree, officer):
        self.do(rules.nest, tree, officer, "2", kind="none")
        assert shape(tree) == ["all", ["any", "members", "members"], ["none", "pmt_score"]]
        group = int(self.keys(tree)["1"][1:])
        rules.dissolve(version=tree, actor=officer, group_id=group, seen=seen(tree))
        assert shape(tree) == ["all", "members", "members", ["none", "pmt_score"]]

    def test_a_copy_stands_right_behind_with_all_it_holds(self, tree, officer):
        self.do(rules.copy, tree, officer, "1")
        assert shape(tree) == ["all", ["any", "members", "members"], ["any", "members", "members"], "pmt_score"]
        first, second = outline_of(tree).root.children[:2]
        assert [one.asked for one in first.children] == [one.asked for one in second.children]

    def test_removed_with_all_it_holds(self, tree, officer):
        self.do(rules.remove, tree, officer, "1")
        assert shape(tree) == ["all", "pmt_score"]
        rules.remove(version=tree, actor=officer, key=outline_of(tree).root.key, seen=seen(tree))
        assert shape(tree) == ["all"]

    def test_a_group_asks_for_something_else(self, tree, officer):
        group = int(self.keys(tree)["1"][1:])
        rules.change_kind(version=tree, actor=officer, group_id=group, kind="none", seen=seen(tree))
        assert shape(tree)[1][0] == "none"

    def test_groups_too_deep_are_refused_and_nothing_stays_of_it(self, tree, officer):
        with pytest.raises(RuleViolation):  # noqa: PT012 - which of them is one too many is the point
            number = "2"
            for _ in range(9):
                self.do(rules.nest, tree, officer, number, kind="all")
                number += ".1"
        assert problems_of(rules_of(tree)) == []

    @pytest.mark.parametrize("key", ["", "x1", "c", "c0", "g99999999999999999999", "c١"])
    def test_a_key_that_names_nothing_is_refused(self, tree, officer, key):
        with pytest.raises(RuleViolation):
            rules.copy(version=tree, actor=officer, key=key, seen=seen(tree))

    def test_the_rules_of_another_version_are_out_of_reach(self, tree, officer):
        other = factories.with_rules(factories.draft_version())
        with pytest.raises(RuleViolation):
            rules.copy(version=other, actor=officer, key=self.keys(tree)["2"], seen=seen(other))


class TestTwoAtOneDraft:
    def test_the_second_is_told_what_the_first_saved(self, draft, officer):
        row = add(draft, officer)
        began = fingerprint_of(row)
        given = {"version": draft, "criterion_id": row.pk, "seen": began, "group_id": None}
        first = rules.CriterionText("pmt_score", "lt", "40", "أقل من 40")
        rules.change_criterion(**given, actor=officer, text=first)
        with pytest.raises(rules.EditConflict) as conflict:
            rules.change_criterion(
                **given, actor=factories.officer(), text=rules.CriterionText("pmt_score", "lt", "50", "أقل من 50")
            )
        assert conflict.value.current.value == "40"
        row.refresh_from_db()
        assert row.value == "40"

    def test_the_second_is_told_that_the_first_removed_it(self, draft, officer):
        row = add(draft, officer)
        began = fingerprint_of(row)
        rules.remove(version=draft, actor=officer, key=f"c{row.pk}", seen=seen(draft))
        with pytest.raises(rules.EditConflict) as conflict:
            rules.change_criterion(
                version=draft, actor=officer, criterion_id=row.pk, text=SCORE, seen=began, group_id=None
            )
        assert conflict.value.current is None

    def test_two_conditions_of_one_draft_do_not_stand_in_each_others_way(self, draft, officer):
        one, other = add(draft, officer), add(draft, officer, CHILDREN)
        began = fingerprint_of(other)
        rules.remove(version=draft, actor=officer, key=f"c{one.pk}", seen=seen(draft))
        rules.change_criterion(
            version=draft, actor=officer, criterion_id=other.pk, text=CHILDREN, seen=began, group_id=None
        )

    def test_places_are_moved_only_as_they_were_seen(self, draft, officer):
        row = add(draft, officer)
        at = seen(draft)
        add(draft, factories.officer(), CHILDREN)
        with pytest.raises(RuleViolation):
            rules.remove(version=draft, actor=officer, key=f"c{row.pk}", seen=at)

    @pytest.mark.django_db(transaction=True)
    def test_of_two_at_the_same_moment_one_saves_and_one_is_told(self):
        officers, draft = [factories.officer(), factories.officer()], factories.draft_version()
        row = add(draft, officers[0])
        began, ready, results = fingerprint_of(row), threading.Barrier(2), []

        def save(actor, value):
            text = rules.CriterionText("pmt_score", "lt", value, "درجة")
            try:
                ready.wait(timeout=20)
                rules.change_criterion(
                    version=draft, actor=actor, criterion_id=row.pk, text=text, seen=began, group_id=None
                )
                results.append(value)
            except rules.EditConflict as conflict:
                results.append(("conflict", conflict.current.value))
            finally:
                connection.close()

        threads = [threading.Thread(target=save, args=pair) for pair in zip(officers, ("30", "60"), strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        (saved,) = [value for value in results if isinstance(value, str)]
        assert ("conflict", saved) in results


class TestTakingOver:
    def test_an_empty_draft_begins_with_the_rules_in_force(self, officer):
        first = factories.version_in_force()
        draft = factories.draft_version(first.program)
        assert rules.take_over_rules(version=draft, source=first, actor=officer) == 3
        assert shape(draft) == shape(first)
        assert differences(draft, first).lines == []

    def test_refuses_a_draft_with_conditions_and_other_programmes(self, draft, officer):
        first = factories.version_in_force()
        with pytest.raises(RuleViolation):
            rules.take_over_rules(version=draft, source=first, actor=officer)
        filled = factories.with_rules(factories.draft_version(first.program))
        with pytest.raises(RuleViolation):
            rules.take_over_rules(version=filled, source=first, actor=officer)


class TestWhoWroteDoesNotApprove:
    def test_a_hand_in_the_rules_is_enough(self):
        both = UserFactory(permissions=(*factories.OFFICER, *factories.APPROVER))
        version = factories.with_rules(factories.draft_version())
        add(version, both)
        versions.submit_version(version=version, actor=factories.officer())
        with pytest.raises(RuleViolation):
            versions.approve_version(version=version, actor=both)
        with pytest.raises(DatabaseError, match="approved_by_nobody_who_wrote_it"), transaction.atomic():
            ProgramVersion.objects.filter(pk=version.pk).update(approved_by=both)
        assert versions.approve_version(version=version, actor=factories.approver()).status == "in_force"

    def test_the_list_of_hands_does_not_change_afterwards(self, officer):
        version = factories.with_rules(factories.draft_version())
        add(version, officer)
        versions.submit_version(version=version, actor=officer)
        with pytest.raises(DatabaseError, match="no longer a draft"), transaction.atomic():
            ProgramVersion.objects.filter(pk=version.pk).update(edited_by_ids=[])


class TestTheTreeHangsTogether:
    def test_no_group_in_itself(self, draft):
        root = factories.group(draft)
        inner = factories.group(draft, "any", root)
        innermost = factories.group(draft, "any", inner)
        for parent in (inner, innermost):
            with pytest.raises(DatabaseError, match="in itself"), transaction.atomic():
                RuleGroup.objects.filter(pk=inner.pk).update(parent=parent)

    def test_no_group_in_another_version(self, draft):
        elsewhere = factories.group(factories.draft_version())
        with pytest.raises(DatabaseError, match="another version"), transaction.atomic():
            factories.group(draft, "any", elsewhere)


class TestDifferences:
    def test_says_what_changed_came_and_went(self, officer):
        first = factories.version_in_force()
        draft = versions.draft_next_version(version=first, actor=officer, starts_on=first.starts_on)
        assert differences(draft, first).lines == []
        score = Criterion.objects.get(group__version=draft, fact="pmt_score")
        rules.change_criterion(
            version=draft, actor=officer, criterion_id=score.pk, seen=fingerprint_of(score), group_id=score.group_id,
            text=rules.CriterionText("pmt_score", "lt", "50", score.wording_ar),
        )  # fmt: skip
        add(draft, officer, rules.CriterionText("rooms", "lte", "3", "غرف"))
        pregnant = Criterion.objects.get(group__version=draft, member_conditions__field="pregnant")
        rules.remove(version=draft, actor=officer, key=f"c{pregnant.pk}", seen=seen(draft))
        draft.base_amount = 400
        draft.save()
        found = [(bool(line.before), bool(line.after)) for line in differences(draft, first).lines]
        assert sorted(found) == [(False, True), (True, False), (True, True), (True, True)]
        changed = [line for line in differences(draft, first).lines if "45" in line.before]
        assert len(changed) == 1
        assert "50" in changed[0].after

    def test_a_new_programme_has_nothing_beside_it(self, draft):
        assert differences(draft, None).earlier is None

"""Versions of programmes: who may put them in force, and that what is in force stays as it is."""

import datetime as dt
import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from ministry.exceptions import DomainError, RuleViolation, TransitionNotAllowed
from ministry.models import AuditEntry
from programs.models import BenefitComponent, Criterion, MemberCondition, ProgramVersion, RuleGroup
from programs.services import versions
from programs.workflows import PROGRAM_VERSION
from tests.ministry.factories import UserFactory
from tests.programs import factories

S = ProgramVersion.Status
VERBS = {
    "submit": lambda version, actor: versions.submit_version(version=version, actor=actor),
    "send_back": lambda version, actor: versions.send_back_version(version=version, actor=actor, note="خطأ"),
    "approve": lambda version, actor: versions.approve_version(version=version, actor=actor),
    "withdraw": lambda version, actor: versions.withdraw_version(version=version, actor=actor),
}
# The whole table: from each status, where each verb leads.
LEADS = {
    ("submit", S.DRAFT): S.SUBMITTED,
    ("send_back", S.SUBMITTED): S.DRAFT,
    ("approve", S.SUBMITTED): S.IN_FORCE,
    ("withdraw", S.DRAFT): S.WITHDRAWN,
    ("withdraw", S.SUBMITTED): S.WITHDRAWN,
}
BOTH = (*factories.OFFICER, *factories.APPROVER)


def version_in(status):
    version = factories.with_rules(factories.draft_version())
    version.submitted_by = version.prepared_by
    if status in (S.IN_FORCE, S.SUPERSEDED):
        version.approved_by = UserFactory()
    version.status = status
    version.save()
    return version


@pytest.mark.django_db
class TestWorkflow:
    @pytest.mark.parametrize("status", S.values)
    @pytest.mark.parametrize("verb", VERBS)
    def test_each_verb_at_each_status(self, verb, status):
        version, actor = version_in(status), UserFactory(permissions=BOTH)
        if (verb, status) in LEADS:
            assert VERBS[verb](version, actor).status == LEADS[verb, status]
            version.refresh_from_db()
            assert version.status == LEADS[verb, status]
        else:
            with pytest.raises(TransitionNotAllowed):
                VERBS[verb](version, actor)

    @pytest.mark.parametrize("verb", VERBS)
    def test_each_verb_asks_for_its_right_over_the_whole_country(self, verb):
        status = next(status for (name, status) in LEADS if name == verb)
        permission = next(transition.permission for transition in PROGRAM_VERSION if transition.verb == verb)
        others = UserFactory(permissions=[name for name in set(BOTH) if name != permission])
        with pytest.raises(PermissionDenied):
            VERBS[verb](version_in(status), others)

    def test_a_right_in_one_governorate_is_not_enough(self):
        area = factories.household().area
        local = UserFactory(permissions=BOTH, permissions__area=area)
        with pytest.raises(PermissionDenied):
            versions.submit_version(version=version_in(S.DRAFT), actor=local)


@pytest.mark.django_db
class TestApprove:
    def test_refuses_who_submitted_it(self):
        actor = UserFactory(permissions=BOTH)
        version = versions.submit_version(version=factories.with_rules(factories.draft_version()), actor=actor)
        with pytest.raises(RuleViolation):
            versions.approve_version(version=version, actor=actor)

    def test_refuses_who_wrote_it(self):
        writer = UserFactory(permissions=BOTH)
        version = factories.with_rules(factories.draft_version(prepared_by=writer))
        versions.submit_version(version=version, actor=factories.officer())
        with pytest.raises(RuleViolation):
            versions.approve_version(version=version, actor=writer)

    def test_the_database_refuses_one_person_too(self):
        version = version_in(S.SUBMITTED)
        with pytest.raises(DatabaseError, match="approved_by_a_second_person"), transaction.atomic():
            ProgramVersion.objects.filter(pk=version.pk).update(status=S.IN_FORCE, approved_by=version.prepared_by)

    def test_the_version_before_ends_the_day_before(self):
        first = factories.version_in_force(starts_on=dt.date(2024, 1, 1))
        second = factories.with_rules(factories.draft_version(first.program, starts_on=dt.date(2025, 3, 1)))
        versions.submit_version(version=second, actor=factories.officer())
        versions.approve_version(version=second, actor=factories.approver())
        first.refresh_from_db()
        assert (first.status, first.ends_on) == (S.SUPERSEDED, dt.date(2025, 2, 28))
        in_force = ProgramVersion.objects.filter(program=first.program)
        assert in_force.in_force(dt.date(2025, 2, 28)).get() == first
        assert in_force.in_force(dt.date(2025, 3, 1)).get() == second
        assert AuditEntry.objects.filter(action="program_version.superseded", target_id=first.pk).exists()

    def test_refuses_one_that_begins_before_the_version_in_force(self):
        first = factories.version_in_force(starts_on=dt.date(2025, 1, 1))
        second = factories.with_rules(factories.draft_version(first.program, starts_on=dt.date(2025, 1, 1)))
        versions.submit_version(version=second, actor=factories.officer())
        with pytest.raises(RuleViolation):
            versions.approve_version(version=second, actor=factories.approver())

    @pytest.mark.django_db(transaction=True)
    def test_two_at_once_yield_one_approval(self):
        version = versions.submit_version(
            version=factories.with_rules(factories.draft_version()), actor=factories.officer()
        )
        outcomes = []

        def approve(actor):
            try:
                versions.approve_version(version=version, actor=actor)
                outcomes.append("approved")
            except DomainError as error:
                outcomes.append(type(error).__name__)
            finally:
                connection.close()

        threads = [threading.Thread(target=approve, args=[factories.approver()]) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["TransitionNotAllowed", "approved"]


@pytest.mark.django_db
class TestSubmit:
    def test_refuses_empty_rules(self):
        with pytest.raises(RuleViolation, match=r"فارغة|empty"):
            versions.submit_version(version=factories.draft_version(), actor=factories.officer())

    def test_refuses_a_version_that_pays_nothing(self):
        version = factories.with_rules(factories.draft_version())
        version.base_amount = version.component_members_max = 0
        version.save()
        with pytest.raises(RuleViolation):
            versions.submit_version(version=version, actor=factories.officer())

    def test_names_every_fault_of_the_rules(self):
        version = factories.draft_version()
        root = factories.group(version)
        factories.on_fact(root, "shoe_size", "gt", "40")
        factories.on_fact(root, "rooms", "lt", "many")
        with pytest.raises(RuleViolation) as refusal:
            versions.submit_version(version=version, actor=factories.officer())
        assert "shoe_size" in refusal.value.message
        assert "many" in refusal.value.message


@pytest.mark.django_db
class TestWhatIsInForceStays:
    @pytest.fixture
    def version(self):
        return factories.version_in_force()

    def refused(self, deed):
        with pytest.raises(DatabaseError, match="no longer a draft"), transaction.atomic():
            deed()

    def test_amounts_and_first_day(self, version):
        rows = ProgramVersion.objects.filter(pk=version.pk)
        self.refused(lambda: rows.update(base_amount=1))
        self.refused(lambda: rows.update(starts_on=dt.date(2020, 1, 1)))

    def test_the_version_itself(self, version):
        self.refused(lambda: ProgramVersion.objects.filter(pk=version.pk)._raw_delete("default"))

    def test_rules_and_components(self, version):
        root = RuleGroup.objects.get(version=version, parent=None)
        self.refused(lambda: RuleGroup.objects.filter(pk=root.pk).update(kind="any"))
        self.refused(lambda: Criterion.objects.filter(group__version=version).update(value="1"))
        self.refused(lambda: MemberCondition.objects.all().update(value="1"))
        self.refused(lambda: BenefitComponent.objects.filter(version=version).update(amount=1))
        self.refused(lambda: MemberCondition.objects.all()._raw_delete("default"))
        self.refused(lambda: factories.on_fact(root, "rooms", "lt", "2"))
        self.refused(lambda: factories.group(version, parent=root))

    def test_rows_do_not_move_out_of_it_or_into_it(self, version):
        draft = factories.with_rules(factories.draft_version())
        draft_root = RuleGroup.objects.get(version=draft, parent=None)
        criterion = Criterion.objects.filter(group__version=version).first()
        self.refused(lambda: Criterion.objects.filter(pk=criterion.pk).update(group=draft_root))
        root = RuleGroup.objects.get(version=version, parent=None)
        self.refused(lambda: Criterion.objects.filter(group=draft_root).update(group=root))

    def test_a_draft_changes_and_goes(self):
        draft = factories.with_rules(factories.draft_version())
        Criterion.objects.filter(group__version=draft).update(value="2")
        draft.delete()
        assert not RuleGroup.objects.filter(version_id=draft.pk).exists()


@pytest.mark.django_db
def test_the_next_draft_copies_rules_and_amounts():
    version = factories.version_in_force()
    draft = versions.draft_next_version(version=version, actor=factories.officer(), starts_on=dt.date(2027, 1, 1))
    assert (draft.status, draft.number, draft.base_amount) == (S.DRAFT, 2, version.base_amount)

    def shape(of):
        return [
            (row.group.kind, row.subject, row.fact, row.operator, row.value, row.position,
             [(c.field, c.operator, c.value) for c in row.member_conditions.all()])
            for row in Criterion.objects.filter(group__version=of).order_by("group__position", "position", "id")
        ]  # fmt: skip

    assert shape(draft) == shape(version)
    assert draft.components.get().amount == version.components.get().amount
    versions.submit_version(version=draft, actor=factories.officer())

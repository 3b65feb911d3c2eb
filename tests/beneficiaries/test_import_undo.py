"""Undoing an entered import: two people, nothing that depends on it, everything out or nothing."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation

from beneficiaries.imports.undoing import dependants
from beneficiaries.models import (
    Disability,
    DuplicatePair,
    Dwelling,
    Household,
    HouseholdFacts,
    Identifier,
    ImportBatch,
    Individual,
    Membership,
    Registration,
    RegistrationPerson,
)
from beneficiaries.services import import_undo as services
from beneficiaries.services.facts import refresh_facts
from beneficiaries.services.households import verify_household
from beneficiaries.signals import register_undone
from ministry import jobs
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.jobs import JobFailed
from ministry.models import AuditEntry, RowVersion
from tests.beneficiaries.factories import (
    DuplicatePairFactory,
    IndividualFactory,
    MembershipFactory,
)
from tests.beneficiaries.register_files import WOMAN_1988, household, person, take_in, write
from tests.ministry.factories import UserFactory

S = ImportBatch.Status
pytestmark = pytest.mark.django_db
PERMISSIONS = ["beneficiaries.view_importbatch", "beneficiaries.commit_importbatch"]
CHILD = {"relationship": "child", "birth_date": "2015-01-01", "years_schooling": "3", "marital_status": "single"}


@pytest.fixture
def asker():
    return UserFactory(permissions=PERMISSIONS)


@pytest.fixture
def decider():
    return UserFactory(permissions=PERMISSIONS)


def entered(folder) -> ImportBatch:
    """Enter two households: a widow with a child, and one with the same number and a disability."""
    return take_in(
        write(
            folder,
            [household(), household(household_ref="H2")],
            [
                person(national_id=WOMAN_1988),
                person(person_ref="P2", **CHILD),
                person(household_ref="H2", person_ref="P3", national_id=WOMAN_1988, disability="vision:3"),
            ],
        )
    )


def counts() -> tuple[int, ...]:
    models = (Household, Dwelling, Individual, Membership, Identifier, Disability, DuplicatePair, HouseholdFacts)
    return tuple(model.objects.count() for model in models)


def undo(batch, asker, decider) -> ImportBatch:
    batch = services.ask_undo(batch=batch, actor=asker, reason="last month's file")
    batch = services.undo_import(batch=batch, actor=decider, tell_worker=False)
    jobs.run_now(batch.job)
    batch.refresh_from_db()
    return batch


def test_takes_everything_out_and_keeps_what_was(tmp_path, asker, decider):
    batch = entered(tmp_path)
    refresh_facts()
    assert counts() == (2, 2, 3, 3, 2, 1, 1, 2)
    batch = undo(batch, asker, decider)
    assert counts() == (0,) * 8
    assert (batch.status, batch.undone_by, batch.undo_asked_by) == (S.UNDONE, decider, asker)
    assert batch.summary["undone"] == {"individuals": 3, "households": 2}
    deleted = RowVersion.objects.filter(operation="D", table_name="beneficiaries_individual")
    assert {version.row["person_ref"] for version in deleted} == {"P1", "P2", "P3"}
    assert [entry.actor for entry in AuditEntry.objects.filter(action__startswith="import.und").order_by("id")] == [
        asker,
        decider,
        decider,
    ]


def test_leaves_everybody_else_as_they_are(tmp_path, asker, decider):
    home = MembershipFactory(household__household_ref="H1", individual__person_ref="P1").household
    refresh_facts()
    batch = take_in(write(tmp_path, people=[person(), person(person_ref="P2", **CHILD)]))
    refresh_facts([home.pk])
    assert HouseholdFacts.objects.get(household=home).members == 2
    undo(batch, asker, decider)
    assert list(home.memberships.values_list("individual__person_ref", flat=True)) == ["P1"]
    assert HouseholdFacts.objects.get(household=home).members == 1


def test_the_same_files_can_come_in_again(tmp_path, asker, decider):
    undo(entered(tmp_path), asker, decider)
    again = entered(tmp_path)
    assert again.summary["entered"]["households"] == 2
    assert again.summary["entered"]["pairs"] == 1


def test_is_announced(tmp_path, asker, decider, django_capture_on_commit_callbacks):
    heard = []

    def listen(*, batch_id, **_kwargs):
        heard.append(batch_id)

    batch = entered(tmp_path)
    register_undone.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            undo(batch, asker, decider)
    finally:
        register_undone.disconnect(listen)
    assert heard == [batch.pk]


class TestTwoPeople:
    def test_whoever_asked_cannot_agree(self, tmp_path, asker):
        batch = services.ask_undo(batch=entered(tmp_path), actor=asker, reason="wrong")
        with pytest.raises(RuleViolation):
            services.undo_import(batch=batch, actor=asker)
        assert Household.objects.count() == 2

    def test_the_database_refuses_one_person_for_both(self, tmp_path, asker):
        batch = services.ask_undo(batch=entered(tmp_path), actor=asker, reason="wrong")
        with pytest.raises(IntegrityError), transaction.atomic():
            ImportBatch.objects.filter(pk=batch.pk).update(status=S.UNDONE, undone_by=asker)

    def test_it_can_be_left_as_it_is_and_asked_for_anew(self, tmp_path, asker, decider):
        batch = services.ask_undo(batch=entered(tmp_path), actor=asker, reason="wrong")
        with pytest.raises(TransitionNotAllowed):
            services.ask_undo(batch=batch, actor=decider, reason="me too")
        batch = services.decline_undo(batch=batch, actor=decider)
        assert (batch.status, batch.undo_asked_by) == (S.COMMITTED, None)
        assert services.ask_undo(batch=batch, actor=decider, reason="now").undo_asked_by == decider

    @pytest.mark.parametrize("commit", [True, False])
    def test_only_what_was_entered_can_be_undone_once(self, tmp_path, asker, decider, commit):
        batch = take_in(write(tmp_path), commit=commit)
        if commit:
            undo(batch, asker, decider)
        with pytest.raises(TransitionNotAllowed):
            services.ask_undo(batch=batch, actor=asker, reason="again")


def a_verified_household(batch):
    verify_household(
        household=batch.households.first(), actor=UserFactory(permissions=["beneficiaries.verify_household"])
    )


def a_changed_person(batch):
    batch.individuals.update(full_name="اسم آخر")


def a_member_from_elsewhere(batch):
    MembershipFactory(household=batch.households.first(), relationship="child")


def a_person_who_moved(batch):
    Membership.objects.filter(individual__import_batch=batch, relationship="child").update(left_on=dt.date(2026, 1, 1))


def a_decided_pair(batch):
    DuplicatePair.objects.update(status="different", decided_by=UserFactory(), decided_at=batch.uploaded_at)


class TestWhatDependsOnIt:
    @pytest.mark.parametrize(
        "happen",
        [a_verified_household, a_changed_person, a_member_from_elsewhere, a_person_who_moved, a_decided_pair],
    )
    def test_bars_the_way_by_name(self, tmp_path, asker, happen):
        batch = entered(tmp_path)
        assert dependants(batch=batch) == []
        happen(batch)
        (found,) = dependants(batch=batch)
        with pytest.raises(RuleViolation, match=str(found.label)):
            services.ask_undo(batch=batch, actor=asker, reason="wrong")
        batch.refresh_from_db()
        assert batch.status == S.COMMITTED

    def test_open_pairs_and_other_imports_do_not(self, tmp_path, asker, decider):
        batch = entered(tmp_path)
        DuplicatePairFactory(individual_a=batch.individuals.order_by("id").first(), individual_b=IndividualFactory())
        other = write(tmp_path / "b", [household(household_ref="H9")], [person(household_ref="H9", person_ref="P9")])
        take_in(other)
        undo(batch, asker, decider)
        assert list(Household.objects.values_list("household_ref", flat=True)) == ["H9"]

    def test_is_asked_once_more_when_the_rows_go(self, tmp_path, asker, decider):
        batch = services.ask_undo(batch=entered(tmp_path), actor=asker, reason="wrong")
        batch = services.undo_import(batch=batch, actor=decider, tell_worker=False)
        a_verified_household(batch)
        with pytest.raises(JobFailed):
            jobs.run_now(batch.job)
        batch.refresh_from_db()
        assert (batch.status, Household.objects.count()) == (S.COMMITTED, 2)


class TestPages:
    def test_two_people_undo_an_import(self, client, tmp_path, asker, decider):
        batch = entered(tmp_path)
        address = {name: reverse(f"beneficiaries:import_{name}", args=[batch.pk]) for name in ("ask_undo", "undo")}
        client.force_login(asker)
        assert address["ask_undo"] in client.get(batch.get_absolute_url()).content.decode()
        assert client.get(address["ask_undo"]).status_code == 200
        assert client.post(address["ask_undo"], {"note": ""}).status_code == 422
        assert client.post(address["ask_undo"], {"note": "شهر خاطئ"}).status_code == 302
        page = client.get(batch.get_absolute_url()).content.decode()
        assert "شهر خاطئ" in page
        assert address["undo"] not in page
        assert client.post(address["undo"]).status_code == 409
        client.force_login(decider)
        assert address["undo"] in client.get(batch.get_absolute_url()).content.decode()
        assert client.get(address["undo"]).status_code == 200
        assert client.post(address["undo"]).status_code == 302
        batch.refresh_from_db()
        jobs.run_now(batch.job)
        assert client.get(batch.get_absolute_url()).status_code == 200
        assert not Household.objects.exists()

    def test_what_depends_on_it_is_told(self, client, tmp_path, asker):
        batch = entered(tmp_path)
        a_verified_household(batch)
        client.force_login(asker)
        address = reverse("beneficiaries:import_ask_undo", args=[batch.pk])
        page = client.get(address)
        assert b'<form method="post" class="form"' not in page.content
        assert client.post(address, {"note": "wrong"}).status_code == 409

    def test_leaving_it_as_it_is(self, client, tmp_path, asker, decider):
        batch = services.ask_undo(batch=entered(tmp_path), actor=asker, reason="wrong")
        client.force_login(decider)
        address = reverse("beneficiaries:import_keep", args=[batch.pk])
        assert client.get(address).status_code == 405
        assert client.post(address).status_code == 302
        batch.refresh_from_db()
        assert batch.status == S.COMMITTED

    def test_seeing_is_not_undoing(self, client, tmp_path):
        batch = entered(tmp_path)
        client.force_login(UserFactory(permissions=["beneficiaries.view_importbatch"]))
        assert (
            reverse("beneficiaries:import_ask_undo", args=[batch.pk])
            not in client.get(batch.get_absolute_url()).content.decode()
        )
        for name in ("ask_undo", "undo", "keep"):
            assert client.post(reverse(f"beneficiaries:import_{name}", args=[batch.pk])).status_code == 403


def test_is_refused_while_a_registration_says_that_one_of_its_people_is_a_member(tmp_path, asker):
    """A draft that links somebody refers to their row, whether or not anybody has moved yet."""
    batch = entered(tmp_path)
    registration = Registration.objects.create(reference="R26-1", area=batch.area, started_by=asker)
    RegistrationPerson.objects.create(
        registration=registration,
        individual=Individual.objects.filter(import_batch=batch).first(),
        is_linked=True,
        token=uuid.uuid4(),
        number=1,
        version=1,
        saved_by=asker,
    )
    with translation.override("en"), pytest.raises(RuleViolation, match=r"(?i)registration.*: 1"):
        services.ask_undo(batch=batch, actor=asker, reason="ملف خطأ")
    batch.refresh_from_db()
    assert batch.status == S.COMMITTED

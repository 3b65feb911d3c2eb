"""Guided registration: answers kept whatever is wrong with them, two versions, hostile input."""

import threading
import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from beneficiaries.models import (
    Registration,
)
from beneficiaries.registration.file import RegistrationFile, State
from beneficiaries.services import registrations as services
from ministry.exceptions import RuleViolation
from tests.beneficiaries.registrations import CHILD_ANSWERS, HEAD_ANSWERS, answers, filled, typed
from tests.ministry.factories import AreaFactory, UserFactory

pytestmark = pytest.mark.django_db
WRITE = ["beneficiaries.add_registration", "beneficiaries.view_registration", "beneficiaries.view_household"]
VERIFY = ["beneficiaries.verify_registration", "beneficiaries.verify_household", *WRITE[1:]]
TRUE_NUMBER = "28806152500281"


@pytest.fixture
def area():
    return AreaFactory()


@pytest.fixture
def caseworker(area):
    return UserFactory(permissions=WRITE, permissions__area=area)


@pytest.fixture
def supervisor(area):
    return UserFactory(permissions=VERIFY, permissions__area=area)


@pytest.fixture
def registration(area, caseworker):
    return filled(area=area, actor=caseworker)


@pytest.fixture
def desk(client, caseworker):
    client.force_login(caseworker)
    return client


def page(name: str, registration: Registration, *args) -> str:
    return reverse(f"beneficiaries:registration_{name}", args=[registration.reference, *args])


def states(registration: Registration, actor=None) -> dict:
    return RegistrationFile(Registration.objects.get(pk=registration.pk), actor).states


class TestFillingIn:
    def test_begins_with_nothing_started(self, area, caseworker):
        registration = services.start_registration(area=area, actor=caseworker)
        assert set(states(registration, caseworker).values()) == {State.NOT_STARTED}

    def test_is_refused_outside_ones_area(self, caseworker):
        with pytest.raises(PermissionDenied):
            services.start_registration(area=AreaFactory(), actor=caseworker)

    def test_counts_as_done_when_every_section_is(self, registration, caseworker):
        assert set(states(registration, caseworker).values()) == {State.DONE}

    def test_keeps_what_is_wrong_and_says_so(self, desk, registration):
        wrong = answers(registration.area)["dwelling"] | {"rooms": "كثير", "version": "1", "action": "continue"}
        response = desk.post(page("section", registration, "dwelling"), wrong)
        assert response.status_code == 422
        row = registration.sections.get(code="dwelling")
        assert (row.version, row.typed["rooms"]) == (2, ["كثير"])
        assert states(registration)["dwelling"] is State.ATTENTION
        assert "كثير" in desk.get(page("section", registration, "dwelling")).content.decode()

    def test_leaves_open_questions_in_progress_without_calling_them_wrong(self, desk, area, caseworker):
        registration = services.start_registration(area=area, actor=caseworker)
        response = desk.post(page("section", registration, "dwelling"), {"rooms": "3", "version": 0, "action": "draft"})
        assert response.status_code == 302
        assert states(registration)["dwelling"] is State.STARTED
        again = desk.get(page("section", registration, "dwelling"))
        assert 'value="3"' in again.content.decode()
        assert not again.context["form"].is_bound

    def test_wants_a_reason_for_what_is_unusual_and_then_lets_it_stand(self, desk, registration):
        unusual = answers(registration.area)["dwelling"] | {"bedrooms": "7", "version": "1", "action": "continue"}
        first = desk.post(page("section", registration, "dwelling"), unusual)
        assert first.status_code == 422
        (doubt,) = first.context["doubts"]
        assert doubt["name"] == "reason-bedrooms.bedrooms_exceed_rooms"
        assert states(registration)["dwelling"] is State.ATTENTION
        explained = unusual | {"version": "2", doubt["name"]: "ينامون في الردهة"}
        assert desk.post(page("section", registration, "dwelling"), explained).status_code == 302
        assert states(registration)["dwelling"] is State.DONE

    def test_asks_about_a_child_older_than_the_head_as_the_import_does(self, registration, caseworker):
        child = registration.people.get(is_head=False)
        services.save_person(
            registration=registration, token=child.token, typed=typed(CHILD_ANSWERS | {"birth_date": "1/1/1980"}),
            reasons={}, version=1, actor=caseworker,
        )  # fmt: skip
        child.refresh_from_db()
        form = RegistrationFile(registration, caseworker).person_form(child)
        assert "child_too_old" in {doubt.reason for doubt in form.doubts}

    def test_refuses_one_national_number_on_two_people(self, registration, caseworker):
        for person, values in zip(registration.people.all(), (HEAD_ANSWERS, CHILD_ANSWERS), strict=True):
            services.save_person(
                registration=registration, token=person.token, typed=typed(values | {"national_id": TRUE_NUMBER}),
                reasons={}, version=1, actor=caseworker, is_head=person.is_head,
            )  # fmt: skip
        assert states(registration, caseworker)["members"] is State.ATTENTION

    def test_asks_again_about_health_when_somebody_is_added(self, registration, caseworker):
        services.save_person(
            registration=registration, token=uuid.uuid4(), typed=typed(CHILD_ANSWERS | {"full_name": "ليلى كمال حسن"}),
            reasons={}, version=0, actor=caseworker,
        )  # fmt: skip
        now = states(registration, caseworker)
        assert (now["health"], now["work"], now["members"]) == (State.STARTED, State.STARTED, State.ATTENTION)

    def test_takes_the_consent_that_was_refused_for_what_it_is(self, area, caseworker):
        registration = filled(area=area, actor=caseworker, consent={"register": "no"})
        assert states(registration, caseworker)["consent"] is State.ATTENTION
        with pytest.raises(RuleViolation):
            services.submit_registration(registration=registration, actor=caseworker)

    def test_the_same_save_sent_twice_is_one(self, registration, caseworker):
        values = typed(answers(registration.area)["assets"])
        common = {"registration": registration, "code": "assets", "typed": values, "reasons": {}, "actor": caseworker}
        assert services.save_section(version=0, **common).version == 1

    def test_nobody_outside_the_area_sees_it(self, client, registration):
        client.force_login(UserFactory(permissions=WRITE, permissions__area=AreaFactory()))
        assert client.get(registration.get_absolute_url()).status_code == 404
        assert client.get(page("section", registration, "head")).status_code == 404

    def test_who_may_only_read_changes_nothing(self, client, registration, area):
        client.force_login(UserFactory(permissions=WRITE[1:], permissions__area=area))
        data = answers(area)["assets"] | {"version": "1"}
        assert client.post(page("section", registration, "assets"), data).status_code == 403


class TestTwoVersions:
    def stale(self, area) -> dict[str, str]:
        return answers(area)["dwelling"] | {"rooms": "5", "version": "1", "action": "continue"}

    @pytest.fixture
    def changed(self, registration, area):
        other = UserFactory(permissions=WRITE, permissions__area=area)
        values = typed(answers(area)["dwelling"] | {"rooms": "8"})
        services.save_section(
            registration=registration, code="dwelling", typed=values, reasons={}, version=1, actor=other
        )
        return registration

    def test_are_shown_side_by_side_and_none_is_lost(self, desk, changed, area):
        response = desk.post(page("section", changed, "dwelling"), self.stale(area))
        assert response.status_code == 409
        assert sum(row["differs"] for row in response.context["rows"]) == 1
        assert changed.sections.get(code="dwelling").typed["rooms"] == ["8"]

    def test_can_be_settled_by_choosing_ones_own(self, desk, changed, area):
        response = desk.post(page("section", changed, "dwelling"), self.stale(area))
        chosen = dict(response.context["hidden"]) | {"version": response.context["version"], "action": "continue"}
        assert desk.post(page("section", changed, "dwelling"), chosen).status_code == 302
        assert changed.sections.get(code="dwelling").typed["rooms"] == ["5"]

    def test_are_told_apart_for_scripts_too(self, desk, changed, area):
        address = page("section", changed, "dwelling")
        response = desk.post(address, self.stale(area), headers={"accept": "application/json"})
        assert (response.status_code, response.json()["url"]) == (409, address)
        fresh = self.stale(area) | {"version": "2"}
        answer = desk.post(address, fresh, headers={"accept": "application/json"})
        assert (answer.status_code, answer.json()) == (200, {"version": 3, "state": "done"})


@pytest.mark.django_db(transaction=True)
def test_of_two_caseworkers_saving_at_once_one_is_told(area, caseworker):
    registration = services.start_registration(area=area, actor=caseworker)
    other = UserFactory(permissions=WRITE, permissions__area=area)
    outcomes, barrier = [], threading.Barrier(2)

    def save(actor, rooms: str) -> None:
        try:
            barrier.wait()
            values = typed(answers(area)["dwelling"] | {"rooms": rooms})
            services.save_section(
                registration=registration, code="dwelling", typed=values, reasons={}, version=0, actor=actor
            )
            outcomes.append("saved")
        except services.AnswersChanged as conflict:
            outcomes.append(f"told of {conflict.current.typed['rooms'][0]}")
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=pair) for pair in ((caseworker, "2"), (other, "9"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = registration.sections.get(code="dwelling").typed["rooms"][0]
    assert sorted(outcomes) == ["saved", f"told of {kept}"]


class TestHostileInput:
    @pytest.mark.parametrize(
        ("name", "value", "state"),
        [
            ("full_name", "س" * 301, State.ATTENTION),
            ("full_name", "سعاد\x00 محمود \u202eعبد الله", State.DONE),
            ("full_name", "12345", State.ATTENTION),
            ("birth_date", "1/1/0001", State.ATTENTION),
            ("birth_date", "0001-01-01", State.ATTENTION),
            ("birth_date", "31/2/1990", State.ATTENTION),
            ("birth_date", "١٥/٦/١٩٨٨", State.DONE),
            ("birth_date", "1/1/2999", State.ATTENTION),
            ("years_schooling", "٩", State.DONE),
            ("years_schooling", "-3", State.ATTENTION),
            ("years_schooling", "9" * 400, State.ATTENTION),
            ("sex", "X", State.ATTENTION),
            ("marital_status", "<script>", State.ATTENTION),
        ],
    )
    def test_in_a_person_gets_a_message_and_never_a_fault(self, desk, registration, name, value, state):
        address = page("section", registration, "head")
        response = desk.post(address, HEAD_ANSWERS | {name: value, "version": "1", "action": "continue"})
        assert response.status_code == (302 if state is State.DONE else 422)
        assert states(registration)["head"] is state
        assert desk.get(address).status_code == 200
        assert desk.get(page("check", registration)).status_code == 200

    def test_cannot_bring_in_more_than_was_asked(self, desk, registration):
        data = answers(registration.area)["assets"] | {"version": "1", "is_staff": "1", "reason-" + "x" * 900: "y"}
        desk.post(page("section", registration, "assets"), data)
        row = registration.sections.get(code="assets")
        assert "is_staff" not in row.typed
        assert all(len(key) <= 120 for key in row.reasons)

    @pytest.mark.parametrize("version", ["", "-1", "١", "x", "9" * 50])
    def test_with_a_version_that_is_none_is_a_conflict(self, desk, registration, version):
        data = answers(registration.area)["assets"] | {"computer": "1", "version": version}
        assert desk.post(page("section", registration, "assets"), data).status_code == 409

    def test_an_unknown_section_is_not_found(self, desk, registration):
        assert desk.get(page("section", registration, "secrets")).status_code == 404

    def test_a_file_that_is_none_is_refused_beside_the_field(self, desk, registration):
        upload = SimpleUploadedFile("card.jpg", b"<html>", content_type="image/jpeg")
        assert desk.post(page("document_add", registration), {"file": upload}).status_code == 422

"""The pages of change requests, as the two people use them."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from beneficiaries.changes import KINDS
from beneficiaries.models import ChangeRequest, Household
from beneficiaries.services import change_requests as services
from beneficiaries.services.households import NewPerson, add_member, register_person
from ministry.documents.access import may_read
from ministry.models import DisclosureEntry, User
from ministry.slots import desk_tasks
from tests.beneficiaries.change_factories import (
    applied,
    caseworker,
    district,
    draft,
    family,
    member,
    person,
    picture,
    submitted,
    supervisor,
    with_papers,
)
from tests.beneficiaries.factories import IdentifierFactory, household_of

pytestmark = pytest.mark.django_db
LIST = reverse("beneficiaries:change_list")


@pytest.fixture
def home() -> Household:
    return family()


@pytest.fixture
def writer(home) -> User:
    return caseworker(home.area)


def desk_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(name: str, *arguments: object) -> str:
    return reverse(f"beneficiaries:{name}", args=arguments)


def text_of(response) -> str:
    return response.content.decode()


class TestWriting:
    def test_every_kind_has_a_form_that_opens(self, home, writer):
        desk = desk_of(writer)
        kinds = text_of(desk.get(page("change_kinds", home.household_ref)))
        for code in KINDS:
            address = page("change_create", home.household_ref, code)
            assert address in kinds
            assert desk.get(address).status_code == 200

    def test_leads_from_form_to_paper_to_submission(self, home, writer):
        desk = desk_of(writer)
        answer = desk.post(
            page("change_create", home.household_ref, "income"),
            {"income_monthly": "٩٠٠", "effective_on": "1/5/2026", "note": "فقد عمله"},
        )
        request = ChangeRequest.objects.get()
        assert answer.url == request.get_absolute_url()
        shown = text_of(desk.get(answer.url))
        assert "1200.000" in shown
        assert "900" in shown
        assert desk.post(page("change_submit", request.pk)).status_code == 409
        desk.post(page("change_paper", request.pk), {"kind": "income_proof", "paper": picture()})
        assert desk.post(page("change_submit", request.pk)).status_code == 302
        request.refresh_from_db()
        assert request.status == "submitted"
        assert may_read(supervisor(home.area), request.evidence.get().document)

    def test_keeps_what_was_typed_when_it_would_change_nothing(self, home, writer):
        answer = desk_of(writer).post(
            page("change_create", home.household_ref, "income"),
            {"income_monthly": "1200", "effective_on": "1/5/2026", "note": "ملاحظة"},
        )
        assert answer.status_code == 409
        assert "ملاحظة" in text_of(answer)

    @pytest.mark.parametrize(
        ("kind", "typed", "field"),
        [
            ("death", {}, "person"),
            ("income", {"income_monthly": "many"}, "income_monthly"),
            ("income", {"income_monthly": "-5"}, "income_monthly"),
            ("income", {"income_monthly": "9" * 30}, "income_monthly"),
            ("birth", {"full_name": "ن" * 301, "sex": "F"}, "full_name"),
            ("move", {"address": "x"}, "area"),
            ("identity", {"person": "999999999"}, "person"),
            ("arrival", {"number": "\u202e12", "relationship": "child"}, "number"),
            ("split", {"destination": "moon"}, "destination"),
        ],
    )
    def test_names_the_field_that_is_wrong(self, home, writer, kind, typed, field):
        answer = desk_of(writer).post(
            page("change_create", home.household_ref, kind), {"effective_on": "1/5/2026"} | typed
        )
        assert answer.status_code == 422
        assert field in answer.context["form"].errors

    @pytest.mark.parametrize("day", ["1/1/0001", "31/2/2026", "tomorrow", "", "1/1/2199"])
    def test_refuses_days_that_cannot_be(self, home, writer, day):
        answer = desk_of(writer).post(
            page("change_create", home.household_ref, "income"), {"income_monthly": "5", "effective_on": day}
        )
        assert answer.status_code == 422
        assert "effective_on" in answer.context["form"].errors

    def test_nul_and_direction_marks_do_not_reach_the_register(self, home, writer):
        desk_of(writer).post(
            page("change_create", home.household_ref, "birth"),
            {
                "full_name": "\u202eآدم\u200f كمال",
                "sex": "M",
                "mother": member(home, "spouse").pk,
                "effective_on": "1/5/2026",
            },
        )
        assert ChangeRequest.objects.get().answers["full_name"] == "آدم كمال"

    def test_ones_own_draft_can_be_written_again(self, home, writer):
        request = draft("schooling", home, writer, person=member(home, "child").pk, in_school="no")
        desk = desk_of(writer)
        form = desk.get(page("change_edit", request.pk))
        assert form.context["form"]["in_school"].value() == "no"
        desk.post(
            page("change_edit", request.pk),
            {
                "person": member(home, "child").pk,
                "in_school": "yes",
                "years_schooling": "7",
                "effective_on": "2/5/2026",
            },
        )
        request.refresh_from_db()
        assert request.answers["years_schooling"] == 7
        assert desk_of(caseworker(home.area)).get(page("change_edit", request.pk)).status_code == 403

    def test_refuses_a_paper_that_is_none(self, home, writer):
        request = draft("income", home, writer, income_monthly="900")
        fake = picture()
        fake.file.seek(0)
        fake.file.write(b"not a picture")
        fake.file.seek(0)
        answer = desk_of(writer).post(page("change_paper", request.pk), {"kind": "income_proof", "paper": fake})
        assert answer.status_code == 422
        assert not request.evidence.exists()

    def test_a_paper_can_be_taken_out_again(self, home, writer):
        request = with_papers(draft("income", home, writer, income_monthly="900"))
        desk_of(writer).post(page("change_paper_remove", request.pk, request.evidence.get().pk))
        assert not request.evidence.exists()


class TestSomebodyRegisteredAlready:
    BORN = dt.date(2019, 4, 3)

    def new_child(self, home: Household, writer: User) -> ChangeRequest:
        return submitted(
            "arrival",
            home,
            writer,
            full_name="نورهان سيد عبد الحميد",
            sex="F",
            birth_date="3/4/2019",
            mother_name="هدى فؤاد منصور",
            relationship="grandchild",
        )

    def registered(self, area) -> Household:
        register = household_of(person("سيد عبد الحميد علي"), area=area)
        child = register_person(
            NewPerson(full_name="نورهان سيد عبد الحميد", sex="F", birth_date=self.BORN, mother_name="هدى فؤاد منصور")
        )
        add_member(household=register, individual=child, relationship="child", joined_on=self.BORN)
        return register

    def test_is_shown_to_both_people(self, home, writer):
        other = self.registered(home.area)
        request = self.new_child(home, writer)
        for reader in (writer, supervisor(home.area)):
            assert other.get_absolute_url() in text_of(desk_of(reader).get(request.get_absolute_url()))

    def test_elsewhere_only_the_area_is_told(self, home, writer):
        other = self.registered(district("EG-T9"))
        shown = text_of(desk_of(writer).get(self.new_child(home, writer).get_absolute_url()))
        assert other.area.name in shown
        assert other.household_ref not in shown
        assert member(other, "child").person_ref not in shown


class TestDeciding:
    def test_the_second_person_sees_and_approves(self, home, writer):
        request = submitted("head", home, writer, new_head=member(home, "spouse").pk)
        second = desk_of(supervisor(home.area))
        assert page("change_approve", request.pk) in text_of(second.get(request.get_absolute_url()))
        assert second.post(page("change_approve", request.pk)).status_code == 302
        request.refresh_from_db()
        assert request.status == "applied"
        assert second.post(page("change_approve", request.pk)).status_code == 409

    def test_the_writer_is_offered_neither(self, home):
        writer = supervisor(home.area)
        request = submitted("income", home, writer, income_monthly="900")
        desk = desk_of(writer)
        assert page("change_approve", request.pk) not in text_of(desk.get(request.get_absolute_url()))
        assert desk.post(page("change_approve", request.pk)).status_code == 409
        assert desk.get(page("change_refuse", request.pk)).status_code == 403

    def test_shows_both_values_when_the_file_has_changed_meanwhile(self, home, writer):
        request = submitted("income", home, writer, income_monthly="900")
        applied("income", home, income_monthly="1000")
        second = desk_of(supervisor(home.area))
        for answer in (second.get(request.get_absolute_url()), second.post(page("change_approve", request.pk))):
            assert "1200.000" in text_of(answer)
            assert "1000.000" in text_of(answer)
        assert answer.status_code == 409

    def test_refusal_asks_for_a_reason(self, home, writer):
        request = submitted("income", home, writer, income_monthly="900")
        second = desk_of(supervisor(home.area))
        assert second.get(page("change_refuse", request.pk)).status_code == 200
        assert second.post(page("change_refuse", request.pk), {"reason": ""}).status_code == 422
        assert second.post(page("change_refuse", request.pk), {"reason": "الإثبات قديم"}).status_code == 302
        request.refresh_from_db()
        assert (request.status, request.reason) == ("refused", "الإثبات قديم")

    def test_the_writer_withdraws(self, home, writer):
        request = submitted("income", home, writer, income_monthly="900")
        desk = desk_of(writer)
        assert desk.get(page("change_withdraw", request.pk)).status_code == 200
        desk.post(page("change_withdraw", request.pk), {"reason": ""})
        request.refresh_from_db()
        assert request.status == "withdrawn"

    @pytest.mark.parametrize("verb", ["change_submit", "change_approve", "change_paper"])
    def test_nothing_is_changed_by_looking(self, home, writer, verb):
        request = submitted("income", home, writer, income_monthly="900")
        desk = desk_of(supervisor(home.area))
        assert desk.get(page(verb, request.pk)).url == request.get_absolute_url()
        request.refresh_from_db()
        assert request.status == "submitted"


class TestRights:
    def test_requests_of_other_areas_do_not_exist(self, home, writer):
        request = submitted("income", home, writer, income_monthly="900")
        stranger = desk_of(supervisor(district("EG-T9")))
        for name in ("change_detail", "change_approve", "change_refuse", "change_withdraw", "change_edit"):
            assert stranger.get(page(name, request.pk)).status_code == 404
        assert stranger.post(page("change_approve", request.pk)).status_code == 404
        assert stranger.get(page("change_kinds", home.household_ref)).status_code == 404
        assert request.get_absolute_url() not in text_of(stranger.get(LIST))
        assert not may_read(supervisor(district("EG-T8")), request.evidence.get().document)

    def test_a_household_elsewhere_cannot_be_named(self, home, writer):
        other = family(area=district("EG-T9"))
        answer = desk_of(writer).post(
            page("change_create", home.household_ref, "join"),
            {"other_household": other.household_ref, "their_head_is": "child", "effective_on": "1/5/2026"},
        )
        assert answer.status_code == 422

    def test_numbers_are_masked_for_those_who_only_look(self, home, writer):
        wife = member(home, "spouse")
        IdentifierFactory(individual=wife, value="28406150112349")
        request = submitted("identity", home, writer, person=wife.pk, national_id="28406152501224")
        reader = desk_of(caseworker(home.area))
        assert "28406152501224" not in text_of(reader.get(request.get_absolute_url()))
        second = supervisor(home.area)
        assert "28406152501224" in text_of(desk_of(second).get(request.get_absolute_url()))
        assert DisclosureEntry.objects.filter(reader=second, fields__contains=["identifiers"]).exists()


class TestFinding:
    def test_the_list_filters(self, home, writer):
        waiting = submitted("income", home, writer, income_monthly="900")
        own = draft("income", home, supervisor(home.area), income_monthly="800")
        desk = desk_of(writer)
        assert own.get_absolute_url() in text_of(desk.get(LIST))
        for query in ("status=submitted", "mine=yes", f"kind=income&status=submitted&q={home.household_ref}"):
            shown = text_of(desk.get(f"{LIST}?{query}"))
            assert waiting.get_absolute_url() in shown
            assert own.get_absolute_url() not in shown

    def test_the_list_asks_as_much_for_many_as_for_two(self, writer, home):
        desk = desk_of(writer)

        def statements() -> int:
            with CaptureQueriesContext(
                connection,
            ) as asked:
                desk.get(LIST)
            return len(asked)

        for amount in ("900", "901"):
            draft("income", home, writer, income_monthly=amount)
        few = statements()
        for amount in range(800, 808):
            draft("income", home, writer, income_monthly=str(amount))
        assert statements() == few

    def test_the_desk_tells_both_what_waits(self, home, writer):
        draft("income", home, writer, income_monthly="800")
        submitted("income", home, writer, income_monthly="900")
        second = supervisor(home.area)

        def tasks(user: User) -> list[str]:
            return [task.url for provider in desk_tasks for task in provider(user)]

        assert f"{LIST}?status=draft&mine=yes" in tasks(writer)
        assert f"{LIST}?status=submitted" in tasks(second)
        assert f"{LIST}?status=submitted" not in tasks(writer)

    def test_the_file_shows_requests_and_the_ways_to_new_ones(self, home, writer):
        request = submitted("income", home, writer, income_monthly="900")
        services.refuse_change_request(request=request, actor=supervisor(), reason="الإثبات قديم")
        shown = text_of(desk_of(writer).get(home.get_absolute_url()))
        assert request.get_absolute_url() in shown
        assert "الإثبات قديم" in shown
        for kind in ("split", "join", "move", "head"):
            assert page("change_create", home.household_ref, kind) in shown

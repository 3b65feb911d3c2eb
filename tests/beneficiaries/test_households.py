import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from beneficiaries.models import Household, HouseholdFacts
from beneficiaries.queries import search
from beneficiaries.queries.search import find_households
from beneficiaries.services.facts import refresh_facts
from beneficiaries.services.households import verify_household
from beneficiaries.slots import HouseholdPanel, TimelineItem, household_panels, timeline_sources
from ministry.documents.access import may_read
from ministry.exceptions import TransitionNotAllowed
from ministry.models import AuditEntry, DisclosureEntry, Document
from ministry.text import name_key, name_skeletons, phone_key
from tests.beneficiaries.factories import (
    DisabilityFactory,
    DuplicatePairFactory,
    DwellingFactory,
    HouseholdFactory,
    IdentifierFactory,
    MembershipFactory,
    household_of,
)
from tests.ministry.factories import AreaFactory, UserFactory

pytestmark = pytest.mark.django_db
READ = ["beneficiaries.view_household", "beneficiaries.view_individual", "beneficiaries.view_duplicatepair"]
LIST = reverse("beneficiaries:household_list")


def named(name: str, **traits) -> dict:
    return traits | {"full_name": name, "name_key": name_key(name), "name_skeletons": name_skeletons(name)}


def file_of(household: Household) -> str:
    return reverse("beneficiaries:household_detail", args=[household.household_ref])


@pytest.fixture
def area():
    return AreaFactory()


@pytest.fixture
def caseworker(area):
    return UserFactory(
        permissions=[*READ, "beneficiaries.reveal_individual", "beneficiaries.verify_household"],
        permissions__area=area,
    )


@pytest.fixture
def desk(client, caseworker):
    client.force_login(caseworker)
    return client


def found(text: str) -> set[str]:
    return set(find_households(Household.objects.all(), text).households.values_list("household_ref", flat=True))


class TestFindHouseholds:
    @pytest.fixture(autouse=True)
    def _register(self, area):
        self.ahmed = household_of(
            named("أحمد مصطفى عبد الرحمن", phone="01012345678", phone_key=phone_key("01012345678")),
            named("فاطمة أحمد مصطفى"),
            area=area,
            household_ref="H0000001",
            phone="0223456789",
            phone_key=phone_key("0223456789"),
        )
        IdentifierFactory(individual=self.ahmed.memberships.first().individual, value="29001011234567")
        self.mona = household_of(named("منى إبراهيم"), area=area, household_ref="ASY/2024-7")

    @pytest.mark.parametrize(
        "text",
        [
            "أحمد",
            "احمد",
            "أحمَد",
            "Ahmed",
            "ahmad mostafa",
            "مصطفي احمد",
            "عبدالرحمن",
            "فاطمه",
            "29001011234567",
            "٢٩٠٠١٠١١٢٣٤٥٦٧",
            "01012345678",
            "+20 101 234 5678",
            "٠١٠١٢٣٤٥٦٧٨",
            "0223456789",
            "H0000001",
            "h0000001",
            "H0000",
        ],
    )
    def test_finds_a_household_by_whatever_one_has(self, text):
        assert "H0000001" in found(text)

    @pytest.mark.parametrize("text", ["ASY/2024-7", "asy/2024-7", "Mona Ibrahim", "ابراهيم منى"])
    def test_finds_the_other_one(self, text):
        assert found(text) == {"ASY/2024-7"}

    @pytest.mark.parametrize("text", ["أحمد إبراهيم", "2900101123456", "H9", "؟؟", "999", "'; DROP TABLE x; --"])
    def test_finds_nothing_where_nothing_fits(self, text):
        assert found(text) == set()

    def test_all_parts_must_belong_to_one_member(self):
        assert found("فاطمة عبد الرحمن") == set()

    def test_an_empty_search_keeps_everything(self):
        assert found("  ") == {"H0000001", "ASY/2024-7"}

    def test_finds_by_the_number_of_a_person(self):
        person = self.mona.memberships.get().individual
        assert found(person.person_ref) == {"ASY/2024-7"}

    def test_somebody_who_left_no_longer_leads_here(self):
        self.mona.memberships.update(left_on=dt.date(2026, 1, 1))
        assert found("منى إبراهيم") == set()

    def test_common_names_give_the_same_answer_as_rare_ones(self, monkeypatch):
        rare = {text: found(text) for text in ("أحمد", "منى", "مصطفى أحمد")}
        monkeypatch.setattr(search, "common_from", lambda people: -1)
        result = find_households(Household.objects.all(), "أحمد")
        assert result.estimate is not None
        assert {text: found(text) for text in rare} == rare

    def test_a_misjudged_look_up_falls_back_to_walking(self, monkeypatch):
        monkeypatch.setattr(search, "MISJUDGED_FROM", 0)
        assert found("أحمد") == {"H0000001"}


class TestHouseholdList:
    def test_shows_only_the_readers_area(self, desk, area):
        here, elsewhere = household_of({}, area=area), household_of({})
        page = desk.get(LIST).content.decode()
        assert here.household_ref in page
        assert elsewhere.household_ref not in page

    def test_a_search_does_not_reach_beyond_it(self, desk):
        elsewhere = household_of({})
        assert elsewhere.household_ref not in desk.get(LIST, {"q": "سعاد"}).content.decode()
        page = desk.get(LIST, {"q": elsewhere.household_ref}).content.decode()
        assert file_of(elsewhere) not in page

    def test_costs_the_same_for_two_rows_as_for_fifty(self, desk, area):
        def cost() -> int:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert desk.get(LIST).status_code == 200
            return len(queries)

        for _number in range(2):
            household_of({}, {}, area=area)
        refresh_facts()
        few = cost()
        for _number in range(48):
            household_of({}, {}, area=area)
        refresh_facts()
        assert cost() == few

    @pytest.mark.parametrize(
        "query",
        [
            {"status": "verified"},
            {"duplicates": "yes"},
            {"duplicates": "no"},
            {"sort": "entered"},
            {"sort": "-entered", "q": "سعاد"},
            {"q": "x" * 200},
            {"after": "rubbish"},
        ],
    )
    def test_answers_every_filter(self, desk, area, query):
        household_of({}, area=area)
        assert desk.get(LIST, query).status_code == 200

    @pytest.mark.parametrize(
        "query",
        [
            {"status": "lost"},
            {"governorate": "XX"},
            {"district": "XX"},
            {"batch": "9"},
            {"duplicates": "maybe"},
            {"q": "x" * 201},
        ],
    )
    def test_a_filter_that_is_not_understood_shows_nothing(self, desk, area, query):
        household = household_of({}, area=area)
        response = desk.get(LIST, query)
        assert response.status_code == 400
        assert file_of(household) not in response.content.decode()

    def test_filters_by_district(self, client, area):
        district = AreaFactory(level="district", parent=area, code=f"{area.code}-01")
        inside, outside = household_of({}, area=district), household_of({}, area=area)
        client.force_login(UserFactory(permissions=READ))
        page = client.get(LIST, {"governorate": area.code, "district": district.code}).content.decode()
        assert file_of(inside) in page
        assert file_of(outside) not in page

    def test_marks_and_finds_possible_duplicates(self, desk, area):
        clean = household_of({}, area=area)
        doubtful = household_of({}, area=area)
        DuplicatePairFactory(
            individual_a=doubtful.memberships.get().individual,
            individual_b=household_of({}).memberships.get().individual,
        )
        page = desk.get(LIST, {"duplicates": "yes"}).content.decode()
        assert file_of(doubtful) in page
        assert file_of(clean) not in page

    def test_is_refused_without_the_right(self, client):
        client.force_login(UserFactory(permissions=["programs.view_program"]))
        assert client.get(LIST).status_code == 403


class TestHouseholdFile:
    @pytest.fixture
    def household(self, area):
        household = household_of(
            {"full_name": "كريمة سيد", "phone": "01099988877", "years_schooling": 6},
            {"full_name": "يوسف علي", "birth_date": None},
            area=area,
            income_monthly=None,
        )
        DwellingFactory(household=household)
        first = household.memberships.order_by("pk").first().individual
        IdentifierFactory(individual=first, value="28806151234567")
        DisabilityFactory(individual=first)
        refresh_facts([household.pk])
        return household

    def test_shows_members_home_facts_and_what_is_missing(self, desk, household):
        page = desk.get(file_of(household)).content.decode()
        for expected in ("كريمة سيد", "يوسف علي", household.household_ref):
            assert expected in page

    def test_masks_numbers(self, desk, household):
        page = desk.get(file_of(household)).content.decode()
        assert "28806151234567" not in page
        assert "01099988877" not in page
        assert "4567" in page

    def test_is_not_found_outside_the_readers_area(self, desk):
        assert desk.get(file_of(household_of({}))).status_code == 404

    def test_finds_a_file_number_with_a_slash(self, desk, area):
        assert desk.get(file_of(household_of({}, area=area, household_ref="2024/117"))).status_code == 200

    def test_opening_is_logged_once_per_visit(self, desk, household, caseworker):
        for _number in range(3):
            desk.get(file_of(household))
        (entry,) = DisclosureEntry.objects.all()
        assert (entry.reader, entry.subject_id, entry.subject_type) == (
            caseworker,
            household.pk,
            "beneficiaries.household",
        )

    def test_is_never_kept_in_a_cache(self, desk, household):
        assert "no-store" in desk.get(file_of(household))["Cache-Control"]

    def test_costs_the_same_however_many_live_there(self, desk, area):
        def cost(household: Household) -> int:
            desk.get(file_of(household))
            with CaptureQueriesContext(connection) as queries:
                desk.get(file_of(household))
            return len(queries)

        small, large = household_of({}, area=area), household_of(*({} for _number in range(12)), area=area)
        for household in (small, large):
            for membership in household.memberships.all():
                IdentifierFactory(individual=membership.individual)
                DisabilityFactory(individual=membership.individual)
        refresh_facts()
        assert cost(small) == cost(large)

    def test_says_what_nobody_has_answered(self, desk, household, settings):
        desk.cookies["django_language"] = "en"
        page = desk.get(file_of(household), HTTP_ACCEPT_LANGUAGE="en").content.decode()
        assert "Monthly income" in page
        assert "Date of birth: not known of 1" in page

    def test_shows_amounts_as_text_not_as_markup(self, desk, area):
        household = household_of({}, area=area, income_monthly=1500)
        refresh_facts([household.pk])
        page = desk.get(file_of(household)).content.decode()
        assert "1,500" in page
        assert "&lt;bdi" not in page

    def test_warns_of_a_hold(self, desk, household, area):
        DuplicatePairFactory(
            individual_a=household.memberships.first().individual,
            individual_b=household_of({"full_name": "شخص من مكان آخر"}).memberships.get().individual,
        )
        page = desk.get(file_of(household)).content.decode()
        assert 'id="duplicates"' in page
        assert "شخص من مكان آخر" not in page

    def test_shows_a_household_without_anything(self, desk, area):
        assert desk.get(file_of(HouseholdFactory(area=area))).status_code == 200

    def test_has_room_for_panels_and_moments_of_higher_apps(self, desk, household, monkeypatch):
        def panel(permission: str, context) -> HouseholdPanel:
            return HouseholdPanel("extra", "لوحة إضافية", "components/_facts.html", context, permission)

        moment = TimelineItem(timezone.now(), "حدث من تطبيق آخر")
        monkeypatch.setattr(
            household_panels,
            "_entries",
            [
                (1, panel("beneficiaries.view_household", lambda household, user: {"rows": [("سطر", "قيمة مضافة")]})),
                (2, panel("programs.view_payment", lambda household, user: {"rows": [("سطر", "قيمة محجوبة")]})),
                (3, panel("beneficiaries.view_household", lambda household, user: None)),
            ],
        )
        monkeypatch.setattr(timeline_sources, "_entries", [(1, lambda household, user: [moment])])
        page = desk.get(file_of(household)).content.decode()
        assert page.count("لوحة إضافية") == 1
        assert "قيمة مضافة" in page
        assert "قيمة محجوبة" not in page
        assert "حدث من تطبيق آخر" in page

    def test_the_timeline_tells_what_changed_but_no_phone(self, desk, household):
        household.address = "شارع الجمهورية"
        household.phone = "01555544433"
        household.save()
        page = desk.get(file_of(household)).content.decode()
        assert "شارع الجمهورية" in page
        assert "01555544433" not in page


class TestReveal:
    @pytest.fixture
    def household(self, area):
        household = household_of({"phone": "01099988877"}, {"phone": "01011122233"}, area=area)
        IdentifierFactory(individual=household.memberships.order_by("pk").first().individual, value="28806151234567")
        return household

    def address(self, household: Household) -> str:
        person = household.memberships.order_by("pk").first().individual
        return reverse("beneficiaries:household_reveal", args=[household.household_ref, person.person_ref])

    def test_shows_one_persons_numbers_in_this_answer_and_logs_it(self, desk, household, caseworker):
        page = desk.post(self.address(household)).content.decode()
        assert "28806151234567" in page
        assert "01099988877" in page
        assert "01011122233" not in page
        entry = DisclosureEntry.objects.get(subject_type="beneficiaries.individual")
        assert (entry.reader, set(entry.fields)) == (caseworker, {"identifiers", "phone"})
        assert "28806151234567" not in desk.get(file_of(household)).content.decode()

    def test_reloading_does_not_show_them_again(self, desk, household):
        assert desk.get(self.address(household)).status_code == 302

    def test_takes_the_right(self, client, household, area):
        client.force_login(UserFactory(permissions=READ, permissions__area=area))
        assert client.post(self.address(household)).status_code == 403
        assert not DisclosureEntry.objects.exists()

    def test_takes_the_right_in_this_area(self, client, household):
        reader = UserFactory(permissions=READ)
        elsewhere = UserFactory(permissions=["beneficiaries.reveal_individual"], permissions__area=AreaFactory())
        reader.assignments.create(role=elsewhere.assignments.get().role, area=elsewhere.assignments.get().area)
        client.force_login(reader)
        assert client.post(self.address(household)).status_code == 403

    def test_only_members_of_this_household(self, desk, household, area):
        other = household_of({}, area=area).memberships.get().individual
        address = reverse("beneficiaries:household_reveal", args=[household.household_ref, other.person_ref])
        assert desk.post(address).status_code == 404


class TestVerify:
    def test_moves_a_registered_household_to_verified(self, area, caseworker):
        household = verify_household(household=household_of({}, area=area), actor=caseworker)
        assert household.status == Household.Status.VERIFIED
        assert AuditEntry.objects.get(action="household.verified").actor == caseworker

    @pytest.mark.parametrize("status", [Household.Status.VERIFIED, Household.Status.INACTIVE])
    def test_refuses_other_statuses(self, area, caseworker, status):
        with pytest.raises(TransitionNotAllowed):
            verify_household(household=household_of({}, area=area, status=status), actor=caseworker)

    def test_takes_the_right_in_the_households_area(self, caseworker):
        with pytest.raises(PermissionDenied):
            verify_household(household=household_of({}), actor=caseworker)

    def test_by_the_page(self, desk, area):
        household = household_of({}, area=area)
        address = reverse("beneficiaries:household_verify", args=[household.household_ref])
        assert desk.get(address).status_code == 302
        assert desk.post(address).status_code == 302
        assert desk.post(address).status_code == 409
        household.refresh_from_db()
        assert household.status == Household.Status.VERIFIED


def test_facts_row_is_not_needed_for_the_list(desk, area):
    household_of({}, area=area)
    assert not HouseholdFacts.objects.exists()
    assert desk.get(LIST).status_code == 200


def test_members_who_left_are_not_shown_as_members(desk, area):
    household = household_of({}, area=area)
    gone = MembershipFactory(
        household=household, relationship="child", left_on=dt.date(2026, 2, 1), individual__full_name="غادر البيت"
    )
    page = desk.get(file_of(household)).content.decode()
    assert f'id="{gone.individual.person_ref}"' not in page


def test_documents_of_the_file_are_open_to_whom_the_file_is(desk, area, caseworker):
    inside, outside = household_of({}, area=area), household_of({})
    document = Document.objects.create(
        file="documents/x",
        filename="lease.pdf",
        content_type="application/pdf",
        size=1,
        sha256="0" * 64,
        scan=Document.Scan.CLEAN,
        subject_type="beneficiaries.household",
        subject_id=inside.pk,
    )
    assert reverse("document_download", args=[document.pk]) in desk.get(file_of(inside)).content.decode()
    assert may_read(caseworker, document)
    document.subject_id = outside.pk
    assert not may_read(caseworker, document)

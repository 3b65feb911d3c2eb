"""Lists, forms, refusals, error pages, language, the second factor: what every page of every app relies on."""

import copy

import pytest
from django.conf import settings as portal_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ministry.models import Area, User
from tests.ministry.factories import AreaFactory, UserFactory
from tests.ministry.pages_urls import PersonForm

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.ministry.pages_urls")]

HTML = {"HTTP_ACCEPT": "text/html"}


@pytest.fixture(autouse=True)
def _templates_of_the_tests(settings):
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"].append(settings.BASE_DIR / "tests" / "templates")
    settings.TEMPLATES = templates


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(UserFactory(permissions=["ministry.view_user"]))
    client.cookies[portal_settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


@pytest.fixture
def english(client: Client) -> Client:
    client.cookies[portal_settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


@pytest.fixture
def people() -> list[User]:
    return [UserFactory(username=f"listed{number}", language="ar" if number % 2 else "en") for number in range(8)]


def listed(response) -> list[str]:
    return [row.username for row in response.context["page"].rows]


class TestList:
    def test_shows_the_first_page_and_says_of_how_many(self, staff, people):
        response = staff.get("/people/")
        assert listed(response) == ["listed0", "listed1", "listed2"]
        assert '<bdi dir="ltr">1–3</bdi> of 8' in response.content.decode()

    def test_goes_to_other_pages_by_number_and_keeps_the_filters(self, staff, people):
        response = staff.get("/people/?language=en&page=2")
        assert listed(response) == ["listed6"]
        assert 'href="?language=en&amp;page=1"' in response.content.decode()

    @pytest.mark.parametrize("number", ["0", "99", "x", "-1", "٣", "9" * 30])
    def test_a_page_that_does_not_exist_becomes_the_nearest_one(self, staff, people, number):
        assert staff.get("/people/", {"page": number}).status_code == 200

    def test_sorts_by_a_column_and_marks_it(self, staff, people):
        response = staff.get("/people/?sort=-name")
        assert listed(response) == ["listed7", "listed6", "listed5"]
        assert 'aria-sort="descending"' in response.content.decode()

    def test_ignores_a_column_it_does_not_sort_by(self, staff, people):
        assert listed(staff.get("/people/?sort=password")) == ["listed0", "listed1", "listed2"]

    def test_shows_active_filters_as_chips_that_can_be_taken_off(self, staff, people):
        response = staff.get("/people/?language=en&q=listed&joined_after=2020-01-01")
        chips = {str(chip.text): chip.query for chip in response.context["chips"]}
        assert chips["Language: English"] == "?q=listed&joined_after=2020-01-01"
        assert len(chips) == 3

    def test_a_filter_that_is_not_understood_shows_nothing_and_says_why(self, staff, people):
        response = staff.get("/people/?language=fr")
        assert response.status_code == 400
        assert listed(response) == []
        assert "Choose one of those offered." in response.content.decode()

    def test_no_match_keeps_the_filters_and_offers_to_clear_them(self, staff, people):
        assert "Clear search and filters" in staff.get("/people/?q=nobody").content.decode()

    def test_answers_htmx_with_the_results_alone(self, staff, people):
        response = staff.get("/people/", headers={"HX-Request": "true"})
        assert "<html" not in response.content.decode()
        assert listed(response) == ["listed0", "listed1", "listed2"]
        assert "HX-Request" in response.headers["Vary"]

    def test_asks_as_often_for_many_rows_as_for_few(self, staff):
        UserFactory(username="listed-a")
        with CaptureQueriesContext(connection) as few:
            staff.get("/people/")
        for number in range(30):
            UserFactory(username=f"listed-{number}")
        with CaptureQueriesContext(connection) as many:
            staff.get("/people/")
        assert len(few) == len(many)

    def test_follows_a_key_to_the_end_and_back(self, staff, people):
        seen, query = [], ""
        while True:
            page = staff.get(f"/people/endless/{query}").context["page"]
            seen.append([row.username for row in page.rows])
            if not page.next:
                break
            query = f"?after={page.next['after']}"
        assert [name for names in seen for name in names] == [f"listed{number}" for number in range(8)]
        back = staff.get(f"/people/endless/?before={page.previous['before']}").context["page"]
        assert [row.username for row in back.rows] == seen[-2]

    @pytest.mark.parametrize("token", ["x", "W10", "WyJhIl0", "bnVsbA", "eyJhIjoxfQ"])
    def test_a_key_that_was_tampered_with_leads_to_the_first_page(self, staff, people, token):
        assert listed(staff.get("/people/endless/", {"after": token}))[0] == "listed0"

    def test_sends_nobody_without_the_right_in(self, english):
        english.force_login(UserFactory())
        assert english.get("/people/").status_code == 403

    def test_sends_visitors_to_the_sign_in_page(self, client):
        response = client.get("/people/")
        assert response.status_code == 302
        assert response.url == "/accounts/login/?next=/people/"

    def test_a_fragment_for_nobody_reloads_the_page(self, client):
        response = client.get("/people/", headers={"HX-Request": "true"})
        assert (response.status_code, response.headers["HX-Refresh"]) == (401, "true")


class TestForm:
    GOOD = {"name": "Mona", "national_number": "29801011234567", "sex": "f"}

    def test_keeps_what_was_typed_and_answers_422(self, english):
        response = english.post("/person/", self.GOOD | {"national_number": "123"})
        page = response.content.decode()
        assert response.status_code == 422
        assert 'value="123"' in page
        assert "Enter all 14 digits; you entered 3." in page
        assert 'aria-describedby="id_national_number_error"' in page
        assert 'id="id_national_number_error"' in page
        assert "<title>Error:" in page

    def test_lists_every_mistake_first_and_leads_to_the_field(self, english):
        page = english.post("/person/", {}).content.decode()
        assert page.index('role="alert"') < page.index("<label")
        assert '<a href="#id_name">Name: Fill this in.</a>' in page
        assert '<a href="#id_sex_0">Sex: Choose an answer.</a>' in page

    def test_reads_arabic_digits_and_grouping(self, english):
        form = PersonForm(
            self.GOOD
            | {
                "national_number": "٢٩٨٠١٠١ ١٢٣٤٥٦٧",
                "born_on": "٢١/٣/١٩٨٥",
                "phone": "٠١٠٠١٢٣٤٥٦٧",
                "income": "١٬٢٥٠٫٥٠",
            }
        )
        assert form.is_valid(), form.errors
        assert form.cleaned_data["national_number"] == "29801011234567"
        assert form.cleaned_data["born_on"].isoformat() == "1985-03-21"
        assert form.cleaned_data["phone"] == "+201001234567"
        assert str(form.cleaned_data["income"]) == "1250.50"

    @pytest.mark.parametrize(
        ("field", "typed", "message"),
        [
            ("born_on", "31/2/1990", "There is no such day in the calendar. Check day, month and year."),
            ("born_on", "5/90", "Enter day, month and year, for example 21/3/1985."),
            ("born_on", "1/1/90", "Enter day, month and year, for example 21/3/1985."),
            ("phone", "12", "Enter a phone number with all its digits, for example 01001234567."),
            ("income", "-5", "Enter an amount of 0 or more."),
            ("income", "much", "Enter an amount in figures, for example 1,250.50."),
            ("national_number", "2980101123456x", "Enter digits only."),
        ],
    )
    def test_says_what_to_do(self, english, field, typed, message):
        assert message in english.post("/person/", self.GOOD | {field: typed}).content.decode()

    def test_shows_a_refusal_of_the_service_with_409_and_keeps_the_rest(self, english):
        response = english.post("/person/", self.GOOD | {"name": "Nobody"})
        assert response.status_code == 409
        assert "Nobody cannot be registered." in response.content.decode()
        assert 'value="Nobody"' in response.content.decode()

    def test_marks_what_is_optional(self, english):
        assert 'Phone <span class="optional">(optional)</span>' in english.get("/person/").content.decode()

    def test_figures_are_typed_from_left_to_right(self, client):
        page = client.get("/person/").content.decode()
        assert 'inputmode="numeric"' in page
        assert 'name="national_number" dir="ltr"' in page or 'dir="ltr"' in page.split('name="national_number"')[1][:80]


class TestArea:
    def test_gives_the_district_or_the_governorate(self, english):
        governorate = AreaFactory()
        district = AreaFactory(level=Area.Level.DISTRICT, parent=governorate)
        for chosen, expected in (([governorate.pk, district.pk], district), ([governorate.pk, ""], governorate)):
            form = PersonForm(TestForm.GOOD | {"area_governorate": chosen[0], "area_district": chosen[1]})
            assert form.is_valid(), form.errors
            assert form.cleaned_data["area"] == expected

    def test_refuses_a_district_of_another_governorate(self, english):
        district = AreaFactory(level=Area.Level.DISTRICT, parent=AreaFactory())
        page = english.post(
            "/person/", TestForm.GOOD | {"area_governorate": AreaFactory().pk, "area_district": district.pk}
        )
        assert "The district does not lie in the chosen governorate." in page.content.decode()


class TestErrorPages:
    @pytest.mark.parametrize(
        ("path", "status", "words"),
        [("/nowhere/", 404, "This page does not exist"), ("/refuses/", 409, "Not while the cycle is open.")],
    )
    def test_says_what_happened_and_how_to_go_on(self, english, path, status, words):
        response = english.get(path, **HTML)
        page = response.content.decode()
        assert response.status_code == status
        assert words in page
        assert "give this code: <strong>" in page

    def test_a_fault_of_ours_is_told_without_the_database(self, english, django_assert_num_queries):
        english.raise_request_exception = False
        with django_assert_num_queries(0):
            response = english.get("/breaks/", **HTML)
        assert response.status_code == 500
        assert "Something went wrong on our side" in response.content.decode()

    def test_a_wrong_method_has_a_page_too(self, english):
        response = english.get("/language/", **HTML)
        assert response.status_code == 405
        assert "This page cannot be used like that" in response.content.decode()
        assert response.headers["Allow"] == "POST"

    def test_a_form_without_its_token_says_what_to_do(self):
        response = Client(enforce_csrf_checks=True).post("/language/", {"language": "en"})
        assert response.status_code == 403
        assert "<h1>" in response.content.decode()

    def test_a_refusal_on_a_page_is_shown_on_that_page(self, staff):
        response = staff.post("/refusing/", **HTML)
        assert response.status_code == 409
        assert "The record is closed." in response.content.decode()
        assert "<h1>A record</h1>" in response.content.decode()


class TestLanguage:
    def test_keeps_page_and_query_and_remembers_the_person(self, staff):
        response = staff.post("/language/", {"language": "ar", "next": "/people/?q=a"})
        assert response.url == "/people/?q=a"
        assert response.cookies[portal_settings.LANGUAGE_COOKIE_NAME].value == "ar"
        assert User.objects.get(pk=staff.session["_auth_user_id"]).language == "ar"

    @pytest.mark.parametrize(
        "target", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""]
    )
    def test_leads_to_no_other_site(self, client, target):
        assert client.post("/language/", {"language": "en", "next": target}).url == "/"

    def test_an_unknown_language_changes_nothing(self, client):
        response = client.post("/language/", {"language": "xx", "next": "/"})
        assert portal_settings.LANGUAGE_COOKIE_NAME not in response.cookies


class TestSecondFactor:
    def test_staff_without_one_see_nothing_but_how_to_set_it_up(self, staff, settings, people):
        settings.SECOND_FACTOR_REQUIRED = True
        response = staff.get("/people/")
        assert response.status_code == 302
        assert response.url == "/accounts/2fa/"
        assert staff.get("/accounts/2fa/").status_code == 200

    def test_citizens_are_not_asked(self, client, settings):
        settings.SECOND_FACTOR_REQUIRED = True
        assert client.get("/").status_code == 200


class TestHeaders:
    def test_pages_of_signed_in_people_stay_in_no_cache(self, staff):
        assert "no-store" in staff.get("/desk/").headers["Cache-Control"]

    def test_the_policy_allows_no_inline_script(self, client):
        policy = client.get("/").headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy

    def test_the_administration_has_no_sign_in_of_its_own(self, client):
        response = client.get("/admin/login/?next=/admin/")
        assert response.status_code == 302
        assert response.url.startswith("/accounts/login/")


def test_a_session_can_be_extended(staff):
    response = staff.post("/session/", headers={"Accept": "application/json"})
    assert response.json()["seconds"] > 0


def test_the_desk_greets_and_says_when_nothing_waits(client):
    client.force_login(UserFactory(full_name="منى السيد"))
    page = client.get("/desk/").content.decode()
    assert "منى السيد" in page

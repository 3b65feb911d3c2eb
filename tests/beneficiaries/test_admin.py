import pytest
from django.urls import reverse

from beneficiaries.models import ScoringModel
from ministry.models import DisclosureEntry
from tests.beneficiaries.factories import ScoreTermFactory, ScoringModelFactory, household_of
from tests.ministry.factories import AreaFactory, UserFactory

pytestmark = pytest.mark.django_db
MODELS = reverse("admin:beneficiaries_scoringmodel_changelist")


@pytest.fixture
def officer(client):
    names = ["view", "add", "change", "approve"]
    rights = [f"beneficiaries.{name}_scoringmodel" for name in names]
    rights += [f"beneficiaries.{name}_scoreterm" for name in ("view", "add", "change", "delete")]
    person = UserFactory(is_staff=True, permissions=rights)
    client.force_login(person)
    return person


def act(client, action: str, model: ScoringModel, note: str = "") -> str:
    data = {"action": action, "_selected_action": [model.pk], "note": note}
    client.post(MODELS, data)
    model.refresh_from_db()
    return model.status


def form_of(model: ScoringModel, **term) -> dict:
    fields = {"code": "pmt", "version": model.version, "name_ar": "نموذج", "intercept": "50", "source": ""}
    formset = {"terms-TOTAL_FORMS": 1, "terms-INITIAL_FORMS": 0}
    row = {"fact": "members", "transform": "value", "argument": "", "weight": "1", "when_unknown": ""} | term
    return fields | formset | {f"terms-0-{name}": value for name, value in row.items()}


class TestScoringModels:
    def test_a_term_that_cannot_be_computed_is_refused_beside_its_field(self, client, officer):
        model = ScoringModelFactory()
        address = reverse("admin:beneficiaries_scoringmodel_change", args=[model.pk])
        for bad in ({"fact": "floor"}, {"transform": "at_least", "argument": "many"}, {"fact": "nothing"}):
            assert client.post(address, form_of(model, **bad)).status_code == 200
            assert not model.terms.exists()
        assert client.post(address, form_of(model)).status_code == 302
        assert model.terms.get().fact == "members"

    def test_goes_from_draft_to_force_by_two_people(self, client, officer):
        model = ScoreTermFactory().scoring_model
        assert act(client, "approve", model) == "draft"
        assert act(client, "submit", model) == "submitted"
        assert act(client, "approve", model) == "submitted"
        client.force_login(
            UserFactory(
                is_staff=True, permissions=["beneficiaries.view_scoringmodel", "beneficiaries.approve_scoringmodel"]
            )
        )
        assert act(client, "send_back", model) == "submitted"
        assert act(client, "approve", model) == "in_force"

    def test_what_is_submitted_is_only_read(self, client, officer):
        model = ScoreTermFactory().scoring_model
        act(client, "submit", model)
        address = reverse("admin:beneficiaries_scoringmodel_change", args=[model.pk])
        assert client.get(address).status_code == 200
        assert client.post(address, form_of(model)).status_code == 403


def test_households_are_shown_within_the_readers_area_and_logged(client):
    area = AreaFactory()
    inside, outside = household_of({}, area=area, phone="01012345678"), household_of({})
    client.force_login(UserFactory(is_staff=True, permissions=["beneficiaries.view_household"], permissions__area=area))
    page = client.get(reverse("admin:beneficiaries_household_change", args=[inside.pk]))
    assert page.status_code == 200
    assert "01012345678" not in page.content.decode()
    assert DisclosureEntry.objects.get().subject_id == inside.pk
    assert client.get(reverse("admin:beneficiaries_household_change", args=[outside.pk])).status_code == 302
    assert client.post(reverse("admin:beneficiaries_household_change", args=[inside.pk]), {}).status_code == 403

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from beneficiaries.models import DuplicatePair
from beneficiaries.queries.pairs import compare, with_sides
from beneficiaries.services.duplicates import decide_duplicate_pair
from beneficiaries.signals import duplicate_pair_decided
from beneficiaries.workflows import DUPLICATE_PAIR
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import AuditEntry, DisclosureEntry
from tests.beneficiaries.factories import DuplicatePairFactory, IdentifierFactory, household_of
from tests.ministry.factories import AreaFactory, UserFactory

pytestmark = pytest.mark.django_db
S = DuplicatePair.Status
RIGHTS = [
    "beneficiaries.view_household",
    "beneficiaries.view_duplicatepair",
    "beneficiaries.decide_duplicatepair",
]
LIST = reverse("beneficiaries:duplicate_list")


@pytest.fixture
def area():
    return AreaFactory()


def pair_in(area_a, area_b=None, **fields) -> DuplicatePair:
    return DuplicatePairFactory(
        individual_a=household_of({"full_name": "سميرة عادل"}, area=area_a).memberships.get().individual,
        individual_b=household_of({"full_name": "سميره عادل"}, area=area_b or area_a).memberships.get().individual,
        **fields,
    )


def page_of(pair: DuplicatePair) -> str:
    return reverse("beneficiaries:duplicate_detail", args=[pair.pk])


@pytest.fixture
def supervisor(area):
    return UserFactory(permissions=RIGHTS, permissions__area=area)


class TestDecideDuplicatePair:
    @pytest.mark.parametrize(("verb", "status"), [("different", S.DIFFERENT), ("same", S.SAME)])
    def test_records_the_decision_with_its_reason(
        self, area, supervisor, verb, status, django_capture_on_commit_callbacks
    ):
        told = []
        duplicate_pair_decided.connect(lambda pair_id, **kwargs: told.append(pair_id), weak=False, dispatch_uid="test")
        pair = pair_in(area)
        with django_capture_on_commit_callbacks(execute=True):
            pair = decide_duplicate_pair(pair=pair, verb=verb, actor=supervisor, note="حضرتا معًا")
        duplicate_pair_decided.disconnect(dispatch_uid="test")
        assert (pair.status, pair.decided_by, pair.note) == (status, supervisor, "حضرتا معًا")
        assert told == [pair.pk]
        assert AuditEntry.objects.get(target_id=pair.pk).action == f"duplicate_pair.decided_{verb}"

    def test_needs_a_reason(self, area, supervisor):
        with pytest.raises(RuleViolation):
            decide_duplicate_pair(pair=pair_in(area), verb="same", actor=supervisor, note="  ")

    def test_needs_the_right_in_both_areas(self, area, supervisor):
        with pytest.raises(PermissionDenied):
            decide_duplicate_pair(pair=pair_in(area, AreaFactory()), verb="same", actor=supervisor, note="نعم")

    def test_the_same_decision_twice_is_refused(self, area, supervisor):
        pair = decide_duplicate_pair(pair=pair_in(area), verb="same", actor=supervisor, note="نعم")
        with pytest.raises(TransitionNotAllowed):
            decide_duplicate_pair(pair=pair, verb="same", actor=supervisor, note="نعم")

    def test_may_be_taken_again_the_other_way(self, area, supervisor):
        pair = decide_duplicate_pair(pair=pair_in(area), verb="same", actor=supervisor, note="نعم")
        assert decide_duplicate_pair(pair=pair, verb="different", actor=supervisor, note="توأم").status == S.DIFFERENT

    def test_the_database_wants_somebody_behind_a_decision(self, area):
        pair = pair_in(area)
        with pytest.raises(IntegrityError), transaction.atomic():
            DuplicatePair.objects.filter(pk=pair.pk).update(status=S.DIFFERENT)

    @pytest.mark.parametrize("status", S.values)
    def test_each_verb_is_open_only_from_its_statuses_and_to_its_holders(self, status):
        expected = {
            S.OPEN: ["different", "same", "visit"],
            S.VISIT: ["different", "same"],
            S.SAME: ["different"],
            S.DIFFERENT: ["same"],
        }[S(status)]
        assert DUPLICATE_PAIR.available(status=status, actor=UserFactory(permissions=RIGHTS)) == expected
        assert DUPLICATE_PAIR.available(status=status, actor=UserFactory()) == []


class TestDuplicatePages:
    def test_lists_the_pairs_of_the_readers_area(self, client, supervisor, area):
        here, crossing, elsewhere = pair_in(area), pair_in(area, AreaFactory()), pair_in(AreaFactory())
        client.force_login(supervisor)
        page = client.get(LIST).content.decode()
        assert page_of(here) in page
        assert page_of(crossing) in page
        assert page_of(elsewhere) not in page
        assert client.get(page_of(elsewhere)).status_code == 404

    def test_costs_the_same_for_two_rows_as_for_twenty(self, client, supervisor, area):
        def cost() -> int:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(LIST).status_code == 200
            return len(queries)

        client.force_login(supervisor)
        for _number in range(2):
            pair_in(area)
        few = cost()
        for _number in range(18):
            pair_in(area)
        assert cost() == few

    def test_compares_without_showing_numbers_and_logs_the_reading(self, client, supervisor, area):
        pair = pair_in(area)
        for person in (pair.individual_a, pair.individual_b):
            IdentifierFactory(individual=person, value="28806151234567")
        client.force_login(supervisor)
        page = client.get(page_of(pair)).content.decode()
        assert "سميره عادل" in page
        assert "28806151234567" not in page
        assert DisclosureEntry.objects.filter(reader=supervisor).count() == 2
        (card,) = with_sides([pair], supervisor)
        agreement = {row.label: row.agrees for row in compare(card)}
        assert list(agreement.values()).count(True) >= 2

    def test_hides_who_lives_outside_the_readers_area_and_offers_no_decision(self, client, supervisor, area):
        pair = pair_in(area, AreaFactory())
        client.force_login(supervisor)
        page = client.get(page_of(pair)).content.decode()
        assert "سميره عادل" not in page
        assert 'name="verb"' not in page
        assert client.post(page_of(pair), {"verb": "same", "note": "نعم"}).status_code == 403

    def test_records_a_decision(self, client, supervisor, area):
        pair = pair_in(area)
        client.force_login(supervisor)
        assert client.post(page_of(pair), {"verb": "different", "note": "ابنتا عم"}).status_code == 302
        pair.refresh_from_db()
        assert pair.status == S.DIFFERENT

    @pytest.mark.parametrize(
        "data", [{}, {"verb": "same"}, {"verb": "merge", "note": "نعم"}, {"verb": "same", "note": " "}]
    )
    def test_keeps_what_was_typed_when_something_is_missing(self, client, supervisor, area, data):
        pair = pair_in(area)
        client.force_login(supervisor)
        response = client.post(page_of(pair), data)
        assert response.status_code == 422
        pair.refresh_from_db()
        assert pair.status == S.OPEN

    def test_readers_without_the_right_to_decide_see_no_form(self, client, area):
        pair = pair_in(area)
        client.force_login(UserFactory(permissions=RIGHTS[:2], permissions__area=area))
        assert 'name="verb"' not in client.get(page_of(pair)).content.decode()
        assert client.post(page_of(pair), {"verb": "same", "note": "نعم"}).status_code == 403

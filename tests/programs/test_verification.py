"""Samples that are looked up: drawn by chance from a kept seed, answered by people, counted with their uncertainty."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import AuditEntry, RowVersion
from programs.control.drawing import draw
from programs.control.sampling import Stratum, allocate, estimate
from programs.models import VerificationSample, VerificationVisit
from programs.queries.verification import rates_of
from programs.services.verification import draw_sample, enter_result
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs.payment_factories import (
    TAKAFUL,
    approved,
    cycle_of,
    enrol,
    household,
    in_review,
    program_in_force,
)

D = Decimal
DRAWS = ["programs.add_verificationsample", "programs.view_verificationsample"]
ENTERS = ["programs.change_verificationvisit", "programs.view_verificationsample"]


class TestAllocation:
    @pytest.mark.parametrize(
        ("size", "lines", "expected"),
        [
            (10, {"a": 50, "b": 50}, {"a": 5, "b": 5}),
            (10, {"a": 990, "b": 10}, {"a": 9, "b": 1}),
            (3, {"a": 100, "b": 1, "c": 1}, {"a": 1, "b": 1, "c": 1}),
            (2, {"a": 100, "b": 5, "c": 1}, {"a": 1, "b": 1}),
            (5, {"a": 1, "b": 1}, {"a": 1, "b": 1}),
            (4, {"a": 7, "b": 0}, {"a": 4}),
        ],
    )
    def test_in_proportion_with_one_at_least(self, size, lines, expected):
        assert allocate(size, lines) == expected

    @given(size=st.integers(1, 500), counts=st.lists(st.integers(0, 400), min_size=1, max_size=12))
    def test_always_adds_up_and_never_asks_for_more_than_there_is(self, size, counts):
        lines = dict(enumerate(counts))
        given_to = allocate(size, lines)
        assert sum(given_to.values()) == min(size, sum(lines.values()))
        assert all(1 <= count <= lines[key] for key, count in given_to.items())
        if size >= sum(1 for count in lines.values() if count):
            assert given_to.keys() == {key for key, count in lines.items() if count}


class TestEstimate:
    def test_nothing_before_the_first_answer(self):
        assert estimate([Stratum(100, 0, 0)]) is None

    def test_one_governorate_is_wilsons_interval(self):
        # Wilson (1927): 10 of 100 at 95 %.
        found = estimate([Stratum(1000, 100, 10)])
        assert (round(found.share, 4), round(found.low, 4), round(found.high, 4)) == (0.1, 0.0552, 0.1744)

    def test_governorates_count_by_their_lines(self):
        found = estimate([Stratum(900, 10, 10), Stratum(100, 10, 0)])
        assert found.share == pytest.approx(0.9)

    def test_nothing_found_is_not_nothing_there(self):
        found = estimate([Stratum(1000, 50, 0)])
        assert (found.share, found.low) == (0, 0)
        assert 0.05 < found.high < 0.09

    @given(st.lists(st.tuples(st.integers(1, 10_000), st.integers(0, 60), st.floats(0, 1)), min_size=1, max_size=8))
    def test_the_share_lies_in_its_interval_and_both_between_0_and_1(self, drawn):
        found = estimate(Stratum(lines, answered, round(answered * part)) for lines, answered, part in drawn)
        if found is not None:
            assert 0 <= found.low <= found.share + 1e-9
            assert found.share - 1e-9 <= found.high <= 1


def an_approved_cycle(*areas, households: int = 3):
    program = program_in_force(TAKAFUL)
    for area in areas or (AreaFactory(),):
        enrol(program, *(household(area=area) for _ in range(households)))
    return approved(cycle_of(program))


def drawer():
    return UserFactory(permissions=DRAWS)


@pytest.mark.django_db
class TestDraw:
    def test_the_same_seed_draws_the_same_list(self):
        cycle = an_approved_cycle(AreaFactory(), AreaFactory(), households=8)
        sample = draw_sample(cycle=cycle, size=6, actor=drawer())
        drawn = list(sample.visits.order_by("position").values_list("entitlement_id", "governorate_id"))
        assert draw(cycle, seed=sample.seed, size=sample.size) == drawn
        others = {tuple(draw(cycle, seed=seed, size=6)) for seed in range(5)}
        assert len(others) > 1

    def test_every_governorate_is_asked(self):
        large, small = AreaFactory(), AreaFactory()
        program = program_in_force(TAKAFUL)
        enrol(program, *(household(area=large) for _ in range(9)), household(area=small))
        sample = draw_sample(cycle=approved(cycle_of(program)), size=3, actor=drawer())
        asked = {(visit.governorate, visit.governorate_lines) for visit in sample.visits.all()}
        assert asked == {(large, 9), (small, 1)}
        assert (sample.size, sample.population) == (3, 10)

    def test_each_line_is_as_likely_as_any_other(self):
        cycle = an_approved_cycle(households=10)
        times = dict.fromkeys(cycle.entitlements.values_list("pk", flat=True), 0)
        for seed in range(400):
            for line, _governorate in draw(cycle, seed=seed, size=3):
                times[line] += 1
        # 120 expected; seeds are fixed, so this either holds or does not.
        assert all(80 < count < 160 for count in times.values())

    def test_refusals(self):
        cycle = an_approved_cycle()
        for size in (0, 4, -1):
            with pytest.raises(RuleViolation):
                draw_sample(cycle=cycle, size=size, actor=drawer())
        with pytest.raises(PermissionDenied):
            draw_sample(cycle=cycle, size=1, actor=UserFactory())
        with pytest.raises(PermissionDenied):
            draw_sample(cycle=cycle, size=1, actor=UserFactory(permissions=DRAWS, permissions__area=AreaFactory()))
        program = program_in_force(TAKAFUL)
        enrol(program, household())
        with pytest.raises(TransitionNotAllowed):
            draw_sample(cycle=in_review(cycle_of(program)), size=1, actor=drawer())

    def test_whoever_prepared_does_not_draw(self):
        both = UserFactory(permissions=["programs.add_paymentcycle", *DRAWS])
        program = program_in_force(TAKAFUL)
        enrol(program, household())
        with pytest.raises(RuleViolation):
            draw_sample(cycle=approved(cycle_of(program, actor=both)), size=1, actor=both)

    def test_what_was_drawn_stands(self):
        sample = draw_sample(cycle=an_approved_cycle(), size=2, actor=drawer())
        first, second = sample.visits.all()
        with pytest.raises(DatabaseError), transaction.atomic():
            VerificationSample.objects.update(seed=1)
        with pytest.raises(DatabaseError, match="was drawn"), transaction.atomic():
            VerificationVisit.objects.filter(pk=first.pk).update(governorate_lines=1)
        with pytest.raises(DatabaseError), transaction.atomic():
            second.delete()


@pytest.mark.django_db
class TestEnter:
    def enter(self, visit, result="found", **options):
        given = {"visited_on": timezone.localdate(), "actor": UserFactory(permissions=ENTERS)} | options
        return enter_result(visit=visit, result=result, **given)

    def test_results_and_their_rates(self):
        sample = draw_sample(cycle=an_approved_cycle(households=4), size=4, actor=drawer())
        one, two, three, _four = sample.visits.all()
        assert rates_of(sample) == []
        self.enter(one)
        self.enter(two, "not_found", note="moved away")
        self.enter(three, "other_amount", amount_found=D("300"))
        rates = {rate.result: (rate.found, round(rate.share)) for rate in rates_of(sample)}
        assert rates == {"found": (1, 33), "not_found": (1, 33), "other_amount": (1, 33)}

    @pytest.mark.parametrize(
        ("result", "options"),
        [
            ("", {}),
            ("nonsense", {}),
            ("not_found", {"note": " "}),
            ("other_amount", {}),
            ("other_amount", {"amount_found": D("325")}),
            ("other_amount", {"amount_found": D("-1")}),
            ("other_amount", {"amount_found": D("1.005")}),
            ("found", {"visited_on": timezone.localdate() + dt.timedelta(days=2)}),
            ("found", {"visited_on": dt.date(2020, 1, 1)}),
        ],
    )
    def test_refusals(self, result, options):
        sample = draw_sample(cycle=an_approved_cycle(), size=1, actor=drawer())
        with pytest.raises(RuleViolation):
            self.enter(sample.visits.get(), result, **options)
        assert sample.visits.get().result == ""

    def test_a_correction_leaves_the_former_answer_in_the_history(self):
        sample = draw_sample(cycle=an_approved_cycle(), size=1, actor=drawer())
        self.enter(sample.visits.get(), "not_found", note="nobody at home")
        self.enter(sample.visits.get(), "found")
        former = RowVersion.objects.filter(table_name="programs_verificationvisit").latest("id")
        assert former.row["result"] == "not_found"
        with pytest.raises(DatabaseError, match="corrected"), transaction.atomic():
            sample.visits.update(
                result="", entered_by=None, entered_at=None, visited_on=None, amount_found=None, note=""
            )

    def test_only_where_one_is_appointed(self):
        sample = draw_sample(cycle=an_approved_cycle(), size=1, actor=drawer())
        with pytest.raises(PermissionDenied):
            self.enter(sample.visits.get(), actor=UserFactory(permissions=ENTERS, permissions__area=AreaFactory()))

    def test_the_database_wants_to_know_who_and_which_amount(self):
        sample = draw_sample(cycle=an_approved_cycle(), size=1, actor=drawer())
        for change in ({"result": "found"}, {"amount_found": 1}):
            with pytest.raises(IntegrityError), transaction.atomic():
                sample.visits.update(**change)


@pytest.mark.django_db
class TestPages:
    def test_from_drawing_to_the_rates_on_the_cycles_page(self, client):
        cycle = an_approved_cycle()
        person = UserFactory(permissions=[*DRAWS, *ENTERS, "programs.view_paymentcycle"])
        client.force_login(person)
        address = reverse("programs:cycle_samples", args=[cycle.pk])
        assert client.post(address, {"size": "400"}).status_code == 409
        assert client.post(address, {"size": "many"}).status_code == 422
        assert client.post(address, {"size": "٢"}).status_code == 302
        sample = cycle.samples.get()
        visit = sample.visits.first()
        page = reverse("programs:verification_visit", args=[visit.pk])
        today = timezone.localdate()
        answer = {"result": "other_amount", "visited_on": f"{today.day}/{today.month}/{today.year}", "note": ""}
        assert client.post(page, answer).status_code == 422
        assert client.post(page, answer | {"amount_found": "٣٠٠"}).status_code == 302
        assert "sample" in client.get(cycle.get_absolute_url()).content.decode()
        assert client.get(sample.get_absolute_url() + "?result=other_amount").content.decode().count(page) == 1

    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_the_list_to_take_along_holds_ones_own_area_only(self, client, kind):
        here, there = AreaFactory(), AreaFactory()
        sample = draw_sample(cycle=an_approved_cycle(here, there), size=4, actor=drawer())
        mine = sample.visits.filter(governorate=here)
        line = mine[0].entitlement
        type(line.payee).objects.filter(pk=line.payee_id).update(full_name="=1+1")
        client.force_login(UserFactory(permissions=ENTERS, permissions__area=here))
        response = client.get(reverse("programs:sample_export", args=[sample.pk, kind]))
        content = b"".join(response.streaming_content)
        if kind == "csv":
            rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
            assert rows[0]["payee_name"] == "'=1+1"
        else:
            sheet = load_workbook(io.BytesIO(content)).active
            heading, *cells = sheet.iter_rows()
            assert cells[0][4].data_type == "s"
            rows = [dict(zip([one.value for one in heading], [one.value for one in row], strict=True)) for row in cells]
        assert [row["household_ref"] for row in rows] == [visit.entitlement.household.household_ref for visit in mine]
        assert AuditEntry.objects.get(action="verification.exported").data == {"rows": len(rows), "format": kind}

    def test_whoever_only_sees_the_rates_gets_no_names(self, client):
        sample = draw_sample(cycle=an_approved_cycle(), size=1, actor=drawer())
        client.force_login(UserFactory(permissions=["programs.view_verificationsample"]))
        export = reverse("programs:sample_export", args=[sample.pk, "csv"])
        assert export not in client.get(sample.get_absolute_url()).content.decode()
        assert client.get(export).status_code == 403

    def test_costs_the_same_for_two_rows_as_for_twenty(self, client):
        client.force_login(UserFactory(permissions=[*DRAWS, *ENTERS]))
        counts = []
        for size in (2, 20):
            sample = draw_sample(cycle=an_approved_cycle(households=20), size=size, actor=drawer())
            client.get(sample.get_absolute_url())
            with CaptureQueriesContext(connection) as queries:
                assert client.get(sample.get_absolute_url()).status_code == 200
                list(client.get(reverse("programs:sample_export", args=[sample.pk, "csv"])).streaming_content)
            counts.append(len(queries))
        assert counts[0] == counts[1]

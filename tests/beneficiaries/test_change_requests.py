"""The way of a change request: frozen, seen by two people, applied as of its day, never for nothing."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, InternalError, connection, transaction
from django.utils import timezone, translation

from beneficiaries.models import ChangeEvidence, ChangeLine, ChangeRequest, Household, HouseholdFacts, Membership
from beneficiaries.services import change_requests as services
from beneficiaries.services.change_effects import effects_of
from beneficiaries.services.facts import refresh_facts
from beneficiaries.slots import Standing, household_standings
from ministry.exceptions import RuleViolation, TransitionNotAllowed
from ministry.models import AuditEntry, Notice, RowVersion
from tests.beneficiaries.change_factories import (
    applied,
    caseworker,
    district,
    draft,
    family,
    member,
    picture,
    submitted,
    supervisor,
    with_papers,
)

pytestmark = pytest.mark.django_db
Status = ChangeRequest.Status


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Refusals are read in English here."""
    with translation.override("en"):
        yield


@pytest.fixture
def home() -> Household:
    household = family()
    refresh_facts([household.pk])
    return household


def new_income(home: Household, amount: str = "900", **answers) -> ChangeRequest:
    return submitted("income", home, income_monthly=amount, **answers)


class TestSubmitting:
    def test_needs_the_papers_of_its_kind(self, home):
        request = draft("income", home, caseworker(), income_monthly="900")
        with pytest.raises(RuleViolation, match="Attach first: Proof of income"):
            services.submit_change_request(request=request, actor=request.requested_by)

    def test_is_for_whoever_wrote_it(self, home):
        request = with_papers(draft("income", home, caseworker(), income_monthly="900"))
        with pytest.raises(PermissionDenied):
            services.submit_change_request(request=request, actor=caseworker())

    def test_what_the_file_says_already_is_no_change(self, home):
        with pytest.raises(RuleViolation, match="would change nothing"):
            draft("income", home, caseworker(), income_monthly="1200.00")
        assert not ChangeRequest.objects.exists()

    def test_tells_what_somebody_else_has_changed_since_the_draft(self, home):
        request = with_papers(draft("income", home, caseworker(), income_monthly="900"))
        applied("income", home, income_monthly="1000")
        with pytest.raises(RuleViolation, match=r"1200.000.*now says.*1000.000"):
            services.submit_change_request(request=request, actor=request.requested_by)

    def test_writing_the_draft_again_takes_the_file_as_it_is(self, home):
        request = with_papers(draft("income", home, caseworker(), income_monthly="900"))
        applied("income", home, income_monthly="1000")
        services.draft_change_request(
            household=home,
            kind="income",
            effective_on=request.effective_on,
            answers=request.answers,
            other_household_id=None,
            note="",
            actor=request.requested_by,
            request=request,
        )
        services.submit_change_request(request=request, actor=request.requested_by)
        assert request.lines.get(field="income_monthly").old == "1000.000"

    def test_is_only_for_people_of_the_area(self, home):
        with pytest.raises(PermissionDenied):
            draft("income", home, caseworker(district("EG-T9")), income_monthly="900")


def attack(statement: str, *params: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, params)


class TestFreeze:
    @pytest.mark.parametrize(
        "change",
        [
            'answers = \'{"income_monthly": "1"}\'',
            "effective_on = '2026-01-01'",
            "note = 'x'",
            "kind = 'birth'",
            "other_household_id = NULL, household_id = household_id + 1",
        ],
    )
    def test_the_database_keeps_a_submitted_request_as_it_is(self, home, change):
        request = new_income(home)
        with pytest.raises(InternalError, match="is fixed"):
            attack(f"UPDATE beneficiaries_changerequest SET {change} WHERE id = %s", request.pk)

    def test_and_its_lines_and_papers(self, home):
        request = new_income(home)
        for table in ("changeline", "changeevidence"):
            with pytest.raises(InternalError, match="is fixed"):
                attack(f"DELETE FROM beneficiaries_{table} WHERE request_id = %s", request.pk)
        with pytest.raises(InternalError, match="is fixed"):
            attack("UPDATE beneficiaries_changeline SET new = '1' WHERE request_id = %s", request.pk)
        with pytest.raises(TransitionNotAllowed):
            services.attach_evidence(request=request, kind="other", upload=picture(), actor=request.requested_by)

    def test_no_way_leads_back_or_past_a_step(self, home):
        request = new_income(home)
        for status in ("draft", "applied", "overtaken"):
            with pytest.raises((InternalError, IntegrityError)):
                attack("UPDATE beneficiaries_changerequest SET status = %s WHERE id = %s", status, request.pk)

    def test_nothing_is_applied_without_a_changed_field(self, home):
        request = new_income(home)
        attack(
            "UPDATE beneficiaries_changerequest SET status = 'approved', decided_by_id = %s, decided_at = now()"
            " WHERE id = %s",
            supervisor().pk,
            request.pk,
        )
        with pytest.raises(InternalError, match="changes nothing"):
            attack(
                "UPDATE beneficiaries_changerequest SET status = 'applied', applied_at = now() WHERE id = %s",
                request.pk,
            )

    def test_the_database_wants_a_second_person(self, home):
        request = new_income(home)
        with pytest.raises(IntegrityError, match="second_person"):
            attack(
                "UPDATE beneficiaries_changerequest SET status = 'approved', decided_by_id = requested_by_id,"
                " decided_at = now() WHERE id = %s",
                request.pk,
            )

    def test_requests_are_never_deleted(self, home):
        with pytest.raises(InternalError, match="Cannot delete"):
            attack("DELETE FROM beneficiaries_changerequest WHERE id = %s", draft_of(home).pk)

    def test_a_request_begins_as_a_draft(self, home):
        with pytest.raises(InternalError, match="begins as a draft"), transaction.atomic():
            ChangeRequest.objects.create(
                household=home,
                kind="income",
                status="submitted",
                submitted_at=timezone.now(),
                effective_on=dt.date(2026, 5, 1),
                requested_by=caseworker(),
            )


def draft_of(home: Household) -> ChangeRequest:
    return draft("income", home, caseworker(), income_monthly="900")


class TestApproving:
    def test_writes_records_and_refreshes_in_one_go(self, home):
        request = new_income(home)
        second = supervisor()
        services.approve_change_request(request=request, actor=second)
        request.refresh_from_db()
        home.refresh_from_db()
        assert (request.status, request.decided_by, home.income_monthly) == (Status.APPLIED, second, 900)
        line = request.lines.get(stage=ChangeLine.Stage.APPLIED)
        assert (line.field, line.old, line.new) == ("income_monthly", "1200.000", "900.000")
        assert HouseholdFacts.objects.get(household=home).income_monthly == 900
        assert list(
            AuditEntry.objects.filter(target_type="beneficiaries.changerequest", target_id=request.pk)
            .order_by("pk")
            .values_list("action", flat=True)
        ) == [f"change_request.{verb}" for verb in ("drafted", "submitted", "approved", "applied")]
        assert Notice.objects.get(user=request.requested_by).url == request.get_absolute_url()

    def test_announces_whose_file_has_changed(self, home, django_capture_on_commit_callbacks):
        heard = []

        def listen(**said):
            heard.append((said["request_id"], said["household_ids"]))

        services.households_changed.connect(listen)
        request = new_income(home)
        with django_capture_on_commit_callbacks(execute=True):
            services.approve_change_request(request=request, actor=supervisor())
        services.households_changed.disconnect(listen)
        assert heard == [(request.pk, [home.pk])]

    def test_takes_another_person(self, home):
        writer = supervisor()
        request = submitted("income", home, writer, income_monthly="900")
        with pytest.raises(RuleViolation, match="second person"):
            services.approve_change_request(request=request, actor=writer)

    def test_takes_the_right_in_the_area_of_both_households(self, home):
        elsewhere = family(area=district("EG-T9"))
        request = submitted("join", home, other_household=elsewhere.household_ref, their_head_is="sibling")
        with pytest.raises(PermissionDenied):
            services.approve_change_request(request=request, actor=supervisor(home.area))

    def test_is_refused_with_both_values_when_the_file_has_changed(self, home):
        request = new_income(home)
        applied("income", home, income_monthly="1000")
        with pytest.raises(RuleViolation, match=r"1200.000.*now says.*1000.000"):
            services.approve_change_request(request=request, actor=supervisor())
        home.refresh_from_db()
        assert home.income_monthly == 1000

    def test_is_refused_when_the_file_says_it_already(self, home):
        request = new_income(home)
        applied("income", home, income_monthly="900")
        with pytest.raises(RuleViolation, match="would change nothing"):
            services.approve_change_request(request=request, actor=supervisor())

    def test_is_refused_when_it_would_do_more_than_was_submitted(self, home):
        request = submitted("head", home, new_head=member(home, "spouse").pk)
        applied("birth", home, full_name="نور", sex="F", mother=member(home, "spouse").pk, relationship="grandchild")
        applied("arrival", home, full_name="أمينة", sex="F", birth_date="1/1/1950", relationship="parent")
        with pytest.raises(RuleViolation, match="as well"):
            services.approve_change_request(request=request, actor=supervisor())

    def test_what_was_tried_leaves_no_trace(self, home):
        request = submitted("split", home, **_apart(home))
        before = (Household.objects.count(), Membership.objects.count(), RowVersion.objects.count())
        assert services.overtaken_by(request) == ("", [])
        assert (Household.objects.count(), Membership.objects.count(), RowVersion.objects.count()) == before

    def test_the_history_names_the_approver(self, home):
        request = new_income(home, effective_on=f"{timezone.localdate() + dt.timedelta(days=3):%d/%m/%Y}")
        second = supervisor()
        services.approve_change_request(request=request, actor=second)
        services.apply_due_requests(on_date=timezone.localdate() + dt.timedelta(days=3))
        version = RowVersion.objects.get(table_name="beneficiaries_household", row_id=home.pk)
        assert version.actor_id == second.pk


def _apart(home: Household) -> dict:
    wife = member(home, "spouse")
    return {
        "leavers": [wife.pk],
        "head_of_leavers": wife.pk,
        "destination": "new",
        "area_governorate": home.area.parent_id,
        "area_district": home.area_id,
    }


class TestRefusing:
    def test_gives_the_reason_to_the_heads_phone(self, home):
        request = new_income(home)
        services.refuse_change_request(request=request, actor=supervisor(), reason="الشهادة غير واضحة")
        request.refresh_from_db()
        assert (request.status, request.reason) == (Status.REFUSED, "الشهادة غير واضحة")
        sms = Notice.objects.get(channel="sms")
        assert sms.recipient == "+201012345678"
        assert "الشهادة غير واضحة" in sms.body
        home.refresh_from_db()
        assert home.income_monthly == 1200

    def test_needs_a_reason_and_another_person(self, home):
        request = new_income(home)
        with pytest.raises(RuleViolation, match="reason"):
            services.refuse_change_request(request=request, actor=supervisor(), reason=" ")
        writer = supervisor()
        own = submitted("income", home, writer, income_monthly="800")
        with pytest.raises(RuleViolation, match="second person"):
            services.refuse_change_request(request=own, actor=writer, reason="لا")

    def test_whoever_wrote_it_may_withdraw_before_the_decision(self, home):
        request = new_income(home)
        with pytest.raises(PermissionDenied):
            services.withdraw_change_request(request=request, actor=caseworker())
        services.withdraw_change_request(request=request, actor=request.requested_by)
        with pytest.raises(TransitionNotAllowed):
            services.approve_change_request(request=request, actor=supervisor())


class TestLaterDays:
    LATER = timezone.localdate() + dt.timedelta(days=5)

    def approved(self, home: Household) -> ChangeRequest:
        request = new_income(home, effective_on=f"{self.LATER:%d/%m/%Y}")
        return services.approve_change_request(request=request, actor=supervisor())

    def test_waits_for_its_day_and_is_applied_once(self, home):
        request = self.approved(home)
        assert request.status == Status.APPROVED
        assert services.apply_due_requests() == {"applied": 0, "overtaken": 0}
        home.refresh_from_db()
        assert home.income_monthly == 1200
        assert services.apply_due_requests(on_date=self.LATER) == {"applied": 1, "overtaken": 0}
        assert services.apply_due_requests(on_date=self.LATER) == {"applied": 0, "overtaken": 0}
        home.refresh_from_db()
        assert home.income_monthly == 900

    def test_is_not_written_when_the_file_has_changed_by_then(self, home):
        request = self.approved(home)
        applied("income", home, income_monthly="1000")
        assert services.apply_due_requests(on_date=self.LATER) == {"applied": 0, "overtaken": 1}
        request.refresh_from_db()
        home.refresh_from_db()
        assert (request.status, home.income_monthly) == (Status.OVERTAKEN, 1000)
        assert "1000.000" in request.reason
        assert Notice.objects.filter(user=request.requested_by, key__endswith=":overtaken:requester").exists()


class TestEffects:
    def test_compares_what_depends_on_the_facts_before_and_after(self, home, monkeypatch):
        def poor(household_id, reader):
            facts = HouseholdFacts.objects.get(household=household_id)
            return [Standing("poor", "دعم", "yes" if facts.income_monthly < 1000 else "no")]

        monkeypatch.setattr(household_standings, "_entries", [(1, poor)])
        request = new_income(home)
        effect = effects_of(request, supervisor())[0]
        assert (effect.before.answer, effect.after.answer, effect.differs) == ("no", "yes", True)
        assert HouseholdFacts.objects.get(household=home).income_monthly == 1200

    def test_a_household_that_the_change_makes_has_no_before(self, home, monkeypatch):
        def everybody(household_id, reader):
            return [Standing("all", Household.objects.get(pk=household_id).household_ref, "yes")]

        monkeypatch.setattr(household_standings, "_entries", [(1, everybody)])
        effects = effects_of(submitted("split", home, **_apart(home)), supervisor())
        made = next(effect for effect in effects if not effect.household_ref)
        assert (made.before, made.after.answer) == (None, "yes")


def end_of_transaction() -> None:
    """Look at what the database looks at when a transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class TestInvariants:
    @pytest.mark.parametrize("change", [{"relationship": "parent"}, {"left_on": dt.date(2026, 5, 1)}])
    def test_the_database_leaves_no_household_without_a_head(self, home, change):
        home.memberships.filter(relationship="head").update(**change)
        with pytest.raises(IntegrityError, match="without a head"):
            end_of_transaction()


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Run deeds in threads of their own that start together; return results and errors."""
    gate = threading.Barrier(len(deeds))
    outcomes: list[object] = []

    def run(deed: Callable[[], object]) -> None:
        try:
            gate.wait(10)
            outcomes.append(deed())
        except Exception as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_approving_one_request_yield_one_approval_and_one_who_is_told(self):
        home = family()
        request = new_income(home)
        outcomes = at_once(
            *(lambda person=person: services.approve_change_request(request=request, actor=person)
              for person in (supervisor(), supervisor()))
        )  # fmt: skip
        assert sorted(type(one).__name__ for one in outcomes) == ["ChangeRequest", "TransitionNotAllowed"]
        assert request.lines.filter(stage="applied").count() == 1

    def test_two_requests_on_one_field_yield_one_change_and_one_who_is_told_of_it(self):
        home = family()
        first, second = new_income(home, "900"), new_income(home, "800")
        outcomes = at_once(
            lambda: services.approve_change_request(request=first, actor=supervisor()),
            lambda: services.approve_change_request(request=second, actor=supervisor()),
        )
        refused = [one for one in outcomes if isinstance(one, RuleViolation)]
        done = [one for one in outcomes if isinstance(one, ChangeRequest)]
        assert (len(refused), len(done)) == (1, 1), outcomes
        home.refresh_from_db()
        assert f"{home.income_monthly:.3f}" in refused[0].message

    def test_joining_each_other_does_not_deadlock(self):
        area = district()
        one, other = family(area=area), family(area=area)
        requests = [
            submitted("join", one, other_household=other.household_ref, their_head_is="sibling"),
            submitted("join", other, other_household=one.household_ref, their_head_is="sibling"),
        ]
        outcomes = at_once(
            *(lambda request=request: services.approve_change_request(request=request, actor=supervisor())
              for request in requests)
        )  # fmt: skip
        assert sorted(type(one).__name__ for one in outcomes) == ["ChangeRequest", "RuleViolation"]
        assert not any(isinstance(one, DatabaseError) for one in outcomes)
        assert Membership.objects.current().count() == 8
        assert ChangeEvidence.objects.count() == 2

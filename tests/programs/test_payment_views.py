import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from beneficiaries.slots import household_panels, timeline_sources
from ministry import jobs
from ministry.models import DisclosureEntry, Job
from programs.models import Payment, PaymentCycle, PaymentFile, ReconciliationFile
from programs.payments.slots import household_payments, payment_figures, payment_moments, payment_tasks
from programs.services import payments as payment_services
from tests.ministry.factories import AreaFactory, UserFactory
from tests.programs.payment_factories import (
    APPROVE,
    KARAMA,
    PREPARE,
    RELEASE,
    TAKAFUL,
    agent,
    approved,
    cycle_of,
    decide,
    duplicate_pair,
    enrol,
    funded,
    household,
    in_review,
    make_file,
    prepared,
    program_in_force,
    released,
    sent,
)

pytestmark = pytest.mark.django_db
RECONCILE = "programs.reconcile_paymentcycle"


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture(params=["ar", "en"])
def language(request):
    return request.param


def signed_in(user, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(user)
    return client


def someone(*permissions: str, **options) -> Client:
    return signed_in(UserFactory(permissions=list(permissions) or [*PREPARE, *APPROVE, *RELEASE], **options))


def takaful_cycle(*homes):
    program = program_in_force(TAKAFUL)
    enrol(program, *(homes or (household(dt.date(2010, 1, 1), None), household())))
    return cycle_of(program)


def run_jobs() -> None:
    """Do what a worker would."""
    for job in Job.objects.filter(status=Job.Status.QUEUED).order_by("pk"):
        jobs.run_now(job)


@pytest.mark.parametrize("state", [lambda cycle: cycle, prepared, in_review, approved, released, sent])
def test_every_page_of_a_cycle_in_every_state(state, language):
    one, two = household(dt.date(2010, 1, 1), None), household(has_head=False)
    cycle = state(takaful_cycle(one, two))
    client = signed_in(UserFactory(permissions=[*PREPARE, *APPROVE, *RELEASE]), language)
    pages = [
        reverse("programs:cycle_list"),
        reverse("programs:cycle_create"),
        reverse("programs:cycle_detail", args=[cycle.pk]),
        reverse("programs:cycle_lines", args=[cycle.pk]),
        reverse("programs:cycle_lines", args=[cycle.pk]) + "?status=held",
        reverse("programs:cycle_files", args=[cycle.pk]),
        reverse("programs:cycle_holds", args=[cycle.pk]),
        reverse("programs:control_report", args=[cycle.pk]),
        reverse("programs:reconciliation_list"),
        reverse("programs:reconciliation_upload"),
        reverse("programs:reconciliation_queue"),
        reverse("programs:payment_dates"),
        *(line.get_absolute_url() for line in cycle.entitlements.all()),
    ]
    for page in pages:
        response = client.get(page)
        assert response.status_code == 200, page
    for verb in ("prepare", "submit", "approve", "release", "close", "send_back", "cancel"):
        assert client.get(reverse("programs:cycle_verb", args=[cycle.pk, verb])).status_code in {200, 302}
    assert client.get(reverse("programs:cycle_verb", args=[cycle.pk, "nonsense"])).status_code == 404


class TestWhoMayWhat:
    def pages(self, cycle):
        line = cycle.entitlements.first()
        return [
            reverse("programs:cycle_list"),
            reverse("programs:cycle_detail", args=[cycle.pk]),
            reverse("programs:cycle_lines", args=[cycle.pk]),
            reverse("programs:cycle_files", args=[cycle.pk]),
            line.get_absolute_url(),
            reverse("programs:reconciliation_list"),
        ]

    def test_nobody_is_sent_to_sign_in(self):
        for page in self.pages(prepared(takaful_cycle())):
            response = Client().get(page)
            assert response.status_code == 302
            assert "/accounts/login/" in response.url

    def test_without_a_right_the_answer_is_403(self):
        client = someone("beneficiaries.view_household")
        for page in self.pages(prepared(takaful_cycle())):
            assert client.get(page).status_code == 403, page

    @pytest.mark.parametrize("verb", ["prepare", "approve", "release", "close"])
    def test_viewing_is_not_doing(self, verb):
        cycle = {"prepare": prepared, "approve": in_review, "release": approved, "close": sent}[verb](takaful_cycle())
        client = someone("programs.view_paymentcycle", "programs.view_payment")
        url = reverse("programs:cycle_verb", args=[cycle.pk, verb])
        assert client.get(url).status_code == 403
        assert client.post(url).status_code == 403
        before = cycle.status
        cycle.refresh_from_db()
        assert cycle.status == before

    def test_a_state_is_never_changed_by_get(self):
        cycle = in_review(takaful_cycle())
        someone().get(reverse("programs:cycle_verb", args=[cycle.pk, "approve"]))
        cycle.refresh_from_db()
        assert cycle.status == PaymentCycle.Status.IN_REVIEW

    def test_lines_of_another_area_do_not_exist(self):
        here, there = AreaFactory(), AreaFactory()
        near, far = household(area=here), household(area=there)
        cycle = prepared(takaful_cycle(near, far))
        client = someone("programs.view_payment", "programs.view_paymentcycle", permissions__area=here)
        page = client.get(reverse("programs:cycle_lines", args=[cycle.pk]))
        assert near.household_ref in page.content.decode()
        assert far.household_ref not in page.content.decode()
        assert client.get(cycle.entitlements.get(household=near).get_absolute_url()).status_code == 200
        assert client.get(cycle.entitlements.get(household=far).get_absolute_url()).status_code == 404
        payment = Payment.objects.get(entitlement__household=far)
        assert client.get(reverse("programs:payment_verb", args=[payment.pk, "cancel"])).status_code == 404

    def test_only_the_treasurer_downloads_a_list(self):
        cycle = sent(takaful_cycle())
        url = PaymentFile.objects.get().document.get_absolute_url()
        assert someone(*PREPARE).get(url).status_code == 404
        assert signed_in(cycle.released_by).get(url).status_code == 200

    def test_opening_a_line_is_disclosed(self):
        line = prepared(takaful_cycle()).entitlements.first()
        someone().get(line.get_absolute_url())
        assert DisclosureEntry.objects.filter(
            subject_type="beneficiaries.household", subject_id=line.household_id
        ).exists()


class TestDoing:
    def test_the_way_from_opening_to_closing_by_four_people(self, django_capture_on_commit_callbacks):
        program = program_in_force(TAKAFUL)
        enrol(program, household(dt.date(2019, 5, 5)), household(dt.date(2010, 5, 5), dt.date(2013, 5, 5)))
        funded(program, timezone.localdate())
        officer, manager, treasurer = (
            someone(*PREPARE, RECONCILE),
            someone(*APPROVE),
            someone("programs.view_paymentcycle", "programs.release_paymentcycle"),
        )
        response = officer.post(
            reverse("programs:cycle_create"),
            {
                "program": program.pk,
                "period": timezone.localdate().replace(day=1).isoformat(),
                "agent": agent().pk,
                "pays_from": "",
                "pays_to": "",
            },
        )
        cycle = PaymentCycle.objects.get()
        assert response.url == cycle.get_absolute_url()

        def do(client: Client, verb: str, **data: str) -> None:
            response = client.post(reverse("programs:cycle_verb", args=[cycle.pk, verb]), data)
            assert response.status_code == 302, response.content.decode()
            run_jobs()
            cycle.refresh_from_db()

        do(officer, "prepare")
        assert (cycle.status, cycle.lines, cycle.total) == ("prepared", 2, Decimal("890"))
        do(officer, "submit")
        report = reverse("programs:control_report", args=[cycle.pk])
        assert manager.get(reverse("programs:cycle_verb", args=[cycle.pk, "approve"])).url == report
        manager.post(report, {"reason": "", "report": cycle.control_reports.get().pk})
        do(manager, "approve", reason="")
        do(treasurer, "release")
        treasurer.post(reverse("programs:cycle_files", args=[cycle.pk]), {"format": "csv"})
        run_jobs()
        file = PaymentFile.objects.get()
        page = treasurer.get(reverse("programs:cycle_files", args=[cycle.pk])).content.decode()
        assert file.sha256 in page
        download = b"".join(treasurer.get(file.document.get_absolute_url()).streaming_content)
        rows = list(csv.DictReader(io.StringIO(download.decode("utf-8-sig"))))
        assert sum(Decimal(row["amount"]) for row in rows) == Decimal("890")
        report = "payment_ref,status,amount\n" + "\n".join(f"{row['payment_ref']},paid,{row['amount']}" for row in rows)
        upload = SimpleUploadedFile("report.csv", report.encode(), content_type="text/csv")
        response = officer.post(reverse("programs:reconciliation_upload"), {"report": upload})
        assert response.url == ReconciliationFile.objects.get().get_absolute_url()
        run_jobs()
        assert set(Payment.objects.values_list("status", flat=True)) == {"paid"}
        do(officer, "close")
        assert cycle.status == "closed"

    def test_a_second_person_is_asked_for_in_words(self):
        both = UserFactory(permissions=[*PREPARE, *APPROVE])
        program = program_in_force(TAKAFUL)
        enrol(program, household())
        cycle = in_review(cycle_of(program, actor=both))
        response = signed_in(both).post(reverse("programs:cycle_verb", args=[cycle.pk, "approve"]), {"reason": ""})
        assert response.status_code == 409
        assert "must differ" in response.content.decode()

    def test_a_wrong_month_names_the_field(self):
        program = program_in_force(TAKAFUL)
        response = someone().post(
            reverse("programs:cycle_create"),
            {"program": program.pk, "period": "13/13/2026", "agent": agent().pk, "pays_from": "31/2/2026"},
        )
        assert response.status_code == 422
        assert set(response.context["form"].errors) == {"period", "pays_from"}

    def test_the_same_report_again_says_so(self):
        client = someone(RECONCILE, "programs.view_paymentcycle")
        content = b"payment_ref,status,amount\nP0-1,paid,325\n"
        for _time in range(2):
            response = client.post(
                reverse("programs:reconciliation_upload"), {"report": SimpleUploadedFile("r.csv", content)}, follow=True
            )
        assert "taken in before" in response.content.decode()
        assert ReconciliationFile.objects.count() == 1

    @pytest.mark.parametrize(
        ("content", "status"),
        [(b"", 422), (b"a,b\n1,2\n", 409), (b"%PDF-1.7", 422), (b"payment_ref,status,amount\n", 409)],
    )
    def test_a_bad_report_is_refused_with_a_reason(self, content, status):
        response = someone(RECONCILE).post(
            reverse("programs:reconciliation_upload"), {"report": SimpleUploadedFile("r.csv", content)}
        )
        assert response.status_code == status
        assert response.context["form"].errors

    def test_a_queued_row_is_applied_and_another_set_aside(self):
        cycle = sent(takaful_cycle(household(), household()))
        payment = cycle.payments.first()
        client = someone(RECONCILE, "programs.view_paymentcycle")
        content = b"payment_ref,status,amount\nP0-1,paid,325\nP0-2,paid,325\n"
        client.post(reverse("programs:reconciliation_upload"), {"report": SimpleUploadedFile("r.csv", content)})
        run_jobs()
        first, second = ReconciliationFile.objects.get().rows.all()
        page = client.get(reverse("programs:reconciliation_queue")).content.decode()
        assert "P0-1" in page
        assert client.get(ReconciliationFile.objects.get().get_absolute_url()).status_code == 200
        apply = reverse("programs:report_row", args=[first.pk, "apply"])
        assert client.get(apply).status_code == 200
        assert client.post(apply, {"payment_ref": payment.payment_ref, "reason": ""}).status_code == 422
        assert client.post(apply, {"payment_ref": "P9", "reason": "x"}).status_code == 409
        client.post(apply, {"payment_ref": payment.payment_ref, "reason": "mistyped"})
        client.post(reverse("programs:report_row", args=[second.pk, "dismiss"]), {"reason": "unknown"})
        payment.refresh_from_db()
        assert payment.status == "paid"
        assert not ReconciliationFile.objects.get().rows.queued().exists()

    def test_settled_holds_are_lifted_together(self):
        homes = [household() for _ in range(4)]
        cycle = takaful_cycle(*homes)
        pairs = [duplicate_pair(homes[0], homes[1]), duplicate_pair(homes[2], homes[3])]
        prepared(cycle)
        decide(pairs[0], "different")
        client = someone()
        assert "1" in client.get(reverse("programs:cycle_holds", args=[cycle.pk])).content.decode()
        client.post(reverse("programs:cycle_holds", args=[cycle.pk]))
        assert cycle.payments.filter(status="held").count() == 1

    def test_a_payment_is_decided_on_its_page(self):
        cycle = sent(takaful_cycle(household(), household(has_head=False)))
        held = cycle.payments.get(status="held")
        client = someone()
        url = reverse("programs:payment_verb", args=[held.pk, "cancel"])
        assert client.get(url).status_code == 200
        assert client.post(url, {"reason": ""}).status_code == 422
        assert client.post(url, {"reason": "nobody left"}).status_code == 302
        held.refresh_from_db()
        assert held.status == "cancelled"
        assert client.get(held.entitlement.get_absolute_url()).status_code == 200
        assert client.post(url, {"reason": "again"}).status_code == 409


class TestWords:
    def test_a_line_says_its_arithmetic(self):
        home = household(dt.date(2010, 1, 1), dt.date(2013, 1, 1), dt.date(2019, 1, 1), None)
        line = prepared(takaful_cycle(home)).entitlements.get()
        page = someone().get(line.get_absolute_url()).content.decode()
        assert "<bdi>325.00</bdi> + <bdi>100.00</bdi> + <bdi>80.00</bdi> = " in page
        assert "505.00" in page
        assert "1 more member qualifies" in page
        assert "birth date of 1 member is not known" in page
        assert line.sha256 in page

    def test_nothing_due_is_said(self):
        program = program_in_force(KARAMA)
        enrol(program, household())
        line = prepared(cycle_of(program)).entitlements.get()
        page = someone().get(line.get_absolute_url()).content.decode()
        assert "Nothing is due for this month." in page

    def test_lines_are_found_by_file_and_payment_number_and_status(self):
        one, two = household(), household(has_head=False)
        cycle = prepared(takaful_cycle(one, two))
        client, url = someone(), reverse("programs:cycle_lines", args=[cycle.pk])
        for query, found, missing in (
            (f"q={one.household_ref}", one, two),
            (f"q={cycle.payments.get(entitlement__household=two).payment_ref.lower()}", two, one),
            ("status=held", two, one),
            ("status=ready", one, two),
            ("hold_reason=no_payee", two, one),
            (f"governorate={one.area_id}", one, two),
        ):
            page = client.get(f"{url}?{query}").content.decode()
            assert f">{found.household_ref}<" in page, query
            assert f">{missing.household_ref}<" not in page, query
        assert client.get(f"{url}?status=nonsense").status_code == 400

    def test_public_dates_tell_approved_cycles_and_no_others(self):
        today = timezone.localdate()
        told, untold = takaful_cycle(), takaful_cycle()
        for cycle in (told, untold):
            cycle.pays_from, cycle.pays_to = today, today + dt.timedelta(days=5)
            cycle.save()
        approved(told)
        in_review(untold)
        page = Client(headers={"accept-language": "ar"}).get(reverse("programs:payment_dates")).content.decode()
        assert told.program.name_ar in page
        assert untold.program.name_ar not in page


class TestSlots:
    def test_each_person_sees_what_waits_for_them(self):
        cycle = in_review(takaful_cycle())
        manager = UserFactory(permissions=APPROVE)
        assert [task.url for task in payment_tasks(manager)] == [cycle.get_absolute_url()]
        assert list(payment_tasks(cycle.prepared_by)) == []
        both = UserFactory(permissions=[*PREPARE, *APPROVE])
        other = in_review(takaful_cycle_by(both))
        assert other.get_absolute_url() not in [task.url for task in payment_tasks(both)]

    def test_the_desk_shows_the_latest_approved_month(self):
        viewer = UserFactory(permissions=["programs.view_paymentcycle"])
        assert list(payment_figures(viewer)) == []
        approved(takaful_cycle())
        (figure,) = payment_figures(viewer)
        assert "750" in figure.value
        assert signed_in(viewer).get(reverse("desk")).status_code == 200

    def test_the_household_file_shows_payments_to_those_who_may(self):
        home = household()
        cycle = prepared(takaful_cycle(home))
        reader = UserFactory(permissions=["programs.view_payment"])
        assert [payment.cycle for payment in household_payments(home, reader)["payments"]] == [cycle]
        assert len(list(payment_moments(home, reader))) == 1
        assert list(payment_moments(home, UserFactory())) == []
        assert "payments" in [panel.code for panel in household_panels]
        assert payment_moments in list(timeline_sources)


def takaful_cycle_by(actor):
    program = program_in_force(TAKAFUL)
    enrol(program, household())
    return cycle_of(program, actor=actor)


class TestQueries:
    """Pages ask the same number of questions for two rows as for many."""

    def count(self, client: Client, url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    def test_cycles(self):
        client = someone()
        for _number in range(2):
            takaful_cycle()
        few = self.count(client, reverse("programs:cycle_list"))
        for _number in range(10):
            takaful_cycle()
        assert self.count(client, reverse("programs:cycle_list")) == few

    def test_lines(self):
        client = someone()
        counts = []
        for size in (2, 20):
            cycle = prepared(takaful_cycle(*(household() for _ in range(size))))
            counts.append(self.count(client, reverse("programs:cycle_lines", args=[cycle.pk])))
        assert counts[0] == counts[1]

    def test_reports(self):
        client = someone()
        counts = []
        for size in (2, 20):
            rows = "".join(f"P0-{number},paid,325\n" for number in range(size))
            upload = SimpleUploadedFile("r.csv", f"payment_ref,status,amount\n{rows}".encode())
            client.post(reverse("programs:reconciliation_upload"), {"report": upload})
            run_jobs()
            counts.append(self.count(client, ReconciliationFile.objects.latest("pk").get_absolute_url()))
        assert counts[0] == counts[1]


def test_tried_again_the_line_shows_both_attempts():
    cycle = sent(takaful_cycle(household()))
    payment = cycle.payments.get()
    Payment.objects.filter(pk=payment.pk).update(status="failed")
    payment_services.reissue_payment(payment=payment, actor=UserFactory(permissions=[RECONCILE]), reason="wrong branch")
    make_file(cycle)
    page = someone().get(payment.entitlement.get_absolute_url()).content.decode()
    assert f"{payment.payment_ref}-2" in page

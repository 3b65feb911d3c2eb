import pytest
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from ministry.admin.base import AuditedAdmin
from ministry.models import Area, AuditEntry, LegalBasis, Role, RowVersion, StaffAssignment, User
from tests.ministry.factories import AreaFactory, UserFactory, appoint

pytestmark = pytest.mark.django_db

PAGES = [pytest.param(page, id=model._meta.label_lower) for model, page in admin.site._registry.items()]
# What may be taken out again, because nothing refers to it.
DELETABLE = {"ministry.holiday"}


def administrator(**values):
    person = UserFactory(is_staff=True, **values)
    appoint(person, permissions=[])
    # Everything there is: a page must hold back by itself what nobody may do.
    person.assignments.get().role.permissions.set(Permission.objects.all())
    return person


@pytest.fixture
def signed_in(client):
    client.force_login(person := administrator())
    client.person = person
    return client


class TestEveryPage:
    @pytest.mark.parametrize("page", PAGES)
    def test_is_audited_searchable_and_not_too_wide(self, page):
        assert isinstance(page, AuditedAdmin)
        assert page.search_fields
        assert 1 <= len(page.list_display) <= 7

    @pytest.mark.parametrize("page", PAGES)
    def test_nothing_audited_can_be_deleted(self, page, rf):
        request = rf.get("/")
        request.user = administrator()
        deletable = page.has_delete_permission(request)
        assert deletable == (page.opts.label_lower in DELETABLE)

    @pytest.mark.parametrize("page", PAGES)
    @pytest.mark.parametrize("language", ["ar", "en"])
    def test_lists_searches_and_adds(self, page, language, signed_in, rf):
        signed_in.cookies["django_language"] = language
        name = f"admin:{page.opts.app_label}_{page.opts.model_name}"
        assert signed_in.get(reverse(f"{name}_changelist")).status_code == 200
        assert signed_in.get(reverse(f"{name}_changelist"), {"q": "1"}).status_code == 200
        request = rf.get("/")
        request.user = signed_in.person
        assert signed_in.get(reverse(f"{name}_add")).status_code == (200 if page.has_add_permission(request) else 403)

    def test_is_closed_to_staff_who_are_not_let_in(self, client):
        client.force_login(UserFactory(permissions=["ministry.view_area"]))
        assert client.get(reverse("admin:ministry_area_changelist")).status_code in {302, 403}

    def test_signing_in_goes_through_the_portals_own_page(self, client):
        response = client.get("/admin/", follow=True)
        assert response.redirect_chain[-1][0].startswith("/accounts/login/")


class TestChanges:
    def test_adding_and_changing_leave_an_entry_with_the_fields(self, signed_in):
        signed_in.post(
            reverse("admin:ministry_legalbasis_add"),
            {"code": "law-137", "country": "EG", "name_ar": "قانون", "name_en": "Law", "article": "1"},
        )
        law = LegalBasis.objects.get()
        url = reverse("admin:ministry_legalbasis_change", args=[law.pk])
        signed_in.post(
            url, {"code": "law-137", "country": "EG", "name_ar": "قانون ١٣٧", "name_en": "Law", "article": "1"}
        )
        added, changed = AuditEntry.objects.filter(target_type="ministry.legalbasis").order_by("id")
        assert (added.action, changed.action) == ("legalbasis.added", "legalbasis.changed")
        assert changed.data == {"fields": ["name_ar"]}
        assert changed.actor == signed_in.person
        version = RowVersion.objects.get(table_name="ministry_legalbasis")
        assert (version.actor_id, version.row["name_ar"]) == (signed_in.person.pk, "قانون")
        page = signed_in.get(reverse("admin:ministry_legalbasis_history", args=[law.pk])).content.decode()
        assert "قانون ١٣٧" in page
        assert "legalbasis.changed" in page

    def test_rows_on_another_records_page_are_recorded_too(self, signed_in):
        area = AreaFactory()
        data = {
            "name_ar": area.name_ar,
            "name_en": "x",
            "is_active": "on",
            "figures-TOTAL_FORMS": 1,
            "figures-INITIAL_FORMS": 0,
            "figures-0-kind": "population",
            "figures-0-value": "1000",
            "figures-0-period": "2024",
            "figures-0-source": "CAPMAS",
            "figures-0-area": area.pk,
        }
        response = signed_in.post(reverse("admin:ministry_area_change", args=[area.pk]), data)
        assert response.status_code == 302
        assert AuditEntry.objects.filter(action="areafigure.added").count() == 1

    def test_a_password_never_shows_in_history(self, signed_in):
        person = UserFactory()
        User.objects.filter(pk=person.pk).update(password="argon2-secret-hash")
        User.objects.filter(pk=person.pk).update(password="another-hash")
        page = signed_in.get(reverse("admin:ministry_user_history", args=[person.pk])).content.decode()
        assert "hash" not in page


class TestAppointments:
    def post(self, client, user, **values):
        data = {
            "user": user.pk,
            "role": Role.objects.create(code="r", name_ar="دور").pk,
            "area": Area.objects.get(code="EG").pk,
            "starts_on": "2026-01-01",
        } | values
        return client.post(reverse("admin:ministry_staffassignment_add"), data)

    def test_somebody_else_is_appointed(self, signed_in):
        person = UserFactory()
        assert self.post(signed_in, person).status_code == 302
        assert StaffAssignment.objects.filter(user=person).exists()

    def test_nobody_appoints_themselves(self, signed_in):
        before = StaffAssignment.objects.count()
        assert self.post(signed_in, signed_in.person).status_code == 200
        assert StaffAssignment.objects.count() == before

    def test_nobody_changes_their_own_appointment(self, signed_in):
        own = signed_in.person.assignments.get()
        url = reverse("admin:ministry_staffassignment_change", args=[own.pk])
        assert signed_in.post(url, {"ends_on": "2099-01-01"}).status_code == 403


def test_a_lost_second_factor_is_taken_away_by_another_administrator(signed_in):
    person = UserFactory()
    for owner in (person, signed_in.person):
        Authenticator.objects.create(user=owner, type=Authenticator.Type.TOTP, data={"secret": "x"})
    signed_in.post(
        reverse("admin:ministry_user_changelist"),
        {"action": "reset_second_factor", "_selected_action": [person.pk, signed_in.person.pk]},
    )
    assert list(Authenticator.objects.values_list("user", flat=True)) == [signed_in.person.pk]
    assert AuditEntry.objects.get(action="user.second_factor_reset").target_id == person.pk


def test_a_schedule_is_switched_off_but_not_renamed(signed_in):
    every = IntervalSchedule.objects.create(every=5, period="minutes")
    task = PeriodicTask.objects.create(name="adopt", task="ministry.tasks.adopt_orphans", interval=every)
    url = reverse("admin:django_celery_beat_periodictask_change", args=[task.pk])
    assert signed_in.post(url, {"name": "other", "interval": every.pk}).status_code == 302
    task.refresh_from_db()
    assert (task.name, task.enabled) == ("adopt", False)

"""Who may do what, where and when."""

import datetime as dt

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from ministry import roles, startup
from ministry.models import Area, Holiday, Role, StaffAssignment, User
from tests.ministry.factories import AreaFactory, UserFactory, appoint, country, permission

pytestmark = pytest.mark.django_db
VIEW = "ministry.view_area"


class TestRights:
    def test_hold_within_the_assigned_area_and_below(self):
        asyut, cairo = AreaFactory(), AreaFactory()
        district = AreaFactory(parent=asyut, level=Area.Level.DISTRICT)
        user = UserFactory()
        appoint(user, permissions=[VIEW], area=asyut)
        assert user.has_perm(VIEW, asyut)
        assert user.has_perm(VIEW, district)
        assert not user.has_perm(VIEW, cairo)
        assert set(Area.objects.within_reach_of(user, VIEW)) == {asyut, district}

    def test_an_area_code_that_begins_alike_is_another_area(self):
        asyut = AreaFactory(code="EG-A")
        other = AreaFactory(code="EG-AB")
        user = UserFactory()
        appoint(user, permissions=[VIEW], area=asyut)
        assert not user.has_perm(VIEW, other)

    @pytest.mark.parametrize(
        ("starts", "ends", "holds"), [(-5, -1, False), (1, None, False), (-5, 0, True), (0, 9, True)]
    )
    def test_hold_only_as_long_as_assigned(self, starts, ends, holds):
        user, today = UserFactory(), timezone.localdate()
        assignment = appoint(user, permissions=[VIEW])
        assignment.starts_on = today + dt.timedelta(days=starts)
        assignment.ends_on = None if ends is None else today + dt.timedelta(days=ends)
        assignment.save()
        assert User.objects.get(pk=user.pk).has_perm(VIEW) is holds

    def test_a_superuser_without_a_role_sees_nothing(self):
        user = UserFactory(is_superuser=True, is_staff=True)
        assert not user.has_perm(VIEW)
        assert not user.has_module_perms("ministry")

    def test_an_inactive_person_holds_nothing(self):
        user = UserFactory(permissions=[VIEW])
        user.is_active = False
        assert not user.has_perm(VIEW)
        assert user.area_paths_with(VIEW) == []

    def test_the_same_role_twice_at_once_is_refused_by_the_database(self):
        assignment = appoint(UserFactory(), permissions=[VIEW])
        with pytest.raises(IntegrityError), transaction.atomic():
            StaffAssignment.objects.create(user=assignment.user, role=assignment.role, area=assignment.area)

    def test_incompatible_roles_are_refused(self):
        prepares = Role.objects.create(code="prepares", name_ar="يعد")
        approves = Role.objects.create(code="approves", name_ar="يعتمد")
        approves.incompatible_with.add(prepares)
        user = UserFactory()
        StaffAssignment.objects.create(user=user, role=prepares, area=country())
        with pytest.raises(ValidationError, match="role"):
            StaffAssignment(user=user, role=approves, area=country()).full_clean()


class TestReferenceData:
    def test_loading_twice_adds_nothing(self):
        call_command("load_reference_data")
        before = (Area.objects.count(), Holiday.objects.count(), Role.objects.count())
        call_command("load_reference_data")
        assert (Area.objects.count(), Holiday.objects.count(), Role.objects.count()) == before

    def test_egypt_has_27_governorates_with_boundaries_and_population(self):
        call_command("load_reference_data")
        governorates = Area.objects.governorates()
        assert governorates.count() == 27
        assert not governorates.filter(boundary__isnull=True).exists()
        assert governorates.filter(figures__kind="population").count() == 27

    def test_a_permission_taken_away_is_not_given_back(self):
        call_command("load_reference_data")
        auditor = Role.objects.get(code="auditor")
        auditor.permissions.remove(permission("ministry.view_job"))
        roles.load()
        assert "ministry.view_job" not in Role.objects.get(code="auditor").permission_names()

    def test_nobody_may_both_prepare_and_release_payments(self):
        call_command("load_reference_data")
        treasurer = Role.objects.get(code="treasurer")
        assert {role.code for role in treasurer.incompatible_with.all()} == {"finance_officer", "finance_manager"}


class TestStart:
    def test_production_refuses_demo_people(self, settings):
        settings.DEMO = False
        UserFactory(is_demo=True)
        with pytest.raises(ImproperlyConfigured, match="demo people"):
            startup.refuse_demo_people()

    def test_production_starts_without_them(self, settings):
        settings.DEMO = False
        UserFactory(is_demo=True, is_active=False)
        startup.refuse_demo_people()

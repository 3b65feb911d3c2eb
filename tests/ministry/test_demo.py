import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from ministry import jobs, reference
from ministry.demo import PEOPLE, Demo, build, registry
from ministry.demo.people import appoint_everybody, everybody_is_there, sign_ins
from ministry.exceptions import RuleViolation
from ministry.models import AuditEntry, Job, StaffAssignment, User
from tests.ministry.factories import AreaFactory
from tests.ministry.job_kinds import counting, figures


@pytest.fixture
def no_steps(monkeypatch):
    monkeypatch.setattr(registry, "_steps", [])


class TestSteps:
    @pytest.mark.django_db
    def test_are_taken_in_order_and_only_when_not_done(self, no_steps):
        taken = []
        registry.register_step("second", lambda demo: taken.append(2) or "two", is_done=lambda demo: False, order=20)
        registry.register_step("first", lambda demo: taken.append(1) or "one", is_done=lambda demo: False, order=10)
        registry.register_step("third", lambda demo: taken.append(3) or "three", is_done=lambda demo: True, order=30)
        said = []
        assert build(Demo(), say=said.append) == 2
        assert taken == [1, 2]
        assert [text.split(" (")[0] for text in said] == ["first: one", "second: two"]

    def test_are_refused_where_demo_people_may_not_exist(self, no_steps, settings):
        settings.DEMO = False
        with pytest.raises(RuleViolation):
            build(Demo())

    @pytest.mark.django_db
    def test_go_on_after_a_build_that_was_killed_in_the_middle_of_a_job(self, no_steps):
        params = counting(AreaFactory(), steps=2)
        left = jobs.start(kind="test.counting", params=params, actor=None)

        def count(_demo):
            return str(jobs.run_now(jobs.start(kind="test.counting", params=params, actor=None)).result["written"])

        registry.register_step("counting", count, is_done=lambda demo: False, order=10)
        assert build(Demo()) == 1
        left.refresh_from_db()
        assert left.status == Job.Status.SUCCEEDED
        assert figures(left) == [0, 1]

    @pytest.mark.django_db
    def test_a_job_that_was_left_and_fails_does_not_stand_in_the_way(self, no_steps, tmp_path):
        trouble = tmp_path / "trouble"
        trouble.touch()
        params = counting(AreaFactory(), steps=2) | {"trouble": str(trouble), "fail_at": 1, "error": "rule"}
        jobs.start(kind="test.counting", params=params, actor=None)
        registry.register_step("other", lambda demo: "done", is_done=lambda demo: False, order=10)
        said = []
        build(Demo(), say=said.append)
        assert "Step refused." in said[0]
        assert said[1].startswith("other: done")

    @pytest.mark.django_db
    def test_jobs_of_a_demo_that_stands_are_left_to_the_worker(self, no_steps):
        job = jobs.start(kind="test.counting", params=counting(AreaFactory(), steps=2), actor=None)
        registry.register_step("done", lambda demo: "", is_done=lambda demo: True, order=10)
        assert build(Demo()) == 0
        job.refresh_from_db()
        assert job.status == Job.Status.QUEUED


@pytest.mark.django_db
class TestStaff:
    @pytest.fixture(autouse=True)
    def reference_data(self):
        reference.load_all()

    def test_has_one_person_for_every_role_marked_as_demo(self):
        assert appoint_everybody(Demo().on) == len(PEOPLE) == 14
        assert User.objects.filter(is_demo=True).count() == 14
        assert set(StaffAssignment.objects.values_list("role__code", flat=True)) == {person.role for person in PEOPLE}
        assert AuditEntry.objects.filter(action="staff_assignment.appointed").count() == 14

    def test_caseworkers_see_their_governorate_and_others_the_country(self):
        appoint_everybody(Demo().on)
        areas = dict(StaffAssignment.objects.values_list("user__username", "area__code"))
        assert {username for username, area in areas.items() if area == "EG-AST"} == {"caseworker", "supervisor"}
        assert set(areas.values()) == {"EG", "EG-AST"}

    def test_holds_no_two_incompatible_duties(self):
        appoint_everybody(Demo().on)
        for user in User.objects.filter(is_demo=True):
            held = [assignment.role for assignment in user.current_assignments()]
            assert not any(role in other.incompatible_with.all() for role in held for other in held)

    def test_a_second_time_changes_nothing(self):
        appoint_everybody(Demo().on)
        before = list(User.objects.values_list("pk", "password"))
        assert everybody_is_there()
        assert appoint_everybody(Demo().on) == 0
        assert list(User.objects.values_list("pk", "password")) == before

    def test_leaves_a_real_person_of_that_name_alone(self):
        real = User.objects.create_user("auditor", password="a-real-password-of-theirs")
        appoint_everybody(Demo().on)
        real.refresh_from_db()
        assert not real.is_demo
        assert real.check_password("a-real-password-of-theirs")
        assert not real.assignments.exists()

    def test_can_sign_in_with_the_password_of_the_setting(self, client):
        appoint_everybody(Demo().on)
        assert client.login(username="caseworker", password=django_settings.DEMO_PASSWORD)

    def test_sign_ins_name_everybody_with_role_and_area(self, capsys):
        appoint_everybody(Demo().on)
        assert len(sign_ins()) == 14
        call_command("demo", "--sign-ins")
        printed = capsys.readouterr().out
        assert "caseworker" in printed
        assert "Asyut" in printed
        assert django_settings.DEMO_PASSWORD in printed


def test_the_command_is_refused_where_demo_people_may_not_exist(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="refused"):
        call_command("demo")

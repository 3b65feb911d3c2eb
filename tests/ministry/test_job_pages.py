import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ministry import jobs
from ministry.desk import _failed_jobs, _unread_notices
from ministry.models import Job, Notice
from tests.ministry.factories import AreaFactory, UserFactory
from tests.ministry.job_kinds import counting

pytestmark = pytest.mark.django_db

S = Job.Status


def start(actor, area=None, **params):
    return jobs.start(kind="test.counting", params=counting(area or AreaFactory(), **params), actor=actor)


@pytest.fixture
def owner(client):
    person = UserFactory(permissions=["ministry.view_job"], language="en")
    client.force_login(person)
    client.cookies["django_language"] = "en"
    return person


def page(client, job, **options):
    return client.get(f"/desk/jobs/{job.pk}/", **options)


class TestDetail:
    def test_shows_progress_and_looks_again_by_itself(self, client, owner):
        job = start(owner)
        Job.objects.update(status=S.RUNNING, done=20, total=50, phase="Counting")
        content = page(client, job).content.decode()
        assert "20 / 50" in content
        assert "hx-get" in content
        assert '<noscript><meta http-equiv="refresh"' in content

    def test_the_fragment_is_only_the_state(self, client, owner):
        job = start(owner)
        response = page(client, job, headers={"HX-Request": "true"})
        assert b"<html" not in response.content
        assert b"job-heading" in response.content
        assert "HX-Refresh" not in response.headers

    def test_the_fragment_of_an_ended_job_loads_the_whole_page(self, client, owner):
        job = jobs.run_now(start(owner))
        assert page(client, job, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
        assert "hx-get" not in page(client, job).content.decode()

    def test_others_jobs_do_not_exist_without_the_right(self, client):
        job = start(None)
        client.force_login(UserFactory())
        assert page(client, job).status_code == 404
        assert client.get("/desk/jobs/").content.decode().count("/desk/jobs/") < 4
        client.force_login(UserFactory(permissions=["ministry.view_job"]))
        assert page(client, job).status_code == 200

    def test_a_failure_tells_why_and_offers_to_resume(self, client, owner):
        job = start(owner)
        Job.objects.update(status=S.FAILED, error="The file is gone.", finished_at=timezone.now())
        content = page(client, job).content.decode()
        assert "The file is gone." in content
        assert f"/desk/jobs/{job.pk}/resume/" in content


class TestVerbs:
    def test_stopping_asks_first(self, client, owner):
        job = start(owner)
        assert client.get(f"/desk/jobs/{job.pk}/cancel/").status_code == 200
        job.refresh_from_db()
        assert job.status == S.QUEUED
        assert client.post(f"/desk/jobs/{job.pk}/cancel/").status_code == 302
        job.refresh_from_db()
        assert job.status == S.CANCELLED

    def test_stopping_what_has_ended_is_refused_on_the_page(self, client, owner):
        job = jobs.run_now(start(owner))
        response = client.post(f"/desk/jobs/{job.pk}/cancel/")
        assert response.status_code == 409

    def test_resuming(self, client, owner):
        job = jobs.cancel(job=start(owner), actor=owner)
        assert client.get(f"/desk/jobs/{job.pk}/resume/").status_code == 405
        assert client.post(f"/desk/jobs/{job.pk}/resume/").status_code == 302
        job.refresh_from_db()
        assert job.status == S.QUEUED

    def test_resuming_twice_is_refused_on_the_jobs_page(self, client, owner):
        job = start(owner)
        response = client.post(f"/desk/jobs/{job.pk}/resume/")
        assert response.status_code == 409
        assert b"job-heading" in response.content

    def test_seeing_is_not_stopping(self, client, owner):
        job = start(None)
        assert client.post(f"/desk/jobs/{job.pk}/cancel/").status_code == 403
        assert "cancel/" not in page(client, job).content.decode()


class TestList:
    def test_takes_as_many_statements_for_many_as_for_few(self, client, owner):
        area = AreaFactory()
        counts = []
        for size in (2, 20):
            for number in range(size):
                jobs.start(kind="test.counting", scope=f"{size}:{number}", params=counting(area), actor=UserFactory())
            with CaptureQueriesContext(connection) as queries:
                assert client.get("/desk/jobs/").status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_filters_by_state(self, client, owner):
        job = jobs.run_now(start(owner))
        assert f"/desk/jobs/{job.pk}/" in client.get("/desk/jobs/?status=succeeded").content.decode()
        assert f"/desk/jobs/{job.pk}/" not in client.get("/desk/jobs/?status=failed").content.decode()


class TestDesk:
    def test_a_failed_job_waits_until_it_is_started_anew(self, owner):
        area = AreaFactory()
        start(owner, area)
        Job.objects.update(status=S.FAILED, finished_at=timezone.now())
        (task,) = _failed_jobs(owner)
        assert (task.count, task.tone) == (1, "bad")
        assert list(_failed_jobs(UserFactory())) == []
        start(owner, area)
        assert list(_failed_jobs(owner)) == []


class TestNotices:
    def write(self, user, key="k"):
        return Notice.objects.create(
            key=key,
            template_code="x",
            channel="portal",
            language="ar",
            user=user,
            subject="انتهى <b>",
            body="نص",
            url="/desk/",
        )

    def test_each_person_reads_their_own(self, client, owner):
        self.write(owner)
        self.write(UserFactory(), "other")
        content = client.get("/desk/notices/").content.decode()
        assert content.count("انتهى &lt;b&gt;") == 1
        assert [task.count for task in _unread_notices(owner)] == [1]

    def test_all_are_marked_read_at_once(self, client, owner):
        notice = self.write(owner)
        other = self.write(UserFactory(), "other")
        assert client.post("/desk/notices/").status_code == 302
        notice.refresh_from_db()
        other.refresh_from_db()
        assert notice.read_at is not None
        assert other.read_at is None
        assert list(_unread_notices(owner)) == []

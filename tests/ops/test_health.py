import pytest
import redis
from django.db import OperationalError

from ministry.views import health


def fail_with(error):
    def check():
        raise error

    return check


class TestHealthz:
    def test_answers_without_asking_the_database(self, client):
        response = client.get("/healthz")
        assert response.status_code == 200
        assert response.json() == {"status": "ok"}
        assert "no-store" in response["Cache-Control"]


class TestReadyz:
    @pytest.mark.django_db
    def test_is_ready_with_database_migrations_and_queue(self, client):
        response = client.get("/readyz")
        assert response.status_code == 200
        assert response.json() == {"status": "ready", "database": "ok", "migrations": "ok", "queue": "ok"}

    @pytest.mark.parametrize(
        ("part", "error"),
        [
            ("database", OperationalError("connection to server at 10.0.0.5 failed for user portal")),
            ("migrations", OperationalError("relation django_migrations does not exist")),
            ("queue", redis.ConnectionError("Error 111 connecting to 10.0.0.6:6379")),
        ],
    )
    def test_names_the_part_that_fails_and_nothing_else(self, client, monkeypatch, part, error):
        working = dict.fromkeys(health.CHECKS, lambda: True)
        monkeypatch.setattr(health, "CHECKS", working | {part: fail_with(error)})
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json() == {"status": "not ready", **dict.fromkeys(working, "ok"), part: "failed"}
        assert b"10.0.0" not in response.content

    @pytest.mark.django_db
    def test_is_not_ready_before_every_migration_is_applied(self, client, monkeypatch):
        monkeypatch.setattr(health, "_migrated", False)
        monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: ["one more"])
        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json()["migrations"] == "failed"

    def test_notices_a_queue_that_is_not_there(self, client, monkeypatch, settings):
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        monkeypatch.setattr(health, "CHECKS", {"queue": health._queue_answers})
        assert client.get("/readyz").json() == {"status": "not ready", "queue": "failed"}

    def test_changes_nothing_and_takes_only_questions(self, client):
        assert client.post("/readyz").status_code == 405

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ministry.ops import run
from ministry.ops.checkout import Checkout
from ministry.ops.probe import allowed_host, ready


@pytest.fixture
def portal():
    """A web process that answers /readyz with a status of the test's choice and notes how it was asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append((self.path, self.headers["Host"], self.headers["X-Forwarded-Proto"]))
            self.send_response(server.status)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.status = [], 200
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_asks_as_the_proxy_would(portal):
    assert ready(portal.server_port, "portal.example.gov")
    assert portal.asked == [("/readyz", "portal.example.gov", "https")]


@pytest.mark.parametrize("status", [503, 301, 400])
def test_takes_nothing_but_200_for_ready(portal, status):
    portal.status = status
    assert not ready(portal.server_port, "portal.example.gov")


def test_a_process_that_is_not_there_is_not_ready():
    assert not ready(1, "localhost")


def test_the_announcement_waits_for_the_portal_and_asks_as_the_proxy_would(portal, capfd, monkeypatch, tmp_path):
    told = []
    monkeypatch.setattr(run.processes, "call", lambda command, **options: told.append(command[-1]))
    tick = run._announcement(
        Checkout(tmp_path, tmp_path), {"ALLOWED_HOSTS": ".example.gov,other"}, "127.0.0.1", portal.server_port
    )
    portal.status = 503
    tick()
    assert told == []
    portal.status = 200
    monkeypatch.setattr(run.time, "monotonic", lambda: 10**9)
    tick()
    assert portal.asked[-1] == ("/healthz", "example.gov", "https")
    assert told == ["--sign-ins"]
    assert f"http://127.0.0.1:{portal.server_port}/" in capfd.readouterr().out


@pytest.mark.parametrize(("hosts", "host"), [("", "localhost"), ("*", "localhost"), (".a.gov, b.gov", "a.gov")])
def test_a_host_is_chosen_that_the_portal_answers_for(hosts, host):
    assert allowed_host({"ALLOWED_HOSTS": hosts}, "localhost") == host


def test_production_answers_the_probe_although_it_wants_tls(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.ALLOWED_HOSTS = ["portal.example.gov"]
    asked = {"Host": "portal.example.gov", "X-Forwarded-Proto": "https"}
    assert client.get("/healthz", headers=asked).status_code == 200
    assert client.get("/healthz", headers={"Host": "portal.example.gov"}).status_code == 301

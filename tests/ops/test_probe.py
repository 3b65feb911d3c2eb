import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ministry.ops.probe import ready


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

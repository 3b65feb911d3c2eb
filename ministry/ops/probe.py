"""`python -m ministry.ops.probe`: ends with 0 when the web process beside it is ready; for container health checks.

It asks as the reverse proxy would: with a host this portal answers for, and as if TLS ended before it.
"""

import os
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException


def answers(path: str, *, port: int, host: str, address: str = "127.0.0.1") -> bool:
    """Return whether `path` on this machine answers 200, asked as the proxy asks for `host`."""
    connection = HTTPConnection(address, port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": host, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def ready(port: int, host: str) -> bool:
    """Return whether /readyz on this machine answers 200."""
    return answers("/readyz", port=port, host=host)


def allowed_host(environment: Mapping[str, str], otherwise: str) -> str:
    """Return a host that the portal answers for: the first of ALLOWED_HOSTS."""
    return (environment.get("ALLOWED_HOSTS") or otherwise).split(",")[0].strip().lstrip(".").replace("*", otherwise)


if __name__ == "__main__":
    port = int(os.environ.get("PORT") or "8000")
    sys.exit(0 if ready(port, allowed_host(os.environ, "localhost")) else 1)

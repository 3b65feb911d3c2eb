"""`python -m ministry.ops.probe`: ends with 0 when the web process beside it is ready; for container health checks.

It asks as the reverse proxy would: with a host this portal answers for, and as if TLS ended before it.
"""

import os
import sys
from http.client import HTTPConnection, HTTPException


def ready(port: int, host: str) -> bool:
    """Return whether /readyz on this machine answers 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz", headers={"Host": host, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    first_host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    sys.exit(0 if ready(int(os.environ.get("PORT") or "8000"), first_host) else 1)

"""What stands between the server and every page."""

from ministry.middleware.actor import ActorMiddleware
from ministry.middleware.pages import ErrorPageMiddleware, SecondFactorMiddleware, SecurityHeadersMiddleware

__all__ = ["ActorMiddleware", "ErrorPageMiddleware", "SecondFactorMiddleware", "SecurityHeadersMiddleware"]

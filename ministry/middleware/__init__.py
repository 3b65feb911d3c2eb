"""What stands between the server and every page."""

from ministry.middleware.pages import ErrorPageMiddleware, SecondFactorMiddleware, SecurityHeadersMiddleware

__all__ = ["ErrorPageMiddleware", "SecondFactorMiddleware", "SecurityHeadersMiddleware"]

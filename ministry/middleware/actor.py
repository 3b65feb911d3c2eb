"""Whoever is signed in acts in the database too."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from ministry.actor import acting_as


class ActorMiddleware:
    """Has everything a request writes recorded as done by the person signed in (see `ministry.actor`).

    Who that is is looked up when something is written: pages that only read, or need no sign-in, pay nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting_as(lambda: request.user.pk if request.user.is_authenticated else None):
            return self.get_response(request)

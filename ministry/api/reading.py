"""Reading bodies: JSON of a bounded size and depth, text that can be kept."""

from typing import Any

from django.conf import settings
from rest_framework import serializers, status
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from ministry.api.problems import Problem


class BoundedJSONParser(JSONParser):
    """JSON whose nesting no program writes is a bad request, not an error of ours."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError("The JSON is nested too deeply.") from error


def refuse_large(request: Request) -> None:
    """Refuse a body that is larger than any message needs, before it is read.

    Raises:
        Problem: 413.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > settings.API_BODY_LIMIT:
        raise Problem(
            status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
            "too_large",
            f"The body may have up to {settings.API_BODY_LIMIT} bytes.",
        )


class TextField(serializers.CharField):
    """Text as the database can keep it: halves of characters, which JSON can carry, are refused."""

    default_error_messages = {"half_character": "The text contains half a character (a lone surrogate)."}

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            text.encode()
        except UnicodeEncodeError:
            self.fail("half_character")
        return text

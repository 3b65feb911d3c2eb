"""Fields and widgets of a form, as the class they were declared with."""

from typing import TypeVar

T = TypeVar("T")


def declared_as(kind: type[T], part: object) -> T:
    """Return a form's field or widget as one of its class, so that what only that class has can be set.

    Raises:
        TypeError: it was declared with another class.
    """
    if not isinstance(part, kind):
        raise TypeError(f"{type(part).__name__} is not a {kind.__name__}.")
    return part

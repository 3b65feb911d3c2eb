"""What holds although the declared type does not say it: told to the type checker, and looked at when it runs."""

from typing import TypeVar

T = TypeVar("T")


def declared_as(kind: type[T], part: object) -> T:
    """Return a part (a form's field, a model's field) as one of its class, so that what only that class has is known.

    Raises:
        TypeError: it is of another class.
    """
    if not isinstance(part, kind):
        raise TypeError(f"{type(part).__name__} is not a {kind.__name__}.")
    return part


def certain(value: T | None) -> T:
    """Return a value that may be missing in general and is there here, by a constraint or by what was just asked.

    Raises:
        ValueError: it is missing after all.
    """
    if value is None:
        raise ValueError("A value that must be there is missing.")
    return value

"""Slots that higher apps fill in their `ready()`: the core shows what it cannot import."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    from ministry.models import User

T = TypeVar("T")


class Slot(Generic[T]):
    """An ordered collection filled at start-up."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, T]] = []

    def register(self, entry: T, *, order: int = 100) -> T:
        """Add an entry; entries are shown by rising `order`."""
        self._entries.append((order, entry))
        self._entries.sort(key=lambda pair: pair[0])
        return entry

    def __iter__(self) -> Iterator[T]:
        return iter([entry for _order, entry in self._entries])


@dataclass(frozen=True)
class MenuEntry:
    """An entry of the staff navigation, shown to those who hold any of `permissions`."""

    label: "str | _StrPromise"
    url_name: str
    permissions: tuple[str, ...]
    icon: str = ""
    # Path prefixes under which the entry is marked as the current one.
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeskTask:
    """Something that waits for the person at the desk."""

    text: "str | _StrPromise"
    url: str
    count: int = 1
    # "bad", "warn", "info" or "ok": how pressing it is.
    tone: str = "info"


@dataclass(frozen=True)
class DeskFigure:
    """One figure of the desk's dashboard; leads to the list it counts."""

    label: "str | _StrPromise"
    value: str
    url: str = ""
    note: "str | _StrPromise" = ""
    tone: str = "ok"


@dataclass(frozen=True)
class DeskPanel:
    """A panel of the desk: a template and what it needs."""

    template_name: str
    context: Callable[["HttpRequest"], dict[str, Any] | None]
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ServiceCard:
    """A card on the public home page."""

    title: "str | _StrPromise"
    text: "str | _StrPromise"
    url_name: str
    icon: str


@dataclass(frozen=True)
class AreaMeasure:
    """A public figure by governorate: `values()` returns {area code: count} in one statement."""

    code: str
    title: "str | _StrPromise"
    # What one counted thing is called on the page, e.g. "registered households".
    unit: "str | _StrPromise"
    values: Callable[[], dict[str, int]]


menu: Slot[MenuEntry] = Slot()
desk_tasks: Slot[Callable[["User"], Iterable[DeskTask]]] = Slot()
desk_figures: Slot[Callable[["User"], Iterable[DeskFigure]]] = Slot()
desk_panels: Slot[DeskPanel] = Slot()
service_cards: Slot[ServiceCard] = Slot()
area_measures: Slot[AreaMeasure] = Slot()

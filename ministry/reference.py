"""Reference data: loaders that apps register in `ready()` and `load_reference_data` runs, each idempotent."""

from collections.abc import Callable

_loaders: list[tuple[int, str, Callable[[], int]]] = []


def register(loader: Callable[[], int], *, name: str, order: int = 100) -> None:
    """Make `loader` part of `load_reference_data`; it returns how many rows it added or changed."""
    _loaders.append((order, name, loader))
    _loaders.sort(key=lambda entry: entry[:2])


def load_all() -> dict[str, int]:
    """Run every loader in order and return the rows each one touched."""
    return {name: loader() for _order, name, loader in _loaders}

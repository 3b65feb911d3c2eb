"""Axes with round numbers, and classes with round limits."""

import math
from bisect import bisect_right


def nice_step(span: float, count: int) -> float:
    """Return the round step (1, 2, 2.5 or 5 times a power of ten) that cuts `span` into about `count` parts."""
    if span <= 0:
        return 1.0
    rough = span / count
    power = 10 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)


def ticks(highest: float, count: int = 4) -> list[float]:
    """Return the marks of an axis from 0 to at least `highest`."""
    # Counts need no marks between whole numbers.
    step = nice_step(highest, count) if highest > count else max(1.0, math.ceil(highest / count))
    return [round(step * mark, 10) for mark in range(math.ceil(highest / step) + 1 or 2)] if highest > 0 else [0, 1]


def class_limits(values: list[float], classes: int = 5) -> list[float]:
    """Return the lower limits of all classes but the first, round and rising, about as many values in each.

    Fewer than `classes` − 1 limits come back when the values are too alike to be told apart.
    """
    ordered = sorted(values)
    limits: list[float] = []
    for number in range(1, classes):
        value = ordered[min(len(ordered) - 1, len(ordered) * number // classes)] if ordered else 0
        floor = limits[-1] if limits else 0
        # One leading figure reads best; two where one would merge two classes.
        for figures in (1, 2):
            limit = _rounded(value, figures)
            if max(floor, ordered[0]) < limit <= ordered[-1]:
                limits.append(limit)
                break
    return limits


def _rounded(value: float, figures: int) -> float:
    """Return the value with so many leading figures."""
    if value <= 0:
        return 0.0
    power = 10 ** (math.floor(math.log10(value)) - figures + 1)
    return round(round(value / power) * power, 10)


def class_of(value: float, limits: list[float]) -> int:
    """Return the class of a value, from 1."""
    return bisect_right(limits, value) + 1

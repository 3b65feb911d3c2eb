"""Bars and lines over time or categories."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ministry import formats
from ministry.charts.scale import ticks

Figure = int | float | Decimal | None

# Counts between zero and this many are neither drawn nor told.
DISCLOSURE_THRESHOLD = 10


@dataclass(frozen=True)
class Series:
    """One line of figures; None where there is none."""

    name: str
    values: Sequence[Figure]


@dataclass
class Mark:
    """A bar or a point."""

    series: int
    x: float
    y: float
    width: float = 0
    height: float = 0


@dataclass
class Drawing:
    """One size of a chart."""

    kind: str
    width: int
    height: int
    plot_start: float = 0
    plot_end: float = 0
    base: float = 0
    # (y, text, x of the text) of the value axis.
    value_ticks: list[tuple[float, str, float]] = field(default_factory=list)
    tick_anchor: str = "start"
    # (x, text) below the chart.
    labels: list[tuple[float, str]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    # (series, points) of lines; a gap in the figures cuts the line.
    polylines: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Chart:
    """A figure ready to be drawn by `components/charts/_chart.html`."""

    title: str
    unit: str
    period: str
    summary: str
    labels: Sequence[str]
    series: Sequence[Series]
    drawings: list[Drawing]
    # Rows of the table: (label, [figure as text, …]).
    rows: list[tuple[str, list[str]]]
    label_heading: str


# (class, width, height, most labels): narrow enough that 13 units of text stay 12 pixels in half a page and on a phone.
_SIZES = (("wide", 470, 250, 6), ("narrow", 300, 220, 4))
_AXIS, _OTHER, _TOP, _BOTTOM = 52, 10, 14, 30


def _told(value: Figure, suppress: bool) -> str:
    if value is None:
        return "—"
    return formats.suppressed(int(value), DISCLOSURE_THRESHOLD) if suppress else formats.number(value)


def _drawn(value: Figure, suppress: bool) -> float | None:
    if value is None or (suppress and 0 < value < DISCLOSURE_THRESHOLD):
        return None
    return float(value)


def _frame(kind: str, width: int, height: int, most_labels: int, labels: Sequence[str], highest: float) -> Drawing:
    """Return a drawing with its axes; positions are mirrored in Arabic."""
    mirrored = formats.is_arabic()
    drawing = Drawing(kind, width, height, base=height - _BOTTOM, tick_anchor="start" if mirrored else "end")
    drawing.plot_start, drawing.plot_end = (_OTHER, width - _AXIS) if mirrored else (_AXIS, width - _OTHER)
    marks = ticks(highest, 4)
    plot_height = drawing.base - _TOP
    for mark in marks:
        y = drawing.base - plot_height * mark / marks[-1]
        drawing.value_ticks.append(
            (round(y, 1), formats.number(mark), drawing.plot_end + 8 if mirrored else drawing.plot_start - 8)
        )
    step = (drawing.plot_end - drawing.plot_start) / max(1, len(labels))
    every = -(-len(labels) // most_labels)
    # Counted from the newest, which stands last, so that it always has its name.
    drawing.labels = [
        (_across(drawing, step * (place + 0.5), mirrored), label)
        for place, label in enumerate(labels)
        if (len(labels) - 1 - place) % every == 0
    ]
    return drawing


def _across(drawing: Drawing, offset: float, mirrored: bool) -> float:
    return round(drawing.plot_end - offset if mirrored else drawing.plot_start + offset, 1)


def _build(
    kind: str,
    *,
    title: str,
    unit: str,
    period: str,
    labels: Sequence[str],
    series: Sequence[Series],
    summary: str,
    label_heading: str,
    suppress: bool,
) -> Chart:
    mirrored = formats.is_arabic()
    values = [[_drawn(value, suppress) for value in one.values] for one in series]
    highest = max((value for one in values for value in one if value is not None), default=0)
    drawings = []
    for name, width, height, most_labels in _SIZES:
        drawing = _frame(name, width, height, most_labels, labels, highest)
        scale = (drawing.base - _TOP) / ticks(highest, 4)[-1]
        step = (drawing.plot_end - drawing.plot_start) / max(1, len(labels))
        for number, one in enumerate(values):
            if kind == "bars":
                _add_bars(drawing, one, number, len(values), step, scale, mirrored)
            else:
                _add_line(drawing, one, number, step, scale, mirrored)
        drawings.append(drawing)
    rows = [
        (label, [_told(one.values[place] if place < len(one.values) else None, suppress) for one in series])
        for place, label in enumerate(labels)
    ]
    return Chart(title, unit, period, summary, labels, series, drawings, rows, label_heading)


def _add_bars(
    drawing: Drawing,
    values: list[float | None],
    number: int,
    of: int,
    step: float,
    scale: float,
    mirrored: bool,
) -> None:
    width = min(26.0, step * 0.72 / of)
    for place, value in enumerate(values):
        if value is None:
            continue
        offset = step * (place + 0.5) + width * (number - of / 2) + (width if mirrored else 0)
        height = max(1.0, value * scale) if value else 0
        drawing.marks.append(
            Mark(
                number + 1,
                _across(drawing, offset, mirrored),
                round(drawing.base - height, 1),
                round(max(1.0, width - 1.5), 1),
                round(height, 1),
            )
        )


def _add_line(
    drawing: Drawing, values: list[float | None], number: int, step: float, scale: float, mirrored: bool
) -> None:
    run: list[str] = []
    for place, value in enumerate([*values, None]):
        if value is None:
            if len(run) > 1:
                drawing.polylines.append((number + 1, " ".join(run)))
            run = []
            continue
        x, y = _across(drawing, step * (place + 0.5), mirrored), round(drawing.base - value * scale, 1)
        run.append(f"{x},{y}")
        drawing.marks.append(Mark(number + 1, x, y))


def bars(
    *,
    title: str,
    unit: str,
    period: str,
    labels: Sequence[str],
    series: Sequence[Series],
    summary: str,
    label_heading: str,
    suppress: bool = False,
) -> Chart:
    """Return bars, side by side for several series. With `suppress`, counts from 1 to 9 are only told as <10."""
    return _build(
        "bars",
        title=title,
        unit=unit,
        period=period,
        labels=labels,
        series=series,
        summary=summary,
        label_heading=label_heading,
        suppress=suppress,
    )


def lines(
    *,
    title: str,
    unit: str,
    period: str,
    labels: Sequence[str],
    series: Sequence[Series],
    summary: str,
    label_heading: str,
    suppress: bool = False,
) -> Chart:
    """Return lines over time, told apart by colour and by dash. With `suppress`, counts from 1 to 9 are left out."""
    return _build(
        "lines",
        title=title,
        unit=unit,
        period=period,
        labels=labels,
        series=series,
        summary=summary,
        label_heading=label_heading,
        suppress=suppress,
    )

"""Maps of areas coloured by rate."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ministry import formats
from ministry.charts.scale import class_limits, class_of

_WIDTH = 600
# Islets and bends smaller than this are not seen at the size a map is shown (units of the drawing).
_GRAIN = 0.6


@dataclass(frozen=True)
class AreaValue:
    """An area on the map: its outline (GeoJSON geometry, WGS84), its rate and what is told about it."""

    code: str
    name: str
    boundary: dict[str, Any] | None
    # None: no figure, or too few people to tell one.
    rate: float | None
    text: str
    url: str = ""


@dataclass(frozen=True)
class Region:
    """A drawn area."""

    code: str
    name: str
    text: str
    url: str
    path: str
    # 1–5, or 0 without a figure.
    shade: int
    label_x: float
    label_y: float
    # Whether its name fits inside.
    is_labelled: bool


@dataclass(frozen=True)
class AreaMap:
    """A map ready to be drawn by `components/charts/_map.html`."""

    title: str
    unit: str
    period: str
    summary: str
    credit: str
    width: int
    height: int
    regions: list[Region]
    # (shade, words) of the legend.
    legend: list[tuple[int, str]]
    has_gaps: bool


def _rings(geometry: dict[str, Any]) -> Iterator[list[Sequence[float]]]:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in polygons:
        yield from polygon


def _thinned(ring: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Drop points that lie closer than the grain to the last one kept."""
    kept = [ring[0]]
    for point in ring[1:]:
        if abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) >= _GRAIN:
            kept.append(point)
    return kept


def _centre(ring: list[tuple[float, float]]) -> tuple[float, float, float]:
    """Return (x, y, area) of a ring: its centre of gravity and its size."""
    area = x = y = 0.0
    for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = x0 * y1 - x1 * y0
        area += cross
        x += (x0 + x1) * cross
        y += (y0 + y1) * cross
    if not area:
        return ring[0][0], ring[0][1], 0.0
    return x / (3 * area), y / (3 * area), abs(area / 2)


def _width_at(ring: list[tuple[float, float]], x: float, y: float) -> float:
    """Return how much room there is on both sides of a point inside the ring, along its line."""
    crossings = []
    for (x0, y0), (x1, y1) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y0 > y) != (y1 > y):
            crossings.append(x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    before = [crossing for crossing in crossings if crossing <= x]
    after = [crossing for crossing in crossings if crossing > x]
    return 2 * min(x - max(before), min(after) - x) if before and after else 0.0


def area_map(
    *, title: str, unit: str, period: str, summary: str, credit: str, areas: Iterable[AreaValue], no_data: str
) -> AreaMap | None:
    """Return the map, or None where no area has an outline. `no_data` names the hatched class in the legend."""
    drawn = [area for area in areas if area.boundary]
    if not drawn:
        return None
    points = [point for area in drawn for ring in _rings(area.boundary or {}) for point in ring]
    west, east = min(point[0] for point in points), max(point[0] for point in points)
    south, north = min(point[1] for point in points), max(point[1] for point in points)
    # At the middle latitude one degree of longitude is this much shorter than one of latitude.
    narrowing = math.cos(math.radians((south + north) / 2))
    scale = _WIDTH / ((east - west) * narrowing)
    limits = class_limits([area.rate for area in drawn if area.rate is not None])
    regions = []
    for area in drawn:
        rings = [
            _thinned([((x - west) * narrowing * scale, (north - y) * scale) for x, y, *_rest in ring])
            for ring in _rings(area.boundary or {})
        ]
        label_x, label_y, _size = max((_centre(ring) for ring in rings), key=lambda centre: centre[2])
        largest = max(rings, key=lambda ring: _centre(ring)[2])
        regions.append(
            Region(
                code=area.code,
                name=area.name,
                text=area.text,
                url=area.url,
                path="".join(_path(ring) for ring in rings if len(ring) > 2),
                shade=class_of(area.rate, limits) if area.rate is not None else 0,
                label_x=round(label_x, 1),
                label_y=round(label_y + 6, 1),
                is_labelled=_width_at(largest, label_x, label_y) > 9.5 * len(area.name),
            )
        )
    return AreaMap(
        title=title,
        unit=unit,
        period=period,
        summary=summary,
        credit=credit,
        width=_WIDTH,
        height=math.ceil((north - south) * scale),
        regions=regions,
        legend=_legend(limits, no_data, any(not region.shade for region in regions)),
        has_gaps=any(not region.shade for region in regions),
    )


def _path(ring: list[tuple[float, float]]) -> str:
    """Return a closed path; steps are relative, which halves its length."""
    x, y = round(ring[0][0], 1), round(ring[0][1], 1)
    pieces = [f"M{x:g} {y:g}l"]
    steps = []
    for next_x, next_y in ring[1:]:
        step_x, step_y = round(next_x - x, 1), round(next_y - y, 1)
        steps.append(f"{step_x:g} {step_y:g}")
        x, y = x + step_x, y + step_y
    return f"{pieces[0]}{' '.join(steps)}z"


def _legend(limits: list[float], no_data: str, has_gaps: bool) -> list[tuple[int, str]]:
    """Return the classes in words: below the first limit, between two, from the last on."""
    texts = formats.class_names(limits)
    return [*enumerate(texts, start=1), *([(0, no_data)] if has_gaps else [])]

"""Filling the area tree: governorates and published figures of a country pack, boundaries from any GeoJSON."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ministry.countries import CountryPack
from ministry.exceptions import DomainError
from ministry.models import Area, AreaFigure

DATA = Path(__file__).resolve().parent.parent / "countries" / "data"
CODE_PROPERTIES = ("iso", "iso_3166_2", "ISO", "code", "shapeISO", "ADM1_PCODE")


@transaction.atomic
def load_country(pack: CountryPack) -> int:
    """Add the country and its governorates, with boundaries and figures where the pack has them.

    What an administrator has changed since (a name, official boundaries) stays. Returns the rows added.
    """
    country, added = Area.objects.get_or_create(
        code=pack.code,
        defaults={"level": Area.Level.COUNTRY, "name_ar": pack.name_ar, "name_en": pack.name_en},
    )
    rows = int(added)
    for governorate in pack.governorates:
        _area, added = Area.objects.get_or_create(
            code=governorate.code,
            defaults={
                "level": Area.Level.GOVERNORATE,
                "parent": country,
                "name_ar": governorate.name_ar,
                "name_en": governorate.name_en,
            },
        )
        rows += int(added)
    slug = pack.name_en.lower()
    boundaries, figures = DATA / f"{slug}_boundaries.geojson", DATA / f"{slug}_figures.csv"
    if boundaries.exists():
        rows += load_boundaries(boundaries, only_missing=True).matched
    if figures.exists():
        rows += _load_figures(figures)
    return rows


def _load_figures(path: Path) -> int:
    areas = dict(Area.objects.governorates().values_list("code", "pk"))
    with path.open(encoding="utf-8", newline="") as file:
        figures = [
            AreaFigure(
                area_id=areas[row["code"]],
                kind=row["kind"],
                period=row["period"],
                value=Decimal(row["value"]),
                source=row["source"],
            )
            for row in csv.DictReader(file)
        ]
    before = AreaFigure.objects.count()
    AreaFigure.objects.bulk_create(figures, ignore_conflicts=True)
    return AreaFigure.objects.count() - before


@dataclass(frozen=True)
class BoundariesLoaded:
    """How many features met an area, and the codes of those that met none."""

    matched: int
    unknown: list[str]


@transaction.atomic
def load_boundaries(path: Path, *, credit: str = "", only_missing: bool = False) -> BoundariesLoaded:
    """Set the boundaries of areas from a GeoJSON file, joined on the area's code (ISO 3166-2), never on a name.

    Raises:
        DomainError: the file is no GeoJSON feature collection in WGS84, or a feature has no code.
    """
    collection = _read_collection(path)
    credit = credit or collection.get("credit", "")
    areas = {area.code: area for area in Area.objects.exclude(level=Area.Level.COUNTRY)}
    changed, unknown = [], []
    for number, feature in enumerate(collection["features"], start=1):
        code = _code_of(feature, number)
        area = areas.get(code)
        if area is None:
            unknown.append(code)
        elif not (only_missing and area.boundary):
            area.boundary, area.boundary_credit = _checked_geometry(feature, number), credit
            changed.append(area)
    Area.objects.bulk_update(changed, ["boundary", "boundary_credit"], batch_size=100)
    return BoundariesLoaded(matched=len(changed), unknown=unknown)


def _read_collection(path: Path) -> dict[str, Any]:
    try:
        collection = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DomainError(_("{path} cannot be read as GeoJSON.").format(path=path.name)) from error
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        raise DomainError(_("{path} is not a GeoJSON feature collection.").format(path=path.name))
    if not isinstance(collection.get("features"), list):
        raise DomainError(_("{path} holds no features.").format(path=path.name))
    return collection


def _code_of(feature: dict[str, Any], number: int) -> str:
    properties = feature.get("properties") or {}
    for name in CODE_PROPERTIES:
        if properties.get(name):
            return str(properties[name])
    if feature.get("id"):
        return str(feature["id"])
    raise DomainError(
        _("Feature {number} has no ISO code; one of these properties must hold it: {names}.").format(
            number=number, names=", ".join(CODE_PROPERTIES)
        )
    )


def _points(coordinates: Any, visit: Callable[[float, float], None]) -> None:
    if coordinates and isinstance(coordinates[0], int | float):
        visit(*coordinates[:2])
    else:
        for part in coordinates:
            _points(part, visit)


def _checked_geometry(feature: dict[str, Any], number: int) -> dict[str, Any]:
    geometry = feature.get("geometry") or {}
    if geometry.get("type") not in {"Polygon", "MultiPolygon"} or not geometry.get("coordinates"):
        raise DomainError(_("Feature {number} is no polygon.").format(number=number))

    def check(longitude: float, latitude: float) -> None:
        if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
            raise DomainError(
                _("Feature {number} is not in degrees (WGS84): {longitude}, {latitude}.").format(
                    number=number, longitude=longitude, latitude=latitude
                )
            )

    _points(geometry["coordinates"], check)
    return {"type": geometry["type"], "coordinates": geometry["coordinates"]}

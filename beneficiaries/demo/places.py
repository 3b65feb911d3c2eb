"""Where invented households live: what differs between governorates beside their published figures."""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path

from ministry.countries import egypt

_FIGURES = Path(egypt.__file__).parent / "data" / "egypt_figures.csv"

# Share of town dwellers, and the share of poor assumed where no published figure is at hand. Both only steer the
# invention: they are shown nowhere.
_SHAPE = {
    "EG-C": (1.00, 31),
    "EG-ALX": (0.98, 22),
    "EG-PTS": (1.00, 8),
    "EG-SUZ": (1.00, 17),
    "EG-DT": (0.39, 15),
    "EG-DK": (0.28, 20),
    "EG-SHR": (0.24, 25),
    "EG-KB": (0.43, 24),
    "EG-KFS": (0.24, 19),
    "EG-GH": (0.29, 10),
    "EG-MNF": (0.21, 22),
    "EG-BH": (0.19, 32),
    "EG-IS": (0.46, 26),
    "EG-GZ": (0.60, 29),
    "EG-BNS": (0.24, 42),
    "EG-FYM": (0.23, 40),
    "EG-MN": (0.19, 55),
    "EG-AST": (0.27, 60),
    "EG-SHG": (0.22, 58),
    "EG-KN": (0.20, 48),
    "EG-ASN": (0.43, 46),
    "EG-LX": (0.38, 52),
    "EG-BA": (0.97, 12),
    "EG-WAD": (0.45, 35),
    "EG-MT": (0.64, 45),
    "EG-SIN": (0.60, 38),
    "EG-JS": (0.52, 24),
}
# Where families of the Coptic community are more common.
_COPTIC_SHARE = {"EG-MN": 0.17, "EG-AST": 0.17, "EG-SHG": 0.13, "EG-KN": 0.09, "EG-LX": 0.08, "EG-C": 0.07}


@dataclass(frozen=True)
class Place:
    """A governorate as the invention sees it."""

    code: str
    # The two digits national numbers use for it.
    id_code: str
    weight: float
    urban_share: float
    # Share of the population below the national poverty line, 0–1.
    poverty: float
    coptic_share: float
    districts: int


@cache
def places() -> tuple[Place, ...]:
    """Return the governorates with their published population and, where published, poverty."""
    figures: dict[tuple[str, str], float] = {}
    with _FIGURES.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            figures[row["code"], row["kind"]] = float(row["value"])
    found = []
    for governorate in egypt.GOVERNORATES:
        urban, assumed = _SHAPE[governorate.code]
        population = figures[governorate.code, "population"]
        found.append(
            Place(
                code=governorate.code,
                id_code=governorate.id_code,
                weight=population,
                urban_share=urban,
                poverty=figures.get((governorate.code, "poverty_rate"), assumed) / 100,
                coptic_share=_COPTIC_SHARE.get(governorate.code, 0.04),
                districts=min(16, 3 + round(population / 600_000)),
            )
        )
    return tuple(found)


class PlaceDraw:
    """Draws governorates as often as people live there, the poorer ones somewhat more: that is who registers."""

    def __init__(self, known: Sequence[Place]) -> None:
        self._places = known
        self._cumulative = list(accumulate(place.weight * (0.6 + place.poverty) for place in known))

    def draw(self, rng: random.Random) -> Place:
        return rng.choices(self._places, cum_weights=self._cumulative)[0]


_STREETS = (
    "الجمهورية", "سعد زغلول", "أحمد عرابي", "الجلاء", "التحرير", "بورسعيد", "النيل", "المحطة", "السوق", "الجيش",
    "مصطفى كامل", "عبد المنعم رياض", "المدارس", "الثورة", "البحر", "السلام", "النصر", "الوحدة", "المستشفى", "الشهداء",
)  # fmt: skip
_HAMLETS = (
    "عزبة النخل", "نجع الشيخ", "كفر الشرفا", "عزبة الجديدة", "نجع حمد", "كفر سلامة", "عزبة العمدة", "نزلة السلام",
    "منشأة ناصر", "عزبة الباشا", "كفر أبو زيد", "نجع العرب", "عزبة عثمان", "بني حسن", "كفر الجزار", "نزلة عبد الله",
)  # fmt: skip
_LANDMARKS = ("بجوار المسجد الكبير", "خلف الوحدة الصحية", "أمام المدرسة الابتدائية", "بجوار الجمعية الزراعية")


def address(rng: random.Random, *, urban: bool) -> str:
    """Return an address as field offices write it: street and number in town, hamlet and landmark in the country."""
    if urban:
        return f"{rng.randint(1, 140)} شارع {rng.choice(_STREETS)}"
    text = rng.choice(_HAMLETS)
    return f"{text} - {rng.choice(_LANDMARKS)}" if rng.random() < 0.5 else text

"""Homes, belongings and incomes that go with a family's means."""

import math
import random

# Weights of each answer for the poor, the middle and the better-off.
_TENURE = ("owned", "rented", "borrowed", "owned_paying", "precarious")
_TENURE_WEIGHTS = ((52, 22, 17, 1, 8), (60, 22, 11, 4, 3), (66, 21, 5, 7, 1))
_WALL = ("brick", "concrete", "mixed", "wood", "metal", "waste", "reed", "other")
_WALL_WEIGHTS = ((58, 12, 18, 3, 3, 2, 3, 1), (66, 24, 8, 1, 0.5, 0.2, 0.2, 0.1), (52, 45, 2.5, 0.3, 0.1, 0, 0, 0.1))
_FLOOR = ("tile", "cement", "earth", "wood", "other")
_FLOOR_WEIGHTS = ((28, 47, 23, 1, 1), (66, 29, 4, 0.6, 0.4), (92, 7, 0.3, 0.6, 0.1))
_ROOF = ("concrete", "reed", "metal", "other")
_ROOF_WEIGHTS = ((58, 26, 12, 4), (85, 8, 5, 2), (98, 0.6, 1, 0.4))
_WATER = ("piped_inside", "piped_outside", "none")
_WATER_WEIGHTS = ((86, 11, 3), (95, 4, 1), (99, 0.8, 0.2))
_SEWERED_TOWN = ("sewer", "septic", "pit", "none", "other")
_SANITATION_TOWN = ((78, 15, 4, 2, 1), (90, 8, 1.2, 0.4, 0.4), (97, 2.6, 0.2, 0.1, 0.1))
_SANITATION_VILLAGE = ((18, 50, 24, 6, 2), (30, 56, 12, 1, 1), (44, 52, 3, 0.4, 0.6))
_POWER = ("grid", "private", "none")
_POWER_WEIGHTS = ((97.6, 0.8, 1.6), (99.4, 0.3, 0.3), (99.8, 0.15, 0.05))
_FUEL = ("gas", "electricity", "wood", "none")
_FUEL_WEIGHTS = ((88, 0.6, 10, 1.4), (96.5, 1, 2.2, 0.3), (97, 2.7, 0.2, 0.1))
_WASTE = ("collected", "dumped", "burned", "buried", "other")
_WASTE_TOWN = ((74, 17, 7, 1, 1), (86, 9, 4, 0.5, 0.5), (96, 3, 0.6, 0.2, 0.2))
_WASTE_VILLAGE = ((26, 38, 32, 2, 2), (42, 30, 25, 1.5, 1.5), (63, 20, 15, 1, 1))

Cell = str | int


def dwelling(rng: random.Random, *, means: float, urban: bool, people: int, adults: int) -> list[Cell]:
    """Return the cells from `tenure` to `mobile_phones` of households.csv for a family of these means.

    `means` is the family's standing in standard deviations from the country's middle.
    """
    row = 0 if means < -0.75 else 1 if means < 0.45 else 2

    def pick(answers: tuple[str, ...], weights: tuple[tuple[float, ...], ...]) -> str:
        return rng.choices(answers, weights[row])[0]

    def has(middle: float, slope: float) -> bool:
        return rng.random() < 1 / (1 + math.exp(-(middle + slope * means)))

    tenure = pick(_TENURE, _TENURE_WEIGHTS)
    rent = round(math.exp(rng.gauss(6.9 + 0.3 * means + (0.25 if urban else -0.2), 0.35)) / 50) * 50
    rooms = max(1, min(9, round(rng.gauss(2.5 + 0.55 * means + 0.45 * math.sqrt(people), 0.8))))
    phones = min(9, sum(has(2.0, 0.7) for _adult in range(adults)))
    return [
        tenure,
        max(150, rent) if tenure == "rented" else "",
        rooms,
        max(1, min(rooms, rooms - 1 if rng.random() < 0.8 else rooms - 2)),
        pick(_WALL, _WALL_WEIGHTS),
        pick(_FLOOR, _FLOOR_WEIGHTS),
        pick(_ROOF, _ROOF_WEIGHTS),
        pick(_WATER, _WATER_WEIGHTS),
        pick(_SEWERED_TOWN, _SANITATION_TOWN if urban else _SANITATION_VILLAGE),
        pick(_POWER, _POWER_WEIGHTS),
        pick(_FUEL, _FUEL_WEIGHTS),
        pick(_WASTE, _WASTE_TOWN if urban else _WASTE_VILLAGE),
        int(has(2.9, 1.1)),
        int(has(2.6, 1.0)),
        int(has(-2.2, 1.6)),
        int(phones > 0),
        int(has(-3.0, 1.4)),
        phones,
    ]


def monthly_income(rng: random.Random, *, means: float, workers: int) -> Cell:
    """Return what the family says it earns, in pounds; empty where it would not or could not say."""
    if rng.random() < 0.22:
        return ""
    income = math.exp(rng.gauss(7.75 + 0.5 * means + 0.32 * min(workers, 4), 0.4))
    return round(income / 50) * 50

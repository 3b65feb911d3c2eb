"""How well a score finds the poor: errors, ranks and calibration on households it has not learnt from.

Exclusion error (undercoverage): of all poor households, the share that is not selected.
Inclusion error (leakage): of all selected households, the share that is not poor.
Source: D. Coady, M. Grosh, J. Hoddinott, Targeting of Transfers in Developing Countries, World Bank, 2004, ch. 2.
All figures are weighted by the survey's weights and count households, not people.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from beneficiaries.fitting.design import Floats

Flags = NDArray[np.bool_]
# Below so many households, poor or selected, a figure says more about chance than about the model.
FEWEST = 10


@dataclass(frozen=True)
class Errors:
    """What selecting by a score does among some households. A share is None where nobody could be counted."""

    households: int
    poor: int
    selected: int
    exclusion: float | None
    inclusion: float | None


def poorest(values: Floats, weights: Floats, share: float) -> Flags:
    """Flag the lowest values until they hold `share` (0–1) of all weight; the first of equals first.

    The household that crosses the line is in: the share covered is never less than was asked for.
    """
    order = np.argsort(values, kind="stable")
    before = np.cumsum(weights[order]) - weights[order]
    flags = np.zeros(len(values), dtype=bool)
    flags[order] = before < share * weights.sum() - 1e-9
    return flags


def errors(poor: Flags, selected: Flags, weights: Floats, within: Flags | None = None) -> Errors:
    """Return both errors, among all households or those of a group. Who is selected is decided over all."""
    among = np.ones(len(poor), dtype=bool) if within is None else within
    is_poor, is_selected = poor & among, selected & among
    return Errors(
        households=int(among.sum()),
        poor=int(is_poor.sum()),
        selected=int(is_selected.sum()),
        exclusion=_share(is_poor & ~selected, is_poor, weights),
        inclusion=_share(is_selected & ~poor, is_selected, weights),
    )


def _share(part: Flags, whole: Flags, weights: Floats) -> float | None:
    total = weights[whole].sum()
    return float(weights[part].sum() / total) if total > 0 else None


def ranks(values: Floats) -> Floats:
    """Return the rank of each value; equals share the mean of their ranks."""
    _unique, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return ((ends - counts + ends - 1) / 2)[inverse]


def correlation(first: Floats, second: Floats, weights: Floats) -> float | None:
    """Return the weighted correlation of two columns; None where one of them does not vary."""
    share = weights / weights.sum()
    a, b = first - (share * first).sum(), second - (share * second).sum()
    spread = np.sqrt((share * a * a).sum() * (share * b * b).sum())
    return float((share * a * b).sum() / spread) if spread > 1e-12 else None


def rank_correlation(first: Floats, second: Floats, weights: Floats) -> float | None:
    """Return Spearman's correlation: that of the ranks."""
    return correlation(ranks(first), ranks(second), weights)


def r_squared(actual: Floats, estimated: Floats, weights: Floats) -> float | None:
    """Return the share of the weighted variance that is explained; below 0 when the mean would do better.

    None where there is no variance to explain.
    """
    mean = np.average(actual, weights=weights)
    variance = (weights * (actual - mean) ** 2).sum()
    return float(1 - (weights * (actual - estimated) ** 2).sum() / variance) if variance > 1e-12 else None


@dataclass(frozen=True)
class Tenth:
    """One tenth of the households by score, the poorest first: what was estimated and what was found."""

    estimated: float
    actual: float
    households: int


def calibration(actual: Floats, estimated: Floats, weights: Floats, parts: int = 10) -> list[Tenth]:
    """Return the mean of estimate and measure in each tenth by estimate; empty tenths are left out."""
    order = np.argsort(estimated, kind="stable")
    ends = np.cumsum(weights[order]) / weights.sum()
    place = np.minimum((ends - 1e-12) * parts, parts - 1).astype(int)
    found = []
    for part in range(parts):
        rows = order[place == part]
        if len(rows):
            found.append(
                Tenth(
                    float(np.average(estimated[rows], weights=weights[rows])),
                    float(np.average(actual[rows], weights=weights[rows])),
                    len(rows),
                )
            )
    return found

"""When two words, or two numbers, are so near that one may be a slip for the other."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

UNLIKE, SOMEWHAT, NEAR = 0, 1, 2
_SOMEWHAT_FROM = 0.78
_NEAR_FROM = 0.92
# Letters a word must have before one, or two, wrong ones leave it recognisable.
_LETTERS_FOR_ONE = 3
_LETTERS_FOR_TWO = 7
# Pairs of codes among which looking for equal ones costs more than it saves.
_FEW = 64


def nearness(first: Sequence[str], second: Sequence[str]) -> np.ndarray:
    """Return, pair by pair, NEAR (a slip or two apart), SOMEWHAT or UNLIKE."""
    if not len(first):
        return np.zeros(0, np.int8)
    slips = cpdist(first, second, scorer=OSA.distance, dtype=np.int32)
    likeness = cpdist(first, second, scorer=JaroWinkler.similarity, dtype=np.float32)
    shorter = np.minimum([len(word) for word in first], [len(word) for word in second])
    near = (slips <= 1) & (shorter >= _LETTERS_FOR_ONE)
    near |= (slips <= 2) & (shorter >= _LETTERS_FOR_TWO)
    near |= (likeness >= _NEAR_FROM) & (shorter > _LETTERS_FOR_ONE)
    return np.where(near, NEAR, np.where(likeness >= _SOMEWHAT_FROM, SOMEWHAT, UNLIKE)).astype(np.int8)


def slips(first: Sequence[str], second: Sequence[str]) -> np.ndarray:
    """Return how many wrong, missing, added or exchanged characters lie between texts, pair by pair."""
    if not len(first):
        return np.zeros(0, np.int32)
    return cpdist(first, second, scorer=OSA.distance, dtype=np.int32)


def by_distinct_pair(
    a: np.ndarray[Any, np.dtype[np.int32]],
    b: np.ndarray[Any, np.dtype[np.int32]],
    answer: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> np.ndarray:
    """Return `answer` for pairs of codes, asked once for each distinct pair (the smaller code first)."""
    if not len(a):
        return np.zeros(0, np.int8)
    if len(a) <= _FEW:
        return answer(np.minimum(a, b), np.maximum(a, b))
    low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
    distinct, where = np.unique(low << 32 | high, return_inverse=True)
    return answer((distinct >> 32).astype(np.int32), (distinct & 0xFFFFFFFF).astype(np.int32))[where]

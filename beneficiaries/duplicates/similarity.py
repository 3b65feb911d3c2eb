"""When two words, or two numbers, are so near that one may be a slip for the other."""

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

UNLIKE, SOMEWHAT, NEAR = 0, 1, 2
_SOMEWHAT_FROM = 0.78
_NEAR_FROM = 0.92
# Letters a word must have before one, or two, wrong ones leave it recognisable.
_LETTERS_FOR_ONE = 3
_LETTERS_FOR_TWO = 7


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

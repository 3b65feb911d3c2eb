"""Names of two people: given names, the names after them, mothers."""

import numpy as np

from beneficiaries.duplicates.levels import RARITY, first_of
from beneficiaries.duplicates.nicknames import is_nickname
from beneficiaries.duplicates.people import Codes, People, Words
from beneficiaries.duplicates.similarity import NEAR, SOMEWHAT, by_distinct_pair, nearness

# Shares of people above which a name is common.
_VERY_COMMON, _COMMON, _RARE = 0.04, 0.008, 0.001
_RARE_PART, _USUAL_PART = 0.0015, 0.01
# A word so many times rarer than a near one is a slip for it, however often that slip is made.
_SLIP_IS_RARER = 150


def _word_nearness(words: Words, a: Codes, b: Codes) -> np.ndarray:
    """Return how near words are; of two scripts their consonants are compared."""
    texts, skeletons, latin = words.texts, words.skeletons, words.is_latin
    other_script = latin[a] != latin[b]
    first = [skeletons[x] if other else texts[x] for x, other in zip(a.tolist(), other_script, strict=True)]
    second = [skeletons[y] if other else texts[y] for y, other in zip(b.tolist(), other_script, strict=True)]
    return nearness(first, second)


def given_names(people: People, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    words = people.words
    x, y = people.names[a, 0], people.names[b, 0]
    level = np.full(len(a), -1, np.int8)
    known = (x >= 0) & (y >= 0)
    same = known & (x == y)
    share = words.share[np.maximum(x[same], 0)]
    level[same] = first_of([share >= _VERY_COMMON, share >= _COMMON, share >= _RARE], [7, 8, 9], 10)
    unlike = np.flatnonzero(known & ~same)
    level[unlike] = by_distinct_pair(x[unlike], y[unlike], lambda p, q: _given_level(words, p, q))
    return level


def _given_level(words: Words, a: Codes, b: Codes) -> np.ndarray:
    texts = words.texts
    near = _word_nearness(words, a, b)
    same_sound = words.skeleton_codes[a] == words.skeleton_codes[b]
    two_scripts = words.is_latin[a] | words.is_latin[b]
    both_known = _two_names(words, a, b, near)
    nickname = np.array([is_nickname(texts[p], texts[q]) for p, q in zip(a.tolist(), b.tolist(), strict=True)], bool)
    alike = near >= SOMEWHAT
    return first_of(
        [
            same_sound & two_scripts,
            nickname,
            # Two names that many people bear are two names, however near their letters are: محمد and محمود.
            both_known & alike,
            both_known,
            (near == NEAR) | same_sound,
            alike,
        ],
        [6, 5, 1, 0, 4, 3],
        2,
    ).astype(np.int8)


def _two_names(words: Words, a: Codes, b: Codes, near: np.ndarray) -> np.ndarray:
    """Tell of which words both are names of their own: known, and neither a frequent slip for the other."""
    share_a, share_b = words.share[a], words.share[b]
    is_slip = (near == NEAR) & (np.maximum(share_a, share_b) > _SLIP_IS_RARER * np.minimum(share_a, share_b))
    return words.is_known[a] & words.is_known[b] & ~is_slip


def _matches(words: Words, p: Codes, q: Codes) -> np.ndarray:
    """Return for each pair of name parts whether they are one name: the same word, or the same sound."""
    known = (p >= 0) & (q >= 0)
    p, q = np.maximum(p, 0), np.maximum(q, 0)
    one_sound = words.skeleton_codes[p] == words.skeleton_codes[q]
    one_word = words.bare_codes[p] == words.bare_codes[q]
    return known & (one_word | (one_sound & ~(words.is_known[p] & words.is_known[q])))


def _near_parts(words: Words, p: Codes, q: Codes, unmatched: np.ndarray) -> np.ndarray:
    """Mark the unmatched pairs of parts that are a slip apart and not two known names."""
    near = np.zeros(unmatched.shape, bool)
    at = np.nonzero(unmatched)
    x, y = np.broadcast_to(p, unmatched.shape)[at], np.broadcast_to(q, unmatched.shape)[at]
    near[at] = by_distinct_pair(x, y, lambda a, b: _part_nearness(words, a, b)) == NEAR
    return near


def _part_nearness(words: Words, a: Codes, b: Codes) -> np.ndarray:
    near = _word_nearness(words, a, b)
    near[_two_names(words, a, b, near)] = 0
    return near


def _shared(words: Words, p: Codes, q: Codes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for two matrices of parts: how many are shared, how many more are near, and the matches themselves."""
    match = _matches(words, p[:, :, None], q[:, None, :])
    shared = np.minimum(match.any(2).sum(1), match.any(1).sum(1))
    shorter = np.minimum((p >= 0).sum(1), (q >= 0).sum(1))
    near = np.zeros(len(p), np.int64)
    left = np.flatnonzero((shorter > shared) & (shorter - shared <= 2))
    if len(left):
        m = match[left]
        free = (~m.any(2) & (p[left] >= 0))[:, :, None] & (~m.any(1) & (q[left] >= 0))[:, None, :]
        slip = _near_parts(words, p[left][:, :, None], q[left][:, None, :], free)
        near[left] = np.minimum(slip.any(2).sum(1), slip.any(1).sum(1))
    return shared, near, match


def other_names(people: People, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    words = people.words
    p, q = people.names[a, 1:], people.names[b, 1:]
    count_a, count_b = (p >= 0).sum(1), (q >= 0).sum(1)
    shorter = np.minimum(count_a, count_b)
    shared, near, match = _shared(words, p, q)
    apart = shorter - shared - near
    total = shared + near
    base = first_of(
        [
            (apart == 0) & (near > 0) & (total >= 2),
            (apart == 0) & (near > 0),
            (apart == 0) & (shared >= 3),
            (apart == 0) & (shared == 2),
            (apart == 0) & (shared == 1),
            total >= 2,
            match[:, 0, 0],
            total == 1,
        ],
        [7, 8, 6, 5, 4, 3, 2, 1],
        0,
    )
    share = np.where(match.any(2), words.share[np.maximum(p, 0)], 1.0).min(1)
    rarity = first_of([share < _RARE_PART, share < _USUAL_PART], [2, 1], 0)
    return np.where(shorter > 0, base * len(RARITY) + rarity, -1).astype(np.int8)


def mothers(people: People, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    words = people.words
    x, y = people.mother[a, 0], people.mother[b, 0]
    known = (x >= 0) & (y >= 0)
    p, q = people.mother[a, 1:], people.mother[b, 1:]
    shared, near, _match = _shared(words, p, q)
    total = shared + near
    none_other = np.minimum((p >= 0).sum(1), (q >= 0).sum(1)) == 0
    same = _matches(words, x, y)
    like = np.zeros(len(a), bool)
    unlike = np.flatnonzero(known & ~same)
    like[unlike] = by_distinct_pair(x[unlike], y[unlike], lambda s, t: _given_level(words, s, t)) >= 4
    is_common = words.share[np.maximum(x, 0)] >= _RARE
    level = first_of(
        [
            same & (total > 0) & is_common,
            same & (total > 0),
            same & none_other,
            same,
            like & ((total > 0) | none_other),
            total > 0,
        ],
        [4, 5, 3, 2, 6, 1],
        0,
    )
    return np.where(known, level, -1).astype(np.int8)

"""Pairs that hang together: who is linked with whom, over however many steps."""

import numpy as np


def clusters(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return for each pair how many people its cluster holds."""
    _label_of_pair, people = labelled(first, second)
    return people


def labelled(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each pair the label of its cluster, and how many people it holds (connected components)."""
    nodes, where = np.unique(np.concatenate([first, second]), return_inverse=True)
    a, b = where[: len(first)], where[len(first) :]
    label = np.arange(len(nodes))
    while True:
        lower = np.minimum(label[a], label[b])
        new = label.copy()
        np.minimum.at(new, a, lower)
        np.minimum.at(new, b, lower)
        new = new[new]
        if (new == label).all():
            break
        label = new
    if not len(nodes):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return label[a], np.bincount(label, minlength=len(nodes))[label[a]]

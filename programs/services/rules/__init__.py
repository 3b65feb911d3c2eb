"""The verbs of a draft's rules: conditions are written, groups made, both moved, copied and removed.

Each verb locks the version, refuses one that is no longer a draft, and looks whether somebody else was there since the
person opened the page (`seen`, a fingerprint). Who has a hand in the rules is written on the version, and cannot put it
in force.
"""

from programs.services.rules.criteria import (
    CriterionText,
    EditConflict,
    add_criterion,
    change_criterion,
    take_over_rules,
)
from programs.services.rules.structure import add_group, change_kind, copy, dissolve, move, nest, remove

__all__ = [
    "CriterionText",
    "EditConflict",
    "add_criterion",
    "add_group",
    "change_criterion",
    "change_kind",
    "copy",
    "dissolve",
    "move",
    "nest",
    "remove",
    "take_over_rules",
]

"""Making two cards of one person one, and two again. It takes two people each time; nothing is deleted."""

from beneficiaries.services.merges.deciding import confirm_merge, refuse_merge, verbs_open_to
from beneficiaries.services.merges.households import (
    Choice,
    confirm_household_merge,
    confirm_household_undo,
    keep_household_merge,
    obstacles_to_household_undo,
    propose_household_merge,
    propose_household_undo,
    refuse_household_merge,
)
from beneficiaries.services.merges.proposing import may_propose, propose_merge
from beneficiaries.services.merges.undoing import confirm_undo, keep_merge, obstacles_to_undo, propose_undo

__all__ = [
    "Choice",
    "confirm_household_merge",
    "confirm_household_undo",
    "confirm_merge",
    "confirm_undo",
    "keep_household_merge",
    "keep_merge",
    "may_propose",
    "obstacles_to_household_undo",
    "obstacles_to_undo",
    "propose_household_merge",
    "propose_household_undo",
    "propose_merge",
    "propose_undo",
    "refuse_household_merge",
    "refuse_merge",
    "verbs_open_to",
]

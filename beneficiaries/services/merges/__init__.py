"""Making two cards of one person one, and two again. It takes two people each time; nothing is deleted."""

from beneficiaries.services.merges.deciding import confirm_merge, refuse_merge, verbs_open_to
from beneficiaries.services.merges.proposing import may_propose, propose_merge
from beneficiaries.services.merges.undoing import confirm_undo, keep_merge, obstacles_to_undo, propose_undo

__all__ = [
    "confirm_merge",
    "confirm_undo",
    "keep_merge",
    "may_propose",
    "obstacles_to_undo",
    "propose_merge",
    "propose_undo",
    "refuse_merge",
    "verbs_open_to",
]

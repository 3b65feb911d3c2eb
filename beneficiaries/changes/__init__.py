"""What can change in a household's life: one module per kind, with what its form asks and what it does.

A kind writes through the verbs of `services.households`; which fields change from what to what is read off the
database afterwards (`services.change_plans`), so that the page, the check and the record cannot disagree with the deed.
"""

from beneficiaries.changes import (
    arrival,
    birth,
    death,
    departure,
    disability,
    divorce,
    head,
    identity,
    income,
    join,
    marriage,
    move,
    schooling,
    split,
)
from beneficiaries.changes.kind import ChangeForm, ChangeKind, Deed, Touched
from beneficiaries.models import ChangeRequest

__all__ = ["KINDS", "ChangeForm", "ChangeKind", "Deed", "Touched", "kind_of"]

_ALL: tuple[ChangeKind, ...] = (
    birth.Birth(),
    death.Death(),
    marriage.Marriage(),
    divorce.Divorce(),
    move.Move(),
    income.Income(),
    schooling.Schooling(),
    disability.Difficulty(),
    head.Head(),
    identity.Identity(),
    split.Split(),
    join.Join(),
    arrival.Arrival(),
    departure.Departure(),
)
KINDS: dict[str, ChangeKind] = {kind.code: kind for kind in _ALL}


def kind_of(request: ChangeRequest) -> ChangeKind:
    """Return what the request's kind asks and does."""
    return KINDS[request.kind]

"""State machines as tables: which verb leads from which states to which, and who may do it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from ministry.exceptions import TransitionNotAllowed

if TYPE_CHECKING:
    from ministry.models import Area, User


@dataclass(frozen=True)
class Transition:
    """One verb: from any of `sources` to `target`, for those who hold `permission`."""

    verb: str
    sources: frozenset[str]
    target: str
    permission: str


class Workflow:
    """The transitions of one kind of record."""

    def __init__(self, *transitions: Transition) -> None:
        self._by_verb = {transition.verb: transition for transition in transitions}

    def __iter__(self) -> Iterator[Transition]:
        return iter(self._by_verb.values())

    def permission_of(self, verb: str) -> str:
        """Return the permission that `verb` takes, for pages that ask before they show anything."""
        return self._by_verb[verb].permission

    def check(
        self, verb: str, *, status: str, actor: "User", area: "Area | None" = None, permitted: bool = False
    ) -> Transition:
        """Return the transition for `verb`, or raise.

        `permitted` says that the actor may do it for another reason than the permission, e.g. as its owner.

        Raises:
            PermissionDenied: the actor lacks the permission (within `area`, where one is given).
            TransitionNotAllowed: the record's status is not a source of this verb.
        """
        transition = self._by_verb[verb]
        if not (permitted or actor.has_perm(transition.permission, area)):
            raise PermissionDenied
        if status not in transition.sources:
            raise TransitionNotAllowed(_("This step is no longer possible: the record has changed in the meantime."))
        return transition

    def available(
        self, *, status: str, actor: "User", area: "Area | None" = None, permitted: bool = False
    ) -> list[str]:
        """Return the verbs open to the actor at this status, for a page's buttons."""
        return [
            transition.verb
            for transition in self
            if status in transition.sources and (permitted or actor.has_perm(transition.permission, area))
        ]

"""What a change means for what depends on a household's data: asked before, and as if it had been applied."""

from dataclasses import dataclass

from beneficiaries.changes import Touched
from beneficiaries.models import ChangeRequest, Household
from beneficiaries.services.change_plans import as_if_applied
from beneficiaries.services.facts import refresh_facts
from beneficiaries.slots import Standing, household_standings
from ministry.models import User


@dataclass(frozen=True)
class Effect:
    """How one household stands to one thing before a change and after it; None: it did not, or will not, exist."""

    # Empty for a household that the change makes.
    household_ref: str
    before: Standing | None
    after: Standing | None

    @property
    def standing(self) -> Standing:
        """Either of the two, for what they share."""
        standing = self.before or self.after
        assert standing is not None  # noqa: S101 - one of the two is always given
        return standing

    @property
    def differs(self) -> bool:
        """Whether the answer changes."""
        return (self.before.answer if self.before else "") != (self.after.answer if self.after else "")


def effects_of(request: ChangeRequest, reader: User) -> list[Effect]:
    """Return how the touched households stand before and after an open request; what changes comes first.

    Raises:
        RuleViolation: the register does not allow the change (any more).
    """

    def look(touched: Touched) -> tuple[set[int], dict[tuple[int, str], Standing]]:
        refresh_facts(touched.households)
        return touched.households, _standings(touched.households, reader)

    households, after = as_if_applied(request, look)
    # What the change makes does not exist before it.
    known = dict(Household.objects.filter(pk__in=households).values_list("pk", "household_ref"))
    before = _standings(set(known), reader)
    effects = [Effect(known.get(place[0], ""), before.get(place), after.get(place)) for place in sorted(before | after)]
    return sorted(effects, key=lambda effect: not effect.differs)


def _standings(households: set[int], reader: User) -> dict[tuple[int, str], Standing]:
    return {
        (household, standing.code): standing
        for household in sorted(households)
        for source in household_standings
        for standing in source(household, reader)
    }

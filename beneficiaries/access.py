"""Who may read files kept with the registry's records."""

from beneficiaries.models import Household
from ministry.documents import access
from ministry.models import User


def may_read_file_of_household(user: User, household_id: int | None) -> bool:
    """Tell whether the household's file is open to the person: its documents are part of it."""
    return Household.objects.visible_to(user).filter(pk=household_id).exists()


access.allow(Household._meta.label_lower, may_read_file_of_household)

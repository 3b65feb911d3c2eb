"""What people at the desk do with a household's file."""

from collections.abc import Iterable
from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from beneficiaries.models import Household, Individual, Registration
from beneficiaries.signals import household_verified
from beneficiaries.workflows import HOUSEHOLD
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import User

_REGISTRATION_DECIDES = (Registration.Status.SUBMITTED, Registration.Status.RETURNED)


@transaction.atomic
def verify_household(*, household: Household, actor: User, note: str = "") -> Household:
    """Confirm that a caseworker has checked the household's data.

    Two people pressing at once yield one confirmation and one TransitionNotAllowed.

    Raises:
        PermissionDenied: the actor may not verify households of this area.
        TransitionNotAllowed: it is verified already, or has left the register.
        RuleViolation: its registration has not been verified by a second person.
    """
    household = Household.objects.select_for_update(of=("self",)).select_related("area").get(pk=household.pk)
    transition = HOUSEHOLD.check("verify", status=household.status, actor=actor, area=household.area)
    if Registration.objects.filter(household=household, status__in=_REGISTRATION_DECIDES).exists():
        raise RuleViolation(_("The registration of this household waits for a second person: it is decided there."))
    household.status = transition.target
    household.save(update_fields=["status"])
    audit.record(actor=actor, action="household.verified", target=household, note=note)
    transaction.on_commit(partial(household_verified.send_robust, Household, household_id=household.pk))
    return household


def record_opening(*, household: Household, reader: User) -> None:
    """Log that somebody opened a household's file, which shows names, addresses and traits of its members."""
    audit.disclose(reader=reader, subject=household, fields=["file"], purpose="household file")


# What is masked until somebody asks for it.
REVEALED_FIELDS = ("identifiers", "phone")


@transaction.atomic
def reveal_individual(*, individual: Individual, household: Household, actor: User) -> Individual:
    """Let somebody see a member's full numbers once, and log that they did.

    Raises:
        PermissionDenied: the actor may not see full numbers in this area.
    """
    if not actor.has_perm("beneficiaries.reveal_individual", household.area):
        raise PermissionDenied
    audit.disclose(reader=actor, subject=individual, fields=REVEALED_FIELDS, purpose="shown on request")
    return individual


def record_reading_pair(*, individuals: Iterable[Individual], reader: User) -> None:
    """Log that somebody compared people who may be one."""
    for individual in individuals:
        audit.disclose(reader=reader, subject=individual, fields=["card"], purpose="possible duplicate")

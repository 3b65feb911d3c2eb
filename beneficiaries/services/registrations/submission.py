"""Handing a registration in: the household enters the register and waits for a second person."""

from functools import partial

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.models import Household, Registration
from beneficiaries.registration.file import RegistrationFile, State
from beneficiaries.registration.sections import SECTIONS
from beneficiaries.services.facts import refresh_facts
from beneficiaries.services.registrations.drafts import lock
from beneficiaries.services.registrations.entering import enter
from beneficiaries.signals import registration_submitted
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import Document, User


@transaction.atomic
def submit_registration(*, registration: Registration, actor: User) -> Registration:
    """Enter the household with its people into the register, in one transaction, and ask for a second person.

    Two people pressing at once yield one household and one TransitionNotAllowed.

    Raises:
        PermissionDenied: the actor may not register households there.
        TransitionNotAllowed: it is submitted already, or was discarded.
        RuleViolation: a section is not done, or somebody registered one of the people this very moment.
    """
    registration = lock(registration, verb="submit", actor=actor)
    file = RegistrationFile(registration, actor)
    open_sections = [str(SECTIONS[code].title) for code, state in file.states.items() if state is not State.DONE]
    if open_sections:
        raise RuleViolation(
            _("These sections are not done yet: {sections}.").format(sections=_(", ").join(open_sections))
        )
    try:
        with transaction.atomic():
            household = enter(file=file, actor=actor, on_date=timezone.localdate())
    except IntegrityError as error:
        raise RuleViolation(
            _("One of these people was registered somewhere else this very moment. Open the members again.")
        ) from error
    registration.household = household
    registration.area = household.area
    registration.status = Registration.Status.SUBMITTED
    registration.submitted_by, registration.submitted_at = actor, timezone.now()
    registration.verified_by = registration.verified_at = None
    registration.save()
    # From here on the papers belong to the household's file.
    Document.objects.filter(subject_type=registration._meta.label_lower, subject_id=registration.pk).update(
        subject_type=Household._meta.label_lower, subject_id=household.pk
    )
    refresh_facts([household.pk])
    audit.record(actor=actor, action="registration.submitted", target=registration, data={"household": household.pk})
    transaction.on_commit(partial(registration_submitted.send_robust, Registration, registration_id=registration.pk))
    return registration

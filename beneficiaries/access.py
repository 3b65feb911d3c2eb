"""Who may read files kept with the registry's records."""

from beneficiaries.models import ChangeRequest, Household, ImportBatch, Registration, Survey
from ministry.documents import access
from ministry.models import User


def may_read_file_of_household(user: User, household_id: int) -> bool:
    """Tell whether the household's file is open to the person: its documents are part of it."""
    return Household.objects.visible_to(user).filter(pk=household_id).exists()


def may_read_file_of_import(user: User, batch_id: int) -> bool:
    """Tell whether the person sees the import: its two files are part of it."""
    return ImportBatch.objects.visible_to(user).filter(pk=batch_id).exists()


def may_read_file_of_change(user: User, request_id: int) -> bool:
    """Tell whether the person sees the change request: its papers are part of it."""
    return ChangeRequest.objects.visible_to(user).filter(pk=request_id).exists()


access.allow(ChangeRequest._meta.label_lower, may_read_file_of_change)


def may_read_file_of_registration(user: User, registration_id: int) -> bool:
    """Tell whether the person sees the registration: the papers shown for it are part of it."""
    return Registration.objects.visible_to(user).filter(pk=registration_id).exists()


access.allow(Household._meta.label_lower, may_read_file_of_household)
access.allow(ImportBatch._meta.label_lower, may_read_file_of_import)
access.allow(Registration._meta.label_lower, may_read_file_of_registration)


def may_read_file_of_survey(user: User, survey_id: int) -> bool:
    """Tell whether the person may bring surveys in: the rows are about people; others need only what was found."""
    return user.has_perm("beneficiaries.add_survey") and Survey.objects.visible_to(user).filter(pk=survey_id).exists()


access.allow(Survey._meta.label_lower, may_read_file_of_survey)

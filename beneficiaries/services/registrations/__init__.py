"""What people do with registrations: fill them in, submit them, verify them or send them back."""

from beneficiaries.services.registrations.drafts import (
    AnswersChanged,
    add_document,
    discard_registration,
    remove_person,
    save_person,
    save_section,
    start_registration,
)
from beneficiaries.services.registrations.reminders import remind_of_drafts
from beneficiaries.services.registrations.submission import submit_registration
from beneficiaries.services.registrations.verification import return_registration, verify_registration

__all__ = [
    "AnswersChanged",
    "add_document",
    "discard_registration",
    "remind_of_drafts",
    "remove_person",
    "return_registration",
    "save_person",
    "save_section",
    "start_registration",
    "submit_registration",
    "verify_registration",
]

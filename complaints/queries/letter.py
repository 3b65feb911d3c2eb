"""The answer to a case on paper: what was found, why, what is done about it, and how to object."""

from typing import Any

from django.conf import settings
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.models import Complaint, Outcome, Party, Resolution
from complaints.secrets import spaced
from ministry import formats
from ministry.letters import Letter


def answer_of(complaint: Complaint) -> Resolution:
    """Return the answer in force.

    Raises:
        Http404: the case has none, or is open again.
    """
    answer = None
    if complaint.status == Complaint.Status.CLOSED:
        answer = complaint.resolutions.filter(round=complaint.round, status=Resolution.Status.FINAL).first()
    if answer is None:
        raise Http404
    return answer


def answer_letter(complaint: Complaint, *, appeal_until: Any, track_url: str) -> Letter:
    """Return the letter in the active language. It names the complainant, and nobody of the staff."""
    answer = answer_of(complaint)
    return Letter(
        title=_("Answer to your case"),
        reference=spaced(complaint.code),
        paragraphs=[_address(complaint), _intro(complaint)],
        rows=[
            (_("Tracking code"), formats.isolated_ltr(spaced(complaint.code))),
            (_("What it is"), complaint.get_kind_display()),
            (_("About"), complaint.category.name),
            (_("Received"), formats.day(timezone.localtime(complaint.received_at))),
            (_("Answered"), formats.day(timezone.localtime(complaint.closed_at))),
            (_("What was found"), answer.get_outcome_display()),
            (_("What is done about it"), answer.get_remedy_display()),
            (_("Answered by"), f"{complaint.office.name} · {answer.get_level_display()}"),
        ],
        closing=[_("Our answer and its reasons:"), *_lines(answer.reasons), *_ways_on(complaint, answer, appeal_until)],
        qr=track_url,
        qr_note=_("Scan this code to follow the case. You need the code and your PIN."),
        signatures=(_("For the office that answered"),),
    )


def _address(complaint: Complaint) -> str:
    parties = {party.role: party.name for party in complaint.parties.all() if party.name}
    name = parties.get(Party.Role.HELPER) or parties.get(Party.Role.COMPLAINANT)
    return _("To {name}").format(name=name) if name else _("To whoever wrote to us")


def _intro(complaint: Complaint) -> str:
    return _("You wrote to us on {day}. This is what we found and what is done about it.").format(
        day=formats.day(timezone.localtime(complaint.received_at))
    )


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _ways_on(complaint: Complaint, answer: Resolution, appeal_until: Any) -> list[str]:
    said = []
    if answer.outcome == Outcome.DISMISSED:
        said.append(_("Two people looked at your case independently of each other before it was answered so."))
    if complaint.level == "inspector":
        said.append(_("This is the last answer of the ministry. Your right to go to court is not touched by it."))
    else:
        said.append(
            _(
                "If you do not agree, you can object until {day}: on the tracking page with code and PIN, at any "
                "social unit, or by calling {hotline}. It is free, and another person one level up decides."
            ).format(day=formats.day(appeal_until), hotline=formats.digits(settings.HOTLINE))
        )
    said.append(_("Tell us how you were dealt with: on the tracking page, or when we ask again in thirty days."))
    return said

"""Suggestions for everybody to read, with what became of them."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import rules
from complaints.models import Complaint, PublishedSuggestion, Resolution
from complaints.services.casework import lock, permitted
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import User


@transaction.atomic
def publish(
    *,
    complaint: Complaint,
    text_ar: str,
    answer_ar: str,
    text_en: str = "",
    answer_en: str = "",
    nobody_is_known: bool,
    actor: User,
) -> PublishedSuggestion:
    """Put a decided suggestion on the public list, in words in which a person has seen that nobody is recognised.

    Done again, the words are replaced; former ones stay in the history.

    Raises:
        RuleViolation: it is no suggestion, or nobody has looked at the words.
    """
    complaint = lock(complaint)
    permitted(complaint, "publish", actor)
    if complaint.kind != "suggestion":
        raise RuleViolation(_("Only suggestions are published."))
    if not nobody_is_known:
        raise RuleViolation(_("Read the words first, and say that nobody can be recognised by them."))
    words = {"text_ar": text_ar, "text_en": text_en, "answer_ar": answer_ar, "answer_en": answer_en}
    words = {name: rules.tidy(text) for name, text in words.items()}
    known = PublishedSuggestion.objects.filter(complaint=complaint, is_shown=True, **words).first()
    if known is not None:
        return known
    published, _is_new = PublishedSuggestion.objects.update_or_create(
        complaint=complaint,
        defaults=words | {"by": actor, "is_shown": True, "at": timezone.now()},
    )
    audit.record(actor=actor, action="complaint.suggestion_published", target=complaint)
    return published


@transaction.atomic
def hide(*, published: PublishedSuggestion, actor: User) -> PublishedSuggestion:
    """Take a suggestion from the public list; it is kept with its history."""
    published = PublishedSuggestion.objects.select_for_update().select_related("complaint").get(pk=published.pk)
    permitted(published.complaint, "publish", actor)
    if published.is_shown:
        published.is_shown = False
        published.save(update_fields=["is_shown"])
        audit.record(actor=actor, action="complaint.suggestion_hidden", target=published.complaint)
    return published


def proposed_words(complaint: Complaint) -> dict[str, str]:
    """Return what the officer begins with: the published words, else the answer; never the story itself."""
    published = PublishedSuggestion.objects.filter(complaint=complaint).first()
    if published is not None:
        return {name: getattr(published, name) for name in ("text_ar", "text_en", "answer_ar", "answer_en")}
    answer = complaint.resolutions.filter(status=Resolution.Status.FINAL).order_by("-round").first()
    return {"answer_ar": answer.reasons[:600] if answer else ""}

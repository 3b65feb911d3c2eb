"""Many people with one matter: cases answered together, and suggestions everybody may read."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from complaints.models.complaint import Complaint
from complaints.models.reference import Category
from complaints.querysets import IssueQuerySet
from ministry.guards import keep_history


class Issue(models.Model):
    """Several cases answered with one answer; each keeps its complainant, its code and its clock.

    With a lead it is a merge: the others are answered as the lead is, when the lead is closed. Without one it is an
    issue of many («the bank's machine in Abnoub is out of order»), answered on its own page.

    Statuses: open, answered (all its cases got the answer), ended (nobody is in it any more).
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        ANSWERED = "answered", _("Answered")
        ENDED = "ended", _("Ended without an answer")

    STATUS_TONES = {Status.OPEN: "info", Status.ANSWERED: "ok"}

    title = models.CharField(_("what it is"), max_length=200)
    lead = models.ForeignKey(
        Complaint, models.PROTECT, null=True, related_name="leads", verbose_name=_("case that leads")
    )
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name=_("about"))
    area = models.ForeignKey("ministry.Area", models.PROTECT, related_name="+", verbose_name=_("place"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by")
    )
    opened_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("answered at"), null=True)

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = _("issue of several cases")
        verbose_name_plural = _("issues of several cases")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(status="open", lead__isnull=False), name="complaint_leads_one_issue"
            ),
            models.CheckConstraint(
                name="complaint_issue_ended_at_a_time", condition=Q(status="open") ^ Q(ended_at__isnull=False)
            ),
        ]
        triggers = [*keep_history(), pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("complaints:issue", args=[self.pk])


class IssueCase(models.Model):
    """A case is in an issue from a time on, until it is taken out. One issue at a time."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="memberships")
    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="memberships")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("since"))
    left_at = models.DateTimeField(_("until"), null=True)
    left_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("why it was taken out"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("case of an issue")
        verbose_name_plural = _("cases of issues")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["complaint"], condition=Q(left_at__isnull=True), name="complaint_in_one_issue_at_a_time"
            ),
            models.CheckConstraint(
                name="complaint_left_an_issue_after_it_came",
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("at")),
            ),
        ]
        triggers = [
            *keep_history(),
            pgtrigger.Trigger(
                name="open_issue",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (SELECT 1 FROM complaints_issue issue
                                   WHERE issue.id = NEW.issue_id AND issue.status = 'open') THEN
                        RAISE EXCEPTION 'portal: only an open issue takes in cases';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"#{self.complaint_id}"


class PublishedSuggestion(models.Model):
    """A suggestion and what became of it, in words fit for everybody: written anew and looked at by a person."""

    complaint = models.OneToOneField(Complaint, models.PROTECT, related_name="published")
    text_ar = models.CharField(_("suggestion in Arabic"), max_length=600)
    text_en = models.CharField(_("suggestion in English"), max_length=600, blank=True)
    answer_ar = models.CharField(_("what we do about it, in Arabic"), max_length=600)
    answer_en = models.CharField(_("what we do about it, in English"), max_length=600, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("looked at by"))
    at = models.DateTimeField(_("published at"))
    is_shown = models.BooleanField(_("shown"), default=True)

    class Meta:
        verbose_name = _("published suggestion")
        verbose_name_plural = _("published suggestions")
        ordering = ["-at", "-id"]
        triggers = [
            *keep_history(),
            pgtrigger.Trigger(
                name="decided_suggestion",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (SELECT 1 FROM complaints_complaint complaint
                                   JOIN complaints_resolution answer ON answer.complaint_id = complaint.id
                                   WHERE complaint.id = NEW.complaint_id AND complaint.kind = 'suggestion'
                                     AND complaint.status = 'closed' AND answer.status = 'final') THEN
                        RAISE EXCEPTION 'portal: only a decided suggestion is published';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def text(self) -> str:
        return self.text_en if self.text_en and get_language() == "en" else self.text_ar

    @property
    def answer(self) -> str:
        return self.answer_en if self.answer_en and get_language() == "en" else self.answer_ar

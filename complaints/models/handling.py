"""Who deals with a case, how it was answered, what has to be done, and what people think of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from complaints.models import guards
from complaints.models.complaint import STORY_MAX, Complaint, Level
from complaints.querysets import RemedyTaskQuerySet
from ministry.guards import keep_history
from ministry.models import Area


class Outcome(models.TextChoices):
    """How a case was answered."""

    UPHELD = "upheld", _("Justified")
    PARTLY = "partly", _("Justified in part")
    DISMISSED = "dismissed", _("Not justified")
    ANSWERED = "answered", _("Answered")
    ADOPTED = "adopted", _("Adopted")
    STUDIED = "studied", _("Being studied")
    DECLINED = "declined", _("Not taken up")
    NOTED = "noted", _("Noted with thanks")


class Remedy(models.TextChoices):
    """What was done about it."""

    NONE = "none", _("Nothing to put right")
    EXPLANATION = "explanation", _("The decision was explained")
    APOLOGY = "apology", _("Apology")
    PROCEDURE = "procedure", _("A procedure was changed")
    SERVICE = "service", _("The service was given")
    # Work for somebody else; the case stays open until it is done.
    RECALCULATE = "recalculate", _("The amount is worked out again")
    PAY_BACK = "pay_back", _("What was not paid is paid")
    REVERIFY = "reverify", _("The household is checked again")
    CORRECT_DATA = "correct_data", _("The household's data are corrected")


class Cause(models.TextChoices):
    """Why it happened; what repeats shows what to mend."""

    WRONG_DATA = "wrong_data", _("Wrong or old data")
    RULE = "rule", _("A rule was applied wrongly")
    DELAY = "delay", _("Delay in the office")
    SYSTEM = "system", _("Fault of a system")
    AGENT = "agent", _("The paying agent")
    CONDUCT = "conduct", _("How somebody was treated")
    INFORMATION = "information", _("Too little information was given")
    OUTSIDE = "outside", _("Outside the ministry")
    NO_FAULT = "no_fault", _("No fault was found")


OUTCOMES_OF = {
    "complaint": (Outcome.UPHELD, Outcome.PARTLY, Outcome.DISMISSED),
    "appeal": (Outcome.UPHELD, Outcome.PARTLY, Outcome.DISMISSED),
    "wrongdoing": (Outcome.UPHELD, Outcome.PARTLY, Outcome.DISMISSED),
    "enquiry": (Outcome.ANSWERED,),
    "suggestion": (Outcome.ADOPTED, Outcome.STUDIED, Outcome.DECLINED),
    "praise": (Outcome.NOTED,),
}
TASKS = (Remedy.RECALCULATE, Remedy.PAY_BACK, Remedy.REVERIFY, Remedy.CORRECT_DATA)
# Which of them are proved by money, so that nobody ticks them off.
OF_MONEY = (Remedy.RECALCULATE, Remedy.PAY_BACK)


class Assignment(models.Model):
    """An officer deals with a case from a time on, until another does."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="assignments")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("officer"))
    round = models.PositiveSmallIntegerField(_("round"))
    level = models.CharField(_("level"), max_length=12, choices=Level)
    # Empty: by the routing.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("until"), null=True)

    class Meta:
        verbose_name = _("assignment of a case")
        verbose_name_plural = _("assignments of cases")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["complaint"], condition=Q(ended_at__isnull=True), name="complaint_one_officer_at_a_time"
            )
        ]
        triggers = [*keep_history(), *guards.ASSIGNMENT]

    def __str__(self) -> str:
        return f"#{self.complaint_id} · {self.officer_id}"


class Transfer(models.Model):
    """A case went to another office: whatever is not ours is passed on, never closed."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="transfers")
    hop = models.PositiveSmallIntegerField(_("transfer number"))
    from_office = models.ForeignKey("ministry.Area", models.PROTECT, related_name="+", verbose_name=_("from"))
    to_office = models.ForeignKey("ministry.Area", models.PROTECT, related_name="+", verbose_name=_("to"))
    reason = models.CharField(_("reason"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("transfer of a case")
        verbose_name_plural = _("transfers of cases")
        ordering = ["hop"]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "hop"], name="complaint_hop_once"),
            models.CheckConstraint(name="complaint_transferred_for_a_reason", condition=~Q(reason="")),
        ]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"#{self.complaint_id}/{self.hop}"


class Resolution(models.Model):
    """The answer of one round: what was found, what is done, why, by whom. A dismissal takes a second person.

    Statuses: proposed (a dismissal waits for the second person), final, sent back.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        FINAL = "final", _("Final")
        SENT_BACK = "sent_back", _("Sent back")

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="resolutions")
    round = models.PositiveSmallIntegerField(_("round"))
    level = models.CharField(_("level"), max_length=12, choices=Level)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.FINAL)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    remedy = models.CharField(_("remedy"), max_length=14, choices=Remedy)
    cause = models.CharField(_("cause"), max_length=12, choices=Cause, blank=True)
    # What the complainant is told, in plain words.
    reasons = models.TextField(_("answer and reasons"), max_length=STORY_MAX)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided at"))
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    note = models.CharField(_("note of the second person"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("answer to a case")
        verbose_name_plural = _("answers to cases")
        ordering = ["round", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["complaint", "round"],
                condition=Q(status__in=["proposed", "final"]),
                name="complaint_one_answer_per_round",
            ),
            models.CheckConstraint(
                name="complaint_dismissed_by_two_people",
                condition=~Q(outcome="dismissed", status="final")
                | (Q(confirmed_by__isnull=False) & ~Q(confirmed_by=F("decided_by"))),
            ),
            models.CheckConstraint(name="complaint_answered_with_reasons", condition=~Q(reasons="")),
            models.CheckConstraint(
                name="complaint_dismissal_puts_nothing_right",
                condition=~Q(outcome="dismissed") | Q(remedy__in=["none", "explanation"]),
            ),
        ]
        triggers = [*keep_history(), *guards.RESOLUTION]

    def __str__(self) -> str:
        return f"#{self.complaint_id} · {self.outcome}"


class RemedyTask(models.Model):
    """Work for somebody outside complaints that an answer promised. Statuses: open, done."""

    class Status(models.TextChoices):
        OPEN = "open", _("To be done")
        DONE = "done", _("Done")

    STATUS_TONES = {Status.OPEN: "warn", Status.DONE: "ok"}

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="tasks")
    resolution = models.OneToOneField(Resolution, models.PROTECT, related_name="task")
    kind = models.CharField(_("what"), max_length=14, choices=[(one.value, one.label) for one in TASKS])
    instruction = models.CharField(_("what exactly"), max_length=300)
    status = models.CharField(_("status"), max_length=5, choices=Status, default=Status.OPEN)
    created_at = models.DateTimeField(_("since"))
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(_("done at"), null=True)
    note = models.CharField(_("what was done"), max_length=300, blank=True)
    # The record that proves it, e.g. the new payment's number.
    proof = models.CharField(_("proof"), max_length=80, blank=True)

    objects = RemedyTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("remedy to be done")
        verbose_name_plural = _("remedies to be done")
        ordering = ["id"]
        permissions = [
            ("finish_money_remedy", "Can see to recalculations and back payments"),
            ("finish_register_remedy", "Can see to checks and corrections of data"),
        ]
        constraints = [
            models.CheckConstraint(
                name="remedy_done_by_somebody",
                condition=Q(status="open", done_by__isnull=True, done_at__isnull=True)
                | (Q(status="done", done_by__isnull=False, done_at__isnull=False) & ~Q(note="")),
            ),
            models.CheckConstraint(
                name="remedy_of_money_is_proved",
                condition=~Q(status="done", kind__in=["recalculate", "pay_back"]) | ~Q(proof=""),
            ),
        ]
        triggers = [*keep_history(), *guards.TASK]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("complaints:task", args=[self.pk])

    @property
    def area(self) -> Area:
        return self.complaint.area

    @property
    def permission(self) -> str:
        return f"complaints.finish_{'money' if self.kind in OF_MONEY else 'register'}_remedy"


class Appeal(models.Model):
    """An objection to an answer. It begins a new round, one level up and with another person; its result is the answer
    of that round."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="appeals")
    # The round it began.
    round = models.PositiveSmallIntegerField(_("round"))
    against = models.OneToOneField(Resolution, models.PROTECT, related_name="appeal")
    reason = models.TextField(_("why"), max_length=STORY_MAX)
    filed_at = models.DateTimeField(_("filed at"))

    class Meta:
        verbose_name = _("objection to an answer")
        verbose_name_plural = _("objections to answers")
        ordering = ["round"]
        constraints = [models.UniqueConstraint(fields=["complaint", "round"], name="complaint_appeal_once_per_round")]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"#{self.complaint_id}/{self.round}"


class Survey(models.Model):
    """What somebody thought of how they were dealt with: when the case was closed, and thirty days later."""

    class Moment(models.TextChoices):
        CLOSING = "closing", _("When it was closed")
        LATER = "later", _("After thirty days")

    LOW = 2

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="surveys")
    round = models.PositiveSmallIntegerField(_("round"))
    moment = models.CharField(_("asked"), max_length=8, choices=Moment)
    asked_at = models.DateTimeField(_("asked at"))
    score = models.PositiveSmallIntegerField(_("score"), null=True)
    still_fixed = models.BooleanField(_("still put right"), null=True)
    comment = models.TextField(_("comment"), max_length=1000, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True)

    class Meta:
        verbose_name = _("satisfaction with a case")
        verbose_name_plural = _("satisfaction with cases")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "round", "moment"], name="complaint_asked_once"),
            models.CheckConstraint(
                name="complaint_score_from_one_to_five",
                condition=Q(score__isnull=True, answered_at__isnull=True)
                | Q(score__gte=1, score__lte=5, answered_at__isnull=False),
            ),
        ]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"#{self.complaint_id} · {self.moment}"

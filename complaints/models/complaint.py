"""A case, who is in it, and what is said."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from complaints.fields import SealedTextField
from complaints.models import guards
from complaints.models.reference import Category, Kind, Term
from complaints.querysets import ComplaintQuerySet
from complaints.secrets import spaced
from ministry.guards import AppendOnly, NoTruncate, keep_history

STORY_MAX = 5000


class Level(models.TextChoices):
    """The rung of the ladder on which a case is dealt with."""

    UNIT = "unit", _("Social unit")
    DIRECTORATE = "directorate", _("Directorate")
    CENTRE = "centre", _("Ministry")
    INSPECTOR = "inspector", _("Inspector general")


class Channel(models.TextChoices):
    """How it reached us."""

    WEB = "web", _("Web page")
    HOTLINE = "hotline", _("Hotline")
    COUNTER = "counter", _("In person")
    MAIL = "mail", _("By post")
    VISIT = "visit", _("Field visit")
    SMS = "sms", _("SMS")
    API = "api", _("Partner system")


class Complaint(models.Model):
    """A case: a complaint, an objection, an enquiry, a suggestion or a word of praise, from arrival to answer.

    Statuses: held (looks like a machine's; a person looks at it within a day), received (waits for an officer), in
    progress, paused (waits for something outside the office; its clock stands still), dismissal (one officer proposes
    to dismiss it, another must agree), remedy (decided; something has to be done before it can be closed), closed,
    withdrawn (by whoever wrote it), set aside (from the held box, with a reason).
    """

    class Status(models.TextChoices):
        HELD = "held", _("Held for a look")
        RECEIVED = "received", _("Received")
        IN_PROGRESS = "in_progress", _("In progress")
        PAUSED = "paused", _("Paused")
        DISMISSAL = "dismissal", _("Dismissal proposed")
        REMEDY = "remedy", _("Being put right")
        CLOSED = "closed", _("Closed")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        SET_ASIDE = "set_aside", _("Set aside")

    class Privacy(models.TextChoices):
        NAMED = "named", _("By name")
        CONFIDENTIAL = "confidential", _("Confidential")
        ANONYMOUS = "anonymous", _("Anonymous")

    STATUS_TONES = {
        Status.HELD: "warn",
        Status.RECEIVED: "info",
        Status.IN_PROGRESS: "info",
        Status.PAUSED: "",
        Status.DISMISSAL: "warn",
        Status.REMEDY: "warn",
        Status.CLOSED: "ok",
    }

    code = models.CharField(_("code"), max_length=10, unique=True)
    pin_mark = models.CharField(max_length=64, editable=False)
    # Sent again, an intake finds itself by this.
    token = models.UUIDField(unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+", verbose_name=_("about"))
    program = models.ForeignKey(
        "programs.Program", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("programme")
    )
    # Where the matter lies.
    area = models.ForeignKey("ministry.Area", models.PROTECT, related_name="+", verbose_name=_("place"))
    story = models.TextField(_("what happened"))
    # Folded and without marks: what searches and the likeness of two cases use.
    story_key = models.TextField(editable=False)
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="ar")
    privacy = models.CharField(_("privacy"), max_length=12, choices=Privacy, default=Privacy.NAMED)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, default=Channel.WEB)
    received_at = models.DateTimeField(_("received at"), db_index=True)
    # The member of staff who wrote it down for somebody.
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("written down by")
    )
    held_for = models.CharField(max_length=60, blank=True)

    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.RECEIVED)
    level = models.CharField(_("level"), max_length=12, choices=Level, default=Level.UNIT)
    office = models.ForeignKey("ministry.Area", models.PROTECT, related_name="+", verbose_name=_("office"))
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("officer")
    )
    hops = models.PositiveSmallIntegerField(_("transfers"), default=0)

    # Linked by an officer: whose case it is, and the payment it is about.
    household = models.ForeignKey(
        "beneficiaries.Household", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("household")
    )
    payment = models.ForeignKey(
        "programs.Payment",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        verbose_name=_("contested payment"),
    )

    # The clock: a new round begins when a case is opened again. The dates follow from the events and the calendar.
    term = models.ForeignKey(Term, models.PROTECT, related_name="+", verbose_name=_("term"))
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    term_days = models.PositiveSmallIntegerField(_("working days to the answer"))
    half_on = models.DateField(null=True, editable=False)
    most_on = models.DateField(null=True, editable=False)
    due_on = models.DateField(_("answer due"), null=True)
    interim_on = models.DateField(_("interim reply due"), null=True)
    climbs_on = models.DateField(null=True, editable=False)
    climbed = models.PositiveSmallIntegerField(default=0, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    days_used = models.PositiveSmallIntegerField(_("working days used"), null=True)
    was_on_time = models.BooleanField(_("on time"), null=True)
    # Of the first round, which is what «on time» counts: an answer that did not hold was none.
    first_closed_at = models.DateTimeField(null=True, editable=False)
    first_on_time = models.BooleanField(null=True, editable=False)
    needs_review = models.BooleanField(_("to be reviewed"), default=False)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        ordering = ["-id"]
        permissions = [
            ("handle_complaint", "Can deal with complaints"),
            ("confirm_dismissal", "Can agree to a dismissal"),
            ("review_held", "Can look through what is held"),
            ("reveal_complainant", "Can see how to reach complainants"),
        ]
        constraints = [
            models.CheckConstraint(
                name="complaint_closed_with_its_clock",
                condition=~Q(status__in=["closed", "withdrawn"])
                | Q(closed_at__isnull=False, days_used__isnull=False, was_on_time__isnull=False),
            ),
            models.CheckConstraint(
                name="complaint_running_clock_has_an_end",
                condition=~Q(status__in=["received", "in_progress", "dismissal", "remedy"]) | Q(due_on__isnull=False),
            ),
            models.CheckConstraint(
                name="complaint_in_progress_has_an_officer",
                condition=~Q(status__in=["in_progress", "paused", "dismissal", "remedy"]) | Q(officer__isnull=False),
            ),
            models.CheckConstraint(
                name="complaint_closed_after_it_arrived",
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("received_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["area", "-id"], name="complaint_area"),
            models.Index(fields=["officer", "status"], name="complaint_officer"),
            models.Index(fields=["household"], name="complaint_household"),
            models.Index(
                fields=["due_on"],
                condition=Q(status__in=["received", "in_progress", "dismissal", "remedy"]),
                name="complaint_running",
            ),
            GinIndex(OpClass(F("story_key"), name="gin_trgm_ops"), name="complaint_story"),
        ]
        triggers = [*keep_history(), *guards.COMPLAINT]

    def __str__(self) -> str:
        return spaced(self.code)

    def get_absolute_url(self) -> str:
        return reverse("complaints:detail", args=[self.code])

    @property
    def is_final(self) -> bool:
        return self.status in (self.Status.CLOSED, self.Status.WITHDRAWN, self.Status.SET_ASIDE)

    @property
    def public_status(self) -> str:
        """The status as whoever wrote it is told: that it looked doubtful, or is about to be dismissed, is ours."""
        told = {self.Status.HELD: self.Status.RECEIVED, self.Status.DISMISSAL: self.Status.IN_PROGRESS}
        return str(self.Status(told.get(self.Status(self.status), self.status)).label)


class Party(models.Model):
    """Somebody in a case: who complains, who speaks for them, whom it is about. How to reach them is sealed."""

    class Role(models.TextChoices):
        COMPLAINANT = "complainant", _("Complainant")
        HELPER = "helper", _("Speaks for the complainant")
        ABOUT = "about", _("Named in the case")

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="parties")
    role = models.CharField(_("role"), max_length=12, choices=Role)
    name = SealedTextField(_("name"), blank=True)
    phone = SealedTextField(_("phone"), blank=True)
    # Equal for equal numbers: how a caller's earlier cases are found without reading anybody's number.
    phone_mark = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    national_id = SealedTextField(_("national number"), blank=True)
    sex = models.CharField(_("sex"), max_length=1, choices=[("F", _("Woman")), ("M", _("Man"))], blank=True)
    has_disability = models.BooleanField(_("has a disability"), null=True, blank=True)
    # Who speaks for somebody: guardian, relative, social worker, in their own words.
    relation = models.CharField(_("relation"), max_length=100, blank=True)
    # A member of staff the case is about: kept out of it in every way.
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("official")
    )

    class Meta:
        verbose_name = _("person in a case")
        verbose_name_plural = _("people in cases")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["complaint", "staff"], name="complaint_names_an_official_once"),
            models.CheckConstraint(
                name="complaint_only_named_officials", condition=Q(staff__isnull=True) | Q(role="about")
            ),
        ]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"#{self.pk}"


class Message(models.Model):
    """What was said in a case: to us, by us, or among us (notes, never shown outside)."""

    class Direction(models.TextChoices):
        IN = "in", _("From the complainant")
        OUT = "out", _("To the complainant")
        NOTE = "note", _("Note among staff")

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="messages")
    direction = models.CharField(_("direction"), max_length=4, choices=Direction)
    text = models.TextField(_("text"), max_length=STORY_MAX)
    is_interim = models.BooleanField(_("interim reply"), default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    # One form sent twice is one message.
    token = models.UUIDField(unique=True, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("message in a case")
        verbose_name_plural = _("messages in cases")
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                name="complaint_message_from_somebody", condition=Q(direction="in") | Q(by__isnull=False)
            )
        ]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"#{self.pk}"


class Attachment(models.Model):
    """A file that came with a case, or later."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="attachments")
    document = models.OneToOneField("ministry.Document", models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["id"]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"#{self.pk}"

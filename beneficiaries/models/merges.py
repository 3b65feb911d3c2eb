"""Two files of one person made into one: who proposed and confirmed it, and exactly what was moved."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beneficiaries import guards
from beneficiaries.querysets import MergeQuerySet
from ministry.guards import AppendOnly, NoTruncate, keep_history


class Merge(models.Model):
    """Two cards of one person become one: the survivor keeps everything, the other card leads to it.

    Statuses: proposed (waits for a second person), refused (nothing was done), merged, undo proposed (still merged,
    waits for a second person), undone (everything that was moved is back). Payments never change.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waits for a second person")
        REFUSED = "refused", _("Refused")
        MERGED = "merged", _("Merged")
        UNDO_PROPOSED = "undo_proposed", _("Undoing waits for a second person")
        UNDONE = "undone", _("Undone")

    STATUS_TONES = {
        Status.PROPOSED: "warn",
        Status.REFUSED: "bad",
        Status.MERGED: "ok",
        Status.UNDO_PROPOSED: "warn",
        Status.UNDONE: "info",
    }
    # While in one of these the two cards are one.
    STANDING = (Status.MERGED, Status.UNDO_PROPOSED)

    pair = models.ForeignKey("beneficiaries.DuplicatePair", models.PROTECT, related_name="merges")
    survivor = models.ForeignKey(
        "beneficiaries.Individual", models.PROTECT, related_name="+", verbose_name=_("card that stays")
    )
    merged = models.ForeignKey(
        "beneficiaries.Individual", models.PROTECT, related_name="+", verbose_name=_("card that leads to it")
    )
    # Where the person lives from now on, and the household whose membership is closed (none: there was only one).
    kept_household = models.ForeignKey(
        "beneficiaries.Household", models.PROTECT, null=True, related_name="+", verbose_name=_("household that stays")
    )
    closed_household = models.ForeignKey(
        "beneficiaries.Household", models.PROTECT, null=True, related_name="+", verbose_name=_("household left")
    )
    # Who answers for the household that loses its head.
    new_head = models.ForeignKey(
        "beneficiaries.Individual", models.PROTECT, null=True, related_name="+", verbose_name=_("new head")
    )
    # Traits in which the cards differ and the other card is right: "birth_date", "disability.vision".
    taken = ArrayField(models.CharField(max_length=40), verbose_name=_("taken from the other card"), default=list)
    status = models.CharField(_("status"), max_length=14, choices=Status, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"), auto_now_add=True)
    note = models.TextField(_("what it rests on"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decision_note = models.TextField(_("note on the decision"), blank=True)
    undo_proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undo_proposed_at = models.DateTimeField(_("undoing proposed at"), null=True)
    undo_note = models.TextField(_("why it is undone"), blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(_("undone at"), null=True)
    # Keys of the survivor's memberships right after the merge: a later one stands in the way of undoing.
    memberships = ArrayField(models.BigIntegerField(), default=list, editable=False)

    objects = MergeQuerySet.as_manager()

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["-id"]
        permissions = [("confirm_merge", "Can confirm, as the second person, that two cards become one")]
        constraints = [
            models.CheckConstraint(name="merge_two_cards", condition=~Q(survivor=F("merged"))),
            models.CheckConstraint(name="merge_has_a_reason", condition=~Q(note="")),
            models.CheckConstraint(
                name="merge_confirmed_by_a_second_person",
                condition=~Q(status__in=["merged", "undo_proposed", "undone"])
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=F("proposed_by"))),
            ),
            models.CheckConstraint(
                name="merge_undoing_has_a_reason",
                condition=~Q(status__in=["undo_proposed", "undone"])
                | (Q(undo_proposed_by__isnull=False, undo_proposed_at__isnull=False) & ~Q(undo_note="")),
            ),
            models.CheckConstraint(
                name="merge_undone_by_a_second_person",
                condition=~Q(status="undone")
                | (Q(undone_by__isnull=False, undone_at__isnull=False) & ~Q(undone_by=F("undo_proposed_by"))),
            ),
            models.UniqueConstraint(
                fields=["pair"],
                condition=Q(status__in=["proposed", "merged", "undo_proposed"]),
                name="merge_once_per_pair",
            ),
            models.UniqueConstraint(
                fields=["merged"], condition=Q(status__in=["merged", "undo_proposed"]), name="merge_card_leads_one_way"
            ),
        ]
        indexes = [
            models.Index(fields=["closed_household"], name="merge_closed_household"),
            models.Index(fields=["survivor"], name="merge_survivor"),
            models.Index(fields=["status", "-id"], name="merge_status"),
        ]
        triggers = [*keep_history(), *guards.merges_stand()]

    def __str__(self) -> str:
        return f"#{self.merged_id} → #{self.survivor_id}"

    def get_absolute_url(self) -> str:
        return reverse("beneficiaries:merge_detail", args=[self.pk])

    @property
    def stands(self) -> bool:
        """Whether the two cards are one at this moment."""
        return self.status in self.STANDING


class MergeStep(models.Model):
    """One row that a merge moved, closed or changed: its columns before and after. Undoing reads these backwards."""

    class What(models.TextChoices):
        MOVED = "moved", _("Moved")
        CLOSED = "closed", _("Closed")
        CHANGED = "changed", _("Changed")

    merge = models.ForeignKey(Merge, models.PROTECT, related_name="steps")
    number = models.PositiveSmallIntegerField(_("number"))
    what = models.CharField(_("what"), max_length=8, choices=What)
    # The row: "beneficiaries.membership" and its key.
    record_type = models.CharField(_("kind of record"), max_length=60)
    record_id = models.BigIntegerField(_("number of the record"))
    before = models.JSONField(_("before"), encoder=DjangoJSONEncoder)
    after = models.JSONField(_("after"), encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("step of a merge")
        verbose_name_plural = _("steps of a merge")
        ordering = ["merge", "number"]
        constraints = [models.UniqueConstraint(fields=["merge", "number"], name="merge_step_once")]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.merge_id}/{self.number}"

"""Two files of one person made into one: who proposed and confirmed it, and exactly what was moved."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beneficiaries import guards
from beneficiaries.models.household import Membership
from beneficiaries.querysets import HouseholdMergeQuerySet, MergeQuerySet
from ministry.guards import AppendOnly, NoTruncate, keep_history


class Decision(models.Model):
    """What one person proposes and another confirms, and what two people may take back.

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
    # While in one of these what was two is one.
    STANDING = (Status.MERGED, Status.UNDO_PROPOSED)
    # While in one of these another proposal about the same is out of place.
    LIVE = (Status.PROPOSED, *STANDING)

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

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(name="%(class)s_has_a_reason", condition=~Q(note="")),
            models.CheckConstraint(
                name="%(class)s_confirmed_by_a_second_person",
                condition=~Q(status__in=["merged", "undo_proposed", "undone"])
                | (Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decided_by=F("proposed_by"))),
            ),
            models.CheckConstraint(
                name="%(class)s_undoing_has_a_reason",
                condition=~Q(status__in=["undo_proposed", "undone"])
                | (Q(undo_proposed_by__isnull=False, undo_proposed_at__isnull=False) & ~Q(undo_note="")),
            ),
            models.CheckConstraint(
                name="%(class)s_undone_by_a_second_person",
                condition=~Q(status="undone")
                | (Q(undone_by__isnull=False, undone_at__isnull=False) & ~Q(undone_by=F("undo_proposed_by"))),
            ),
        ]

    @property
    def stands(self) -> bool:
        """Whether it holds at this moment."""
        return self.status in self.STANDING


class HouseholdMerge(Decision):
    """One household that was registered twice: both files become one in one deed, person by person.

    Its parts are merges of two cards each, which are decided with it and never alone; who is only in the file that is
    closed comes along (`HouseholdMergeComer`).
    """

    kept_household = models.ForeignKey(
        "beneficiaries.Household", models.PROTECT, related_name="+", verbose_name=_("file that stays")
    )
    closed_household = models.ForeignKey(
        "beneficiaries.Household", models.PROTECT, related_name="+", verbose_name=_("file that is closed")
    )

    objects = HouseholdMergeQuerySet.as_manager()

    class Meta(Decision.Meta):
        verbose_name = _("joining of two files")
        verbose_name_plural = _("joinings of two files")
        ordering = ["-id"]
        constraints = [
            *Decision.Meta.constraints,
            models.CheckConstraint(name="householdmerge_two_files", condition=~Q(kept_household=F("closed_household"))),
            models.UniqueConstraint(
                fields=["closed_household"],
                condition=Q(status__in=["proposed", "merged", "undo_proposed"]),
                name="householdmerge_file_leads_one_way",
            ),
        ]
        indexes = [
            models.Index(fields=["kept_household"], name="householdmerge_kept"),
            models.Index(fields=["status", "-id"], name="householdmerge_status"),
        ]
        triggers = [*keep_history(), *guards.household_merges_stand()]

    def __str__(self) -> str:
        return f"#{self.closed_household_id} → #{self.kept_household_id}"

    def get_absolute_url(self) -> str:
        return reverse("beneficiaries:household_merge_detail", args=[self.pk])


class HouseholdMergeComer(models.Model):
    """Somebody whom only the file that is closed knows: they come along, and what they are to the head there."""

    household_merge = models.ForeignKey(HouseholdMerge, models.PROTECT, related_name="comers")
    individual = models.ForeignKey("beneficiaries.Individual", models.PROTECT, related_name="+")
    relationship = models.CharField(
        _("relationship to the head"), max_length=16, choices=Membership.Relationship.choices
    )

    class Meta:
        verbose_name = _("member who comes along")
        verbose_name_plural = _("members who come along")
        ordering = ["household_merge", "id"]
        constraints = [
            models.UniqueConstraint(fields=["household_merge", "individual"], name="householdmerge_comer_once"),
            models.CheckConstraint(name="householdmerge_comer_is_no_head", condition=~Q(relationship="head")),
        ]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"#{self.household_merge_id} · #{self.individual_id}"


class Merge(Decision):
    """Two cards of one person become one: the survivor keeps everything, the other card leads to it."""

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
    # The joining of two files this merge is a part of; it is decided there.
    whole = models.ForeignKey(
        HouseholdMerge,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="parts",
        verbose_name=_("joining of two files"),
    )
    # Keys of the survivor's memberships right after the merge: a later one stands in the way of undoing.
    memberships = ArrayField(models.BigIntegerField(), default=list, editable=False)

    objects = MergeQuerySet.as_manager()

    class Meta(Decision.Meta):
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["-id"]
        permissions = [("confirm_merge", "Can confirm, as the second person, that two cards become one")]
        constraints = [
            *Decision.Meta.constraints,
            models.CheckConstraint(name="merge_two_cards", condition=~Q(survivor=F("merged"))),
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
        # By row: how a row came to where it is, and whether a guard may let it move.
        indexes = [models.Index(fields=["record_type", "record_id"], name="merge_step_row")]
        triggers = [AppendOnly(), NoTruncate()]

    def __str__(self) -> str:
        return f"{self.merge_id}/{self.number}"

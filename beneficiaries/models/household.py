from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beneficiaries.guards import somebody_answers
from beneficiaries.querysets import HouseholdQuerySet, MembershipQuerySet
from ministry.guards import keep_history


class Household(models.Model):
    """People who live and eat together, and the place where they do.

    Statuses: registered (data taken, nobody has checked it), verified (checked by a caseworker), inactive (left the
    register, with the history kept; gets no decisions and no money).
    """

    class Status(models.TextChoices):
        REGISTERED = "registered", _("Registered")
        VERIFIED = "verified", _("Verified")
        INACTIVE = "inactive", _("Inactive")

    # The office's own number for the file, as printed on the receipt.
    household_ref = models.CharField(_("file number"), max_length=40, unique=True)
    area = models.ForeignKey("ministry.Area", models.PROTECT, related_name="+", verbose_name=_("area"))
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.REGISTERED)
    registered_on = models.DateField(_("registered on"))
    address = models.CharField(_("address"), max_length=300, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    # National significant number without leading zero, what searches and comparisons use.
    phone_key = models.CharField(max_length=20, blank=True, editable=False)
    urban = models.BooleanField(_("urban"), null=True)
    # In the country's currency; unknown is not zero.
    income_monthly = models.DecimalField(_("monthly income"), max_digits=12, decimal_places=3, null=True, blank=True)
    import_batch = models.ForeignKey(
        "beneficiaries.ImportBatch", models.PROTECT, null=True, blank=True, related_name="households"
    )
    created_at = models.DateTimeField(_("entered at"), db_default=Now(), editable=False)

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["area", "-id"], name="household_area"),
            models.Index(fields=["phone_key"], name="household_phone", condition=~Q(phone_key="")),
        ]
        permissions = [("verify_household", "Can confirm that a household was checked")]
        triggers = keep_history()

    def __str__(self) -> str:
        return self.household_ref

    def get_absolute_url(self) -> str:
        return reverse("beneficiaries:household_detail", args=[self.household_ref])


class Dwelling(models.Model):
    """The home of a household and what is in it; one row per household. Empty means not asked or not answered."""

    class Tenure(models.TextChoices):
        OWNED = "owned", _("Owned")
        OWNED_PAYING = "owned_paying", _("Owned, paying instalments")
        RENTED = "rented", _("Rented")
        PRECARIOUS = "precarious", _("Precarious")
        BORROWED = "borrowed", _("Lent without rent")

    class Wall(models.TextChoices):
        BRICK = "brick", _("Brick")
        CONCRETE = "concrete", _("Concrete")
        WOOD = "wood", _("Wood")
        METAL = "metal", _("Metal sheets")
        MIXED = "mixed", _("Mixed")
        WASTE = "waste", _("Waste material")
        REED = "reed", _("Reed or palm")
        OTHER = "other", _("Other")

    class Floor(models.TextChoices):
        TILE = "tile", _("Tiles")
        CEMENT = "cement", _("Cement")
        WOOD = "wood", _("Wood")
        EARTH = "earth", _("Earth")
        OTHER = "other", _("Other")

    class Roof(models.TextChoices):
        CONCRETE = "concrete", _("Concrete")
        METAL = "metal", _("Metal sheets")
        REED = "reed", _("Reed or palm")
        OTHER = "other", _("Other")

    class Water(models.TextChoices):
        PIPED_INSIDE = "piped_inside", _("Piped into the home")
        PIPED_OUTSIDE = "piped_outside", _("Piped, outside the home")
        NONE = "none", _("No piped water")

    class Sanitation(models.TextChoices):
        SEWER = "sewer", _("Public sewer")
        SEPTIC = "septic", _("Septic tank")
        PIT = "pit", _("Pit")
        NONE = "none", _("None")
        OTHER = "other", _("Other")

    class Electricity(models.TextChoices):
        GRID = "grid", _("Public grid")
        PRIVATE = "private", _("Private source")
        NONE = "none", _("None")

    class CookingFuel(models.TextChoices):
        ELECTRICITY = "electricity", _("Electricity")
        GAS = "gas", _("Gas")
        WOOD = "wood", _("Wood or dung")
        NONE = "none", _("No cooking at home")

    class Waste(models.TextChoices):
        COLLECTED = "collected", _("Collected")
        BURIED = "buried", _("Buried")
        BURNED = "burned", _("Burned")
        DUMPED = "dumped", _("Dumped")
        OTHER = "other", _("Other")

    household = models.OneToOneField(Household, models.CASCADE, primary_key=True, related_name="dwelling")
    tenure = models.CharField(_("tenure"), max_length=12, choices=Tenure, blank=True)
    monthly_rent = models.DecimalField(_("monthly rent"), max_digits=12, decimal_places=3, null=True, blank=True)
    rooms = models.PositiveSmallIntegerField(_("rooms"), null=True, blank=True)
    bedrooms = models.PositiveSmallIntegerField(_("bedrooms"), null=True, blank=True)
    wall = models.CharField(_("walls"), max_length=12, choices=Wall, blank=True)
    floor = models.CharField(_("floor"), max_length=12, choices=Floor, blank=True)
    roof = models.CharField(_("roof"), max_length=12, choices=Roof, blank=True)
    water = models.CharField(_("water"), max_length=14, choices=Water, blank=True)
    sanitation = models.CharField(_("sanitation"), max_length=12, choices=Sanitation, blank=True)
    electricity = models.CharField(_("electricity"), max_length=12, choices=Electricity, blank=True)
    cooking_fuel = models.CharField(_("cooking fuel"), max_length=12, choices=CookingFuel, blank=True)
    waste = models.CharField(_("waste"), max_length=12, choices=Waste, blank=True)
    refrigerator = models.BooleanField(_("refrigerator"), null=True)
    television = models.BooleanField(_("television"), null=True)
    computer = models.BooleanField(_("computer"), null=True)
    mobile_phone = models.BooleanField(_("mobile phone"), null=True)
    tablets = models.PositiveSmallIntegerField(_("tablets"), null=True, blank=True)
    mobile_phones = models.PositiveSmallIntegerField(_("mobile phones"), null=True, blank=True)

    class Meta:
        verbose_name = _("dwelling")
        verbose_name_plural = _("dwellings")
        triggers = keep_history("household_id")

    def __str__(self) -> str:
        return f"#{self.household_id}"


class Membership(models.Model):
    """A person belongs to a household, from a day to a day. A living person is in at most one household at a time."""

    class Relationship(models.TextChoices):
        HEAD = "head", _("Head of household")
        SPOUSE = "spouse", _("Spouse")
        CHILD = "child", _("Son or daughter")
        PARENT = "parent", _("Father or mother")
        SIBLING = "sibling", _("Brother or sister")
        GRANDCHILD = "grandchild", _("Grandchild")
        OTHER_RELATIVE = "other_relative", _("Other relative")
        NOT_RELATED = "not_related", _("Not related")

    household = models.ForeignKey(Household, models.PROTECT, related_name="memberships")
    individual = models.ForeignKey("beneficiaries.Individual", models.PROTECT, related_name="memberships")
    relationship = models.CharField(_("relationship to the head"), max_length=16, choices=Relationship)
    joined_on = models.DateField(_("joined on"))
    left_on = models.DateField(_("left on"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["household", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["individual"], condition=Q(left_on__isnull=True), name="membership_one_household_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(left_on__isnull=True, relationship="head"),
                name="membership_one_head_at_a_time",
            ),
            models.CheckConstraint(
                name="membership_ends_after_it_starts",
                condition=Q(left_on__isnull=True) | Q(left_on__gte=models.F("joined_on")),
            ),
        ]
        triggers = [*keep_history(), *somebody_answers()]

    def __str__(self) -> str:
        return f"#{self.household_id} · #{self.individual_id}"

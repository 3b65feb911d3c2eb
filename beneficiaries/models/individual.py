from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Right
from django.utils.translation import gettext_lazy as _

from beneficiaries.querysets import IndividualQuerySet
from ministry.guards import keep_history

# The last part of a name; the mother's name and her father's. Searches must write them exactly so.
_LAST_SKELETON = models.Func(
    F("name_skeletons"), template="%(expressions)s[cardinality(%(expressions)s)]", output_field=models.CharField()
)
_MOTHER_OF_TWO_PARTS = models.Func(
    F("mother_key"), template="substring(%(expressions)s from '^[^ ]+ [^ ]+')", output_field=models.CharField()
)


class Individual(models.Model):
    """One person, across all programmes.

    Names stay as typed; the key columns beside them are what `ministry.text` makes of them, the same for search,
    entry check and duplicate sweep.
    """

    class Sex(models.TextChoices):
        FEMALE = "F", _("Female")
        MALE = "M", _("Male")

    class MaritalStatus(models.TextChoices):
        SINGLE = "single", _("Single")
        MARRIED = "married", _("Married")
        DIVORCED = "divorced", _("Divorced")
        WIDOWED = "widowed", _("Widowed")

    person_ref = models.CharField(_("person number"), max_length=40, unique=True)
    full_name = models.CharField(_("full name"), max_length=300)
    mother_name = models.CharField(_("mother's name"), max_length=300, blank=True)
    # ministry.text keys of the name: normalised text, and one consonant skeleton per name part.
    name_key = models.CharField(max_length=300, blank=True, editable=False)
    name_skeletons = ArrayField(models.CharField(max_length=60), default=list, editable=False)
    mother_key = models.CharField(max_length=300, blank=True, editable=False)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    died_on = models.DateField(_("died on"), null=True, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    phone_key = models.CharField(max_length=20, blank=True, editable=False)
    marital_status = models.CharField(_("marital status"), max_length=10, choices=MaritalStatus, blank=True)
    years_schooling = models.PositiveSmallIntegerField(_("years of schooling"), null=True, blank=True)
    in_school = models.BooleanField(_("in school"), null=True)
    works = models.BooleanField(_("works"), null=True)
    pregnant = models.BooleanField(_("pregnant"), null=True)
    # Insured or pensioned income as the social insurance fund reports it; empty = the fund has not answered.
    formal_income_monthly = models.DecimalField(
        _("monthly formal income"), max_digits=12, decimal_places=3, null=True, blank=True
    )
    import_batch = models.ForeignKey(
        "beneficiaries.ImportBatch", models.PROTECT, null=True, blank=True, related_name="individuals"
    )
    # The card of the same person that took over when two people confirmed that both are one; this one leads there.
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged_cards",
        db_index=False,
        verbose_name=_("merged into"),
    )
    created_at = models.DateTimeField(_("entered at"), db_default=Now(), editable=False)

    objects = IndividualQuerySet.as_manager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["-id"]
        indexes = [
            GinIndex(fields=["name_skeletons"], name="individual_name_skeletons"),
            models.Index(fields=["phone_key"], name="individual_phone", condition=~Q(phone_key="")),
            # What the check of a new person looks for (beneficiaries.duplicates.entry_check), each by one index.
            models.Index(F("birth_date"), F("name_skeletons__0"), name="individual_birth_given"),
            models.Index(
                F("name_skeletons__0"), F("name_skeletons__1"), _LAST_SKELETON, F("birth_date"), name="individual_names"
            ),
            models.Index(_MOTHER_OF_TWO_PARTS, F("name_skeletons__0"), F("birth_date"), name="individual_mother"),
            models.Index(fields=["merged_into"], name="individual_merged_into", condition=Q(merged_into__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                name="individual_leads_to_another",
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
            ),
        ]
        permissions = [("reveal_individual", "Can see full national numbers and phones")]
        triggers = keep_history()

    def __str__(self) -> str:
        return self.person_ref


class Identifier(models.Model):
    """A number by which somebody else knows the person: national number, passport, refugee card.

    The same number on two people is kept on both: it is how duplicates are found. `value` is as typed.
    """

    class Kind(models.TextChoices):
        NATIONAL_ID = "national_id", _("National number")
        PASSPORT = "passport", _("Passport")
        UNHCR = "unhcr", _("UNHCR number")
        CARD = "card", _("Ministry card")

    individual = models.ForeignKey(Individual, models.PROTECT, related_name="identifiers")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    value = models.CharField(_("number as typed"), max_length=60)
    # Western digits and capital letters only: what searches and comparisons use.
    value_key = models.CharField(max_length=60, editable=False)
    # Whether the number's own structure is right; None where the kind has no rule.
    is_well_formed = models.BooleanField(_("well formed"), null=True, editable=False)
    removed_on = models.DateField(_("removed on"), null=True, blank=True)

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        ordering = ["individual", "kind", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["individual", "kind", "value_key"],
                condition=Q(removed_on__isnull=True),
                name="identifier_once_per_person",
            ),
        ]
        indexes = [
            models.Index(fields=["value_key", "kind"], name="identifier_value"),
            models.Index(Right("value_key", 7), name="identifier_tail"),
        ]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"{self.kind} #{self.individual_id}"


class Disability(models.Model):
    """A functional difficulty by Washington Group domain; 2 some, 3 a lot, 4 cannot do at all."""

    class Domain(models.TextChoices):
        VISION = "vision", _("Seeing")
        HEARING = "hearing", _("Hearing")
        MOBILITY = "mobility", _("Walking")
        COGNITION = "cognition", _("Remembering or concentrating")
        SELF_CARE = "self_care", _("Self-care")
        COMMUNICATION = "communication", _("Communicating")

    class Severity(models.IntegerChoices):
        SOME = 2, _("Some difficulty")
        A_LOT = 3, _("A lot of difficulty")
        CANNOT = 4, _("Cannot do at all")

    individual = models.ForeignKey(Individual, models.PROTECT, related_name="disabilities")
    domain = models.CharField(_("domain"), max_length=14, choices=Domain)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity)

    class Meta:
        verbose_name = _("functional difficulty")
        verbose_name_plural = _("functional difficulties")
        ordering = ["individual", "domain"]
        constraints = [
            models.UniqueConstraint(fields=["individual", "domain"], name="disability_once_per_domain"),
            models.CheckConstraint(name="disability_severity_2_to_4", condition=Q(severity__range=(2, 4))),
        ]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"{self.domain} #{self.individual_id}"

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from beneficiaries.querysets import ImportBatchQuerySet
from ministry.guards import keep_history


class ImportBatch(models.Model):
    """Register files handed in together, on their way into the registry.

    Statuses: naming (somebody has to say which column is what), uploaded (files are here), checking (being read
    into staging and looked at), in review (a person looks at what was found), committing, committed (the rows are
    in), discarded (nothing went in; files and findings are kept), failed (the files could not be read; the findings
    say why), undo asked (one person wants the entered rows out again, another decides), undoing, undone (they are
    out; files, findings and former rows are kept).
    """

    class Status(models.TextChoices):
        NAMING = "naming", _("Columns to be named")
        UPLOADED = "uploaded", _("Uploaded")
        CHECKING = "checking", _("Being checked")
        IN_REVIEW = "in_review", _("Ready for review")
        COMMITTING = "committing", _("Being entered")
        COMMITTED = "committed", _("Entered")
        DISCARDED = "discarded", _("Discarded")
        FAILED = "failed", _("Unreadable")
        UNDO_ASKED = "undo_asked", _("Asked to be undone")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.UPLOADED)
    area = models.ForeignKey("ministry.Area", models.PROTECT, related_name="+", verbose_name=_("area"))
    households_file = models.ForeignKey("ministry.Document", models.PROTECT, related_name="+")
    individuals_file = models.ForeignKey("ministry.Document", models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    undo_asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undo_asked_at = models.DateTimeField(_("undoing asked for at"), null=True)
    undo_reason = models.CharField(_("reason for undoing"), max_length=300, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(_("undone at"), null=True)
    job = models.ForeignKey("ministry.Job", models.SET_NULL, null=True, related_name="+")
    # Counts shown on the page, by file: rows read, already registered, entered; and pairs flagged.
    summary = models.JSONField(_("summary"), default=dict)
    # How files of other layouts are to be read (`beneficiaries.imports.layout`), and the kept mapping it came from.
    mapping = models.JSONField(_("mapping of columns"), default=dict, blank=True)
    column_mapping = models.ForeignKey("beneficiaries.ColumnMapping", models.SET_NULL, null=True, related_name="+")

    STATUS_TONES: dict[str, str] = {
        Status.NAMING: "warn",
        Status.UPLOADED: "info",
        Status.CHECKING: "info",
        Status.IN_REVIEW: "warn",
        Status.COMMITTING: "info",
        Status.COMMITTED: "ok",
        Status.FAILED: "bad",
        Status.UNDO_ASKED: "warn",
        Status.UNDOING: "info",
    }

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]
        permissions = [("commit_importbatch", "Can enter or discard imports")]
        constraints = [
            models.CheckConstraint(
                name="import_undone_by_a_second_person",
                condition=~Q(status__in=("undoing", "undone"))
                | Q(undone_by__isnull=False, undo_asked_by__isnull=False) & ~Q(undone_by=F("undo_asked_by")),
            ),
        ]
        triggers = keep_history()

    def __str__(self) -> str:
        return f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("beneficiaries:import_detail", args=[self.pk])


class StagedHousehold(models.Model):
    """A row of households.csv on its way in: every cell in its plain form as text, with its row number.

    A cell that is bad is empty here; what was typed stands in its finding. The staging tables are not logged by the
    server, since the files can be read again; after a crash of the server they are empty.
    """

    pk = models.CompositePrimaryKey("batch_id", "row")
    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    row = models.IntegerField()
    household_ref = models.TextField(null=True)
    registered_on = models.TextField(null=True)
    governorate_code = models.TextField(null=True)
    district_code = models.TextField(null=True)
    address = models.TextField(null=True)
    phone = models.TextField(null=True)
    urban = models.TextField(null=True)
    tenure = models.TextField(null=True)
    monthly_rent = models.TextField(null=True)
    rooms = models.TextField(null=True)
    bedrooms = models.TextField(null=True)
    wall = models.TextField(null=True)
    floor = models.TextField(null=True)
    roof = models.TextField(null=True)
    water = models.TextField(null=True)
    sanitation = models.TextField(null=True)
    electricity = models.TextField(null=True)
    cooking_fuel = models.TextField(null=True)
    waste = models.TextField(null=True)
    refrigerator = models.TextField(null=True)
    television = models.TextField(null=True)
    computer = models.TextField(null=True)
    mobile_phone = models.TextField(null=True)
    tablets = models.TextField(null=True)
    mobile_phones = models.TextField(null=True)
    income_monthly = models.TextField(null=True)
    phone_key = models.TextField(null=True)

    class Meta:
        ordering = ["batch", "row"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.row}"


class StagedIndividual(models.Model):
    """A row of individuals.csv on its way in, as `StagedHousehold` is, with the keys of names and numbers."""

    pk = models.CompositePrimaryKey("batch_id", "row")
    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    row = models.IntegerField()
    household_ref = models.TextField(null=True)
    person_ref = models.TextField(null=True)
    full_name = models.TextField(null=True)
    mother_name = models.TextField(null=True)
    national_id = models.TextField(null=True)
    birth_date = models.TextField(null=True)
    sex = models.TextField(null=True)
    phone = models.TextField(null=True)
    relationship = models.TextField(null=True)
    marital_status = models.TextField(null=True)
    years_schooling = models.TextField(null=True)
    in_school = models.TextField(null=True)
    works = models.TextField(null=True)
    pregnant = models.TextField(null=True)
    disability = models.TextField(null=True)
    name_key = models.TextField(null=True)
    # Skeletons of the name's parts, with spaces between.
    name_skeletons = models.TextField(null=True)
    mother_key = models.TextField(null=True)
    phone_key = models.TextField(null=True)
    national_key = models.TextField(null=True)
    # Whether the national number is well formed.
    national_ok = models.BooleanField(null=True)

    class Meta:
        ordering = ["batch", "row"]
        default_permissions = ()
        indexes = [models.Index(fields=["batch", "household_ref"], name="staged_individual_household")]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.row}"


class ImportIssue(models.Model):
    """A cell that cannot be entered (bad) or is entered but looks wrong (doubtful): where, what and why."""

    class Severity(models.TextChoices):
        BAD = "bad", _("Must be mended")
        DOUBTFUL = "doubtful", _("Doubtful")

    class File(models.TextChoices):
        HOUSEHOLDS = "households", _("households")
        INDIVIDUALS = "individuals", _("people")

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="issues", db_index=False)
    file = models.CharField(_("file"), max_length=12, choices=File)
    # Row number as a spreadsheet shows it: the header is row 1.
    row = models.IntegerField(_("row"))
    # Empty where the row as a whole is meant.
    column = models.CharField(_("column"), max_length=40, blank=True)
    value = models.TextField(_("value"), blank=True)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    # A code of beneficiaries.imports.reasons; the sentence is made in the reader's language.
    reason = models.CharField(_("reason"), max_length=60)
    params = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ["batch", "file", "row", "column"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "file", "row", "column"], name="import_issue_once_per_cell"),
            models.CheckConstraint(name="import_issue_row_after_header", condition=Q(row__gte=1)),
        ]
        indexes = [models.Index(fields=["batch", "severity", "reason"], name="import_issue_review")]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.file} {self.row} {self.column}"

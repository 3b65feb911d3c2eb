from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ministry.querysets import JobQuerySet


class Job(models.Model):
    """Work over many rows, cut into chunks; one short transaction each, safe to repeat.

    Statuses as the person at the desk reads them: queued (waits for a worker), running, cancelling (stops after the
    current step), cancelled, succeeded, failed (says why and what to do; may be resumed from where it stood).
    The row, not the queue, is the truth: a lost message or a dead worker is noticed by the missing heartbeat.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        CANCELLING = "cancelling", _("Stopping")
        CANCELLED = "cancelled", _("Stopped")
        SUCCEEDED = "succeeded", _("Finished")
        FAILED = "failed", _("Failed")

    ACTIVE = (Status.QUEUED, Status.RUNNING, Status.CANCELLING)

    kind = models.CharField(_("kind"), max_length=60)
    # What the job works on, e.g. "import:12"; one active job per kind and scope.
    scope = models.CharField(_("scope"), max_length=100, blank=True)
    params = models.JSONField(_("parameters"), default=dict)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.QUEUED)
    phase = models.CharField(_("phase"), max_length=100, blank=True)
    done = models.BigIntegerField(_("done"), default=0)
    total = models.BigIntegerField(_("of"), default=0)
    result = models.JSONField(_("result"), default=dict)
    error = models.TextField(_("error"), blank=True)
    # How often a worker took the job up since its last finished step; a job that keeps killing workers is given up.
    attempts = models.IntegerField(_("attempts"), default=0)
    # Who may see it besides the person who started it; copied from the kind of job.
    permission = models.CharField(_("right to see it"), max_length=100, default="ministry.view_job")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("started by")
    )
    created_at = models.DateTimeField(_("asked for at"), auto_now_add=True)
    started_at = models.DateTimeField(_("started at"), null=True)
    # When the steps were laid down; a job is planned once.
    planned_at = models.DateTimeField(_("planned at"), null=True)
    heartbeat_at = models.DateTimeField(_("last sign of life"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "scope"],
                condition=Q(status__in=["queued", "running", "cancelling"]),
                name="job_one_active_per_kind_and_scope",
            ),
        ]
        indexes = [models.Index(fields=["status", "heartbeat_at"], name="job_status_heartbeat")]
        permissions = [("cancel_job", "Can stop and resume jobs")]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE


class JobChunk(models.Model):
    """One step of a job: its number, what it covers, how much it weighs, whether it is done."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="chunks")
    number = models.IntegerField()
    phase = models.CharField(max_length=100, blank=True)
    payload = models.JSONField(default=dict)
    # Units of progress this step is worth, e.g. rows.
    weight = models.IntegerField(default=1)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["job", "number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="job_chunk_number_once")]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.number}"

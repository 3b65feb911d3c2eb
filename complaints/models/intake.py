"""What is not a case yet: answers on the way in, and counts that keep machines out."""

import uuid

from django.db import models

from complaints.fields import SealedTextField


class IntakeDraft(models.Model):
    """Answers of somebody who has not sent them yet, sealed; gone after a day, or when they leave."""

    token = models.UUIDField(primary_key=True, default=uuid.uuid4)
    answers = SealedTextField(default="{}")
    created_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return str(self.token)


class DraftFile(models.Model):
    """A file chosen on the way in, sealed until it belongs to a case."""

    draft = models.ForeignKey(IntakeDraft, models.CASCADE, related_name="files")
    name = SealedTextField()
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Attempt(models.Model):
    """How often something was tried in a stretch of time, e.g. a PIN from one address. Holds marks, no addresses."""

    # What is counted, and for whom: a mark.
    key = models.CharField(max_length=64)
    # Number of the stretch of time since 1970.
    stretch = models.BigIntegerField()
    count = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["key", "stretch"], name="complaint_attempts_of_a_stretch")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class PinReset(models.Model):
    """A word sent to the contact that was given, good for half an hour and once, with which a new PIN is made."""

    complaint = models.ForeignKey("complaints.Complaint", models.CASCADE, related_name="+")
    word_mark = models.CharField(max_length=64, unique=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"#{self.pk}"


class PinRequest(models.Model):
    """Somebody who has lost a PIN, sealed, until it is looked up a moment later and deleted.

    SECURITY: the page answers before anybody knows whether there is such a case, so that its time tells nothing.
    """

    # JSON: code, phone.
    told = SealedTextField()
    asked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"#{self.pk}"

"""A form field for files, whose refusals stand beside the field."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from ministry.documents.inspection import EVIDENCE, DocumentRefused, FileKind, inspect


class DocumentField(forms.FileField):
    """A file of one of the `allowed` kinds, judged by its content. Hand the value to `documents.store`."""

    def __init__(self, *, allowed: tuple[FileKind, ...] = EVIDENCE, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.allowed = allowed
        self.widget.attrs.setdefault("accept", ",".join(f".{kind.extension}" for kind in allowed))

    def clean(self, data: Any, initial: Any = None) -> UploadedFile | None:
        upload = super().clean(data, initial)
        if isinstance(upload, UploadedFile):
            try:
                inspect(upload, size=upload.size or 0, allowed=self.allowed)
            except DocumentRefused as error:
                raise ValidationError(error.message, code="refused") from error
        return upload

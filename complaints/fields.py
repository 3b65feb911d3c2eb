"""Columns that hold sealed text."""

from typing import Any

from django.db import models

from complaints.secrets import InvalidToken, seal, unseal


class SealedTextField(models.TextField):
    """Text that lies in the database sealed; it cannot be searched. What no key opens reads as nothing."""

    def get_prep_value(self, value: Any) -> Any:
        return seal(str(value)) if value else ""

    def from_db_value(self, value: Any, *_args: Any) -> Any:
        if not value:
            return ""
        try:
            return unseal(value)
        except InvalidToken:
            return ""

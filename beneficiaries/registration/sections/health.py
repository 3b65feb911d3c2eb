"""Difficulties in daily life, by the short set of the Washington Group, and pregnancy."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.models import Disability
from beneficiaries.registration.fields import INDIVIDUALS, flag
from beneficiaries.registration.forms import SectionForm

# Whom it makes sense to ask; others are not.
PREGNANCY_AGES = range(12, 56)
NO_DIFFICULTY = "1"
_DEGREES = [("", gettext_lazy("Choose an answer")), (NO_DIFFICULTY, gettext_lazy("No difficulty"))]


class HealthForm(SectionForm):
    """For each person: any difficulty, which and how grave; pregnancy where it can be."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for person in self.file.people:
            self.fields[f"any_{person.number}"] = flag(
                INDIVIDUALS,
                "works",
                gettext_lazy("Any difficulty seeing, hearing, walking, remembering, washing, or being understood?"),
            )
            for domain, label in Disability.Domain.choices:
                self.fields[f"{domain}_{person.number}"] = forms.ChoiceField(
                    label=label,
                    choices=[*_DEGREES, *((str(value), name) for value, name in Disability.Severity.choices)],
                    required=False,
                )
            if person.sex == "F" and (person.age is None or person.age in PREGNANCY_AGES):
                self.fields[f"pregnant_{person.number}"] = flag(INDIVIDUALS, "pregnant", gettext_lazy("Pregnant"))

    @property
    def groups(self) -> Iterator[dict[str, Any]]:
        for person in self.file.people:
            number = person.number
            domains = [self[f"{domain}_{number}"] for domain in Disability.Domain.values]
            yield {
                "title": person.name,
                "two": False,
                "fields": [self[name] for name in (f"any_{number}", f"pregnant_{number}") if name in self.fields],
                "more": {
                    "title": gettext_lazy("Which difficulty, and how grave?"),
                    "fields": domains,
                    "is_open": any(field.value() not in (None, "", NO_DIFFICULTY) or field.errors for field in domains)
                    or self[f"any_{number}"].value() == "1",
                },
            }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for person in self.file.people:
            if cleaned.get(f"any_{person.number}") == "1" and not self.disabilities(person.number):
                self.add_error(
                    f"{Disability.Domain.VISION}_{person.number}",
                    ValidationError(
                        _("Say which difficulty {name} has and how grave it is.").format(name=person.name),
                        code="degree",
                    ),
                )
        return cleaned

    def disabilities(self, number: int) -> dict[str, int]:
        """Return the difficulties of one person with their degree; none where the question was answered with no."""
        if self.cleaned_data.get(f"any_{number}") != "1":
            return {}
        degrees = {domain: self.cleaned_data.get(f"{domain}_{number}") or "" for domain in Disability.Domain.values}
        return {domain: int(degree) for domain, degree in degrees.items() if degree not in ("", NO_DIFFICULTY)}

    def pregnant(self, number: int) -> str:
        """Return the plain answer for one person."""
        return self.cleaned_data.get(f"pregnant_{number}", "")

    def rows(self) -> list[tuple[Any, Any]]:
        answers = []
        for person in self.file.people:
            number = person.number
            parts = [self.answer_in_words(f"any_{number}")] if self.is_bound else []
            if self.is_bound and self.data.get(f"any_{number}") == "1":
                parts = [
                    _("{domain}: {degree}").format(
                        domain=Disability.Domain(domain).label, degree=self.answer_in_words(f"{domain}_{number}")
                    )
                    for domain in Disability.Domain.values
                    if self.data.get(f"{domain}_{number}") not in (None, "", NO_DIFFICULTY)
                ]
            if self.is_bound and self.data.get(f"pregnant_{number}") == "1":
                parts.append(_("Pregnant"))
            answers.append((person.name, _(" · ").join(str(part) for part in parts if part)))
        return answers

"""Forms of surveys and fitted models."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from beneficiaries.facts import CATALOGUE
from beneficiaries.fitting.candidates import FORMS, OUT, forms_of
from beneficiaries.fitting.columns import choices, problems
from beneficiaries.imports.layout import heading
from beneficiaries.models import ScoreFit, ScoringModel
from ministry.certain import declared_as
from ministry.digits import plain_number
from ministry.documents import TABLES, DocumentField
from ministry.forms import DateTypedField


class _FigureField(forms.DecimalField):
    """A figure with decimals, in any digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget",
            forms.TextInput(attrs={"dir": "ltr", "inputmode": "decimal", "autocomplete": "off", "class": "short"}),
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # to the stubs it is an IntegerField
        return super().to_python(plain_number(value) if isinstance(value, str) else value)


class SurveyForm(forms.Form):
    """A survey file, what it is called and where it comes from."""

    name = forms.CharField(
        label=_("Name of the survey"),
        help_text=_("For example: Household budget survey 2025."),
        max_length=120,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    source = forms.CharField(
        label=_("Who asked whom, and when"),
        help_text=_("It stands in the source of every model that is fitted from this survey."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )
    file = DocumentField(
        label=_("File"),
        help_text=_("CSV or XLSX, a row for each household, or for each person with the head marked."),
        allowed=TABLES,
    )


class SurveyColumnsForm(forms.Form):
    """What each column of the file is."""

    def __init__(
        self,
        *args: Any,
        header: Sequence[str],
        samples: Sequence[Sequence[str]],
        suggested: Sequence[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.header, self.samples = header, samples
        offered = [("", _("Left out")), *choices()]
        for place, name in enumerate(header):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=name or _("(no heading)"), choices=offered, initial=suggested[place], required=False
            )

    def columns(self) -> Iterator[tuple[forms.BoundField, Sequence[str]]]:
        """Yield the field and the first cells of each column."""
        for place, cells in enumerate(self.samples):
            yield self[f"column_{place}"], cells

    def named(self) -> dict[str, str]:
        """Return heading → what it is, of the columns that are used."""
        named = {}
        for place, name in enumerate(self.header):
            if target := self.cleaned_data.get(f"column_{place}"):
                named[name] = target
        return named

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        counted = Counter(heading(name) for name in self.header)
        for place, name in enumerate(self.header):
            if cleaned.get(f"column_{place}") and (not heading(name) or counted[heading(name)] > 1):
                self.add_error(
                    f"column_{place}",
                    _("This column has no heading of its own. Give it one in the file and bring it in again."),
                )
        for problem in problems(self.named()):
            self.add_error(None, problem)
        return cleaned


class FitForm(forms.Form):
    """What is to be fitted, and how each trait of the survey may enter."""

    is_log = forms.TypedChoiceField(
        label=_("What is estimated"),
        choices=[
            ("yes", _("The logarithm of the measure: right for consumption or income")),
            ("no", _("The measure as it is: right for a level or an index")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        initial="yes",
    )
    poverty_line = _FigureField(
        label=_("Poverty line"),
        help_text=_(
            "A household is poor when the measure is at or below it. Empty: as many are poor as would be selected."
        ),
        required=False,
        max_digits=14,
        decimal_places=3,
        min_value=0,
    )
    coverage = _FigureField(
        label=_("Households that would be selected, in per cent"),
        help_text=_("Errors are shown as they are when the poorest so many per cent by the score are selected."),
        max_digits=5,
        decimal_places=2,
        min_value=1,
        max_value=99,
        initial=25,
    )
    half = forms.ChoiceField(
        label=_("Learn from"),
        help_text=_("The other half shows the errors. The same half always gives the same model."),
        choices=ScoreFit.Half.choices,
        initial=ScoreFit.Half.A,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, facts: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.facts = [code for code in facts if code in CATALOGUE]
        for code in self.facts:
            ways = forms_of(CATALOGUE[code])
            self.fields[f"fact_{code}"] = forms.ChoiceField(
                label=CATALOGUE[code].label, choices=[(way, FORMS[way]) for way in ways], initial=ways[0]
            )

    def fact_fields(self) -> list[forms.BoundField]:
        """Return the fields of the traits."""
        return [self[f"fact_{code}"] for code in self.facts]

    def chosen(self) -> dict[str, str]:
        """Return how each trait may enter the model."""
        return {code: self.cleaned_data[f"fact_{code}"] for code in self.facts}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.facts and all(cleaned.get(f"fact_{code}", OUT) == OUT for code in self.facts):
            self.add_error(None, _("Choose at least one trait from which welfare is to be estimated."))
        return cleaned


class DraftModelForm(forms.Form):
    """What the new version is called, and from when it is meant to be in force."""

    name_ar = forms.CharField(
        label=_("Arabic name"),
        max_length=200,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    name_en = forms.CharField(
        label=_("English name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    starts_on = DateTypedField(
        label=_("In force from"),
        required=False,
        help_text=_("Empty: from the day of the approval."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        declared_as(DateTypedField, self.fields["starts_on"]).earliest = timezone.localdate()


class ModelNoteForm(forms.Form):
    """A note on a step of a scoring model."""

    note = forms.CharField(
        label=_("Note"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )


class ModelReasonForm(forms.Form):
    """Why a scoring model is sent back."""

    note = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}))


class _VersionField(forms.ModelChoiceField):
    """A version of a model, called by its name and number."""

    def label_from_instance(self, obj: ScoringModel) -> str:
        return _("{name}, version {version}").format(name=obj.name, version=obj.version)


class CompareForm(forms.Form):
    """The version another one is compared with."""

    other = _VersionField(
        label=_("Compare with"), queryset=ScoringModel.objects.none(), required=False, empty_label=_("Choose a version")
    )

    def __init__(self, *args: Any, model: ScoringModel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = declared_as(forms.ModelChoiceField, self.fields["other"])
        field.queryset = ScoringModel.objects.filter(code=model.code).exclude(pk=model.pk)

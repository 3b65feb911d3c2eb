"""Forms of the registry."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from beneficiaries.imports.layout import Layout, fold_value, heading
from beneficiaries.imports.reading import UnreadableFile, sheet_names
from beneficiaries.imports.suggesting import codes_of, column_label, suggest_value
from beneficiaries.imports.template import sheet_of
from beneficiaries.models import (
    ChangeEvidence,
    ChangeRequest,
    ColumnMapping,
    Consent,
    ImportIssue,
    RecertificationVisit,
)
from beneficiaries.queries.cards import Difference
from beneficiaries.queries.import_columns import FilePreview
from ministry import formats
from ministry.documents import TABLES, DocumentField
from ministry.forms import AreaField, DateTypedField
from ministry.models import Area, User

_IMPORT = "beneficiaries.add_importbatch"


class PairDecisionForm(forms.Form):
    """Whether two rows are one person, and what says so."""

    verb = forms.ChoiceField(
        label=_("Your decision"),
        choices=[
            ("different", _("Different people: remember it and release the payments")),
            ("same", _("The same person: keep the payments on hold, and propose to merge the cards")),
            ("visit", _("Not clear: somebody has to visit them")),
            ("visited", _("I have visited them: this is what I found")),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("What your decision rests on"),
        help_text=_("For example: both came to the office with their cards on 3 May."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        max_length=2000,
    )
    # What the person saw when deciding, so that two deciding at once do not pass each other by.
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(self, *args, verbs: list[str], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["verb"]
        field.choices = [choice for choice in field.choices if choice[0] in verbs]


class MergeForm(forms.Form):
    """Which of two cards stays, where the person lives, and which card is right where they differ."""

    survivor = forms.TypedChoiceField(
        label=_("Card that stays"),
        help_text=_("It keeps everything; the other card leads to it from now on."),
        widget=forms.RadioSelect,
        coerce=int,
    )
    household = forms.TypedChoiceField(
        label=_("Household in which the person lives"),
        help_text=_("The membership of the other household ends today."),
        widget=forms.RadioSelect,
        coerce=int,
    )
    new_head = forms.TypedChoiceField(
        label=_("New head of the household that is left"),
        help_text=_("Needed only if the person heads it and others go on living there."),
        coerce=int,
        required=False,
        empty_value=None,
    )
    note = forms.CharField(
        label=_("What your decision rests on"),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        max_length=2000,
    )

    def __init__(
        self,
        *args: Any,
        cards: Sequence[tuple[int, str]],
        households: Sequence[tuple[int, str]],
        heads: Sequence[tuple[int, str]],
        differences: Sequence[Difference],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["survivor"].choices = cards
        self.fields["household"].choices = households
        if len(households) == 1:
            del self.fields["household"]
            self.only_household = households[0][0]
        if heads:
            self.fields["new_head"].choices = [("", _("Nobody new is needed")), *heads]
        else:
            del self.fields["new_head"]
        self.first_card = cards[0][0]
        self.traits = {f"trait_{one.code.replace('.', '_')}": one.code for one in differences}
        fields = {}
        for name, one in zip(self.traits, differences, strict=True):
            fields[name] = forms.ChoiceField(
                label=one.label, choices=[("a", one.kept), ("b", one.other)], initial="a", widget=forms.RadioSelect
            )
        # What the decision rests on comes last, after all it is about.
        note = self.fields.pop("note")
        self.fields |= fields | {"note": note}

    @property
    def household_id(self) -> int:
        return self.cleaned_data.get("household") or self.only_household

    @property
    def taken(self) -> list[str]:
        """Return the traits in which the card that does not stay is right."""
        stays = "a" if self.cleaned_data["survivor"] == self.first_card else "b"
        return [code for name, code in self.traits.items() if self.cleaned_data[name] != stays]


class MergeDecisionForm(forms.Form):
    """What becomes of a merge that waits or stands, and why."""

    verb = forms.ChoiceField(
        label=_("Your decision"),
        choices=[
            ("confirm", _("Confirm: make the two cards one")),
            ("refuse", _("Refuse: nothing is moved")),
            ("propose_undo", _("Propose to undo the merge")),
            ("confirm_undo", _("Confirm: put everything back as it was")),
            ("keep", _("Refuse: the cards stay merged")),
        ],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=_("Reason"),
        help_text=_("Needed for everything but a confirmation. It stays with the merge."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def __init__(self, *args: Any, verbs: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["verb"]
        field.choices = [choice for choice in field.choices if choice[0] in verbs]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("verb") in {"refuse", "propose_undo", "keep"} and not cleaned.get("note", "").strip():
            self.add_error("note", _("Say why."))
        return cleaned


class ImportForm(forms.Form):
    """Two register files, and the area they are about."""

    area = forms.ModelChoiceField(
        label=_("Area the files are about"),
        queryset=Area.objects.none(),
        help_text=_("Households outside this area are named in the review and not entered."),
    )
    households = DocumentField(
        label=_("File of households"),
        allowed=TABLES,
        help_text=_("CSV or XLSX with one row for each household. The first row names the columns."),
    )
    individuals = DocumentField(
        label=_("File of people"),
        allowed=TABLES,
        help_text=_(
            "CSV or XLSX with one row for each person. Leave it empty where the workbook of households holds the "
            "people on a second sheet, as KoboToolbox exports them."
        ),
        required=False,
    )
    column_mapping = forms.ModelChoiceField(
        label=_("Mapping of columns"),
        queryset=ColumnMapping.objects.filter(is_active=True),
        empty_label=_("The template, or I say which column is what"),
        help_text=_("For files of a layout that somebody has explained to the portal before."),
        required=False,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        areas = Area.objects.within_reach_of(user, _IMPORT).filter(
            level__in=(Area.Level.COUNTRY, Area.Level.GOVERNORATE)
        )
        area = self.fields["area"]
        area.queryset = areas
        area.empty_label = None
        area.initial = areas.first()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        households = cleaned.get("households")
        if households and not cleaned.get("individuals") and "individuals" not in self.errors:
            try:
                sheets = sheet_names(households)
            except UnreadableFile:
                sheets = []
            if len(sheets) < 2:
                self.add_error(
                    "individuals",
                    _("Choose the file of people, or a workbook that holds households and people on two sheets."),
                )
        return cleaned


class ImportColumnsForm(forms.Form):
    """Which column of each file is what; the fields are those of the files."""

    def __init__(
        self, *args: Any, previews: Sequence[FilePreview], suggested: Mapping[str, Sequence[str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.previews = previews
        self.sheets = {one.file: sheet_of(one.file, today=timezone.localdate()) for one in previews}
        for one in previews:
            targets = [(name, f"{column_label(name)} ({name})") for name in self.sheets[one.file].names]
            for index, name in enumerate(one.header):
                self.fields[f"{one.file}_{index}"] = forms.ChoiceField(
                    label=name or _("(no heading)"),
                    choices=[("", _("Left out")), *targets],
                    initial=suggested[one.file][index],
                    required=False,
                )
            self.fields[f"{one.file}_dates"] = forms.ChoiceField(
                label=_("How this file writes dates"),
                choices=[
                    ("ymd", _("Year, month, day: 1990-04-25")),
                    ("dmy", _("Day, month, year: 25/4/1990")),
                    ("mdy", _("Month, day, year: 4/25/1990")),
                ],
                initial="ymd",
            )
        self.fields["numbered"] = forms.BooleanField(
            label=_("The file has no numbers for people: make them from the household's number and the place in it"),
            initial="person_ref" not in suggested[ImportIssue.File.INDIVIDUALS],
            required=False,
        )
        self.fields["name"] = forms.CharField(
            label=_("Keep this mapping under the name"),
            help_text=_("For the next files of the same layout. A mapping of the same name is replaced."),
            max_length=80,
            required=False,
        )

    def columns_of(self, preview: FilePreview) -> list[tuple[forms.BoundField, list[str]]]:
        """Return the field and the first cells of each column of a file."""
        return [(self[f"{preview.file}_{index}"], cells) for index, cells in enumerate(preview.samples)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for one in self.previews:
            seen: set[str] = set()
            headings = Counter(heading(name) for name in one.header)
            for index, name in enumerate(one.header):
                target = cleaned.get(f"{one.file}_{index}", "")
                if target and (not heading(name) or headings[heading(name)] > 1):
                    self.add_error(
                        f"{one.file}_{index}",
                        _("This column has no heading of its own. Give it one in the file and bring it in again."),
                    )
                if target and target in seen:
                    self.add_error(f"{one.file}_{index}", _("Another column was chosen for this already. Keep one."))
                seen.add(target)
            missing = self.sheets[one.file].required - seen
            if one.file == ImportIssue.File.INDIVIDUALS and cleaned.get("numbered"):
                missing -= {"person_ref"}
                if "person_ref" in seen:
                    self.add_error("numbered", _("A column with numbers of people was chosen. Use one or the other."))
            for name in sorted(missing):
                self.add_error(
                    None,
                    _("{file}: choose the column that holds “{column}”; every row needs it.").format(
                        file=ImportIssue.File(one.file).label, column=column_label(name)
                    ),
                )
        return cleaned

    def layouts(self) -> dict[str, dict[str, Any]]:
        """Return the layout of each file, as it is kept."""
        return {
            one.file: Layout(
                sheet=one.sheet if len(one.sheets) > 1 else "",
                columns={
                    name: self.cleaned_data[f"{one.file}_{index}"] for index, name in enumerate(one.header) if name
                },
                dates=self.cleaned_data[f"{one.file}_dates"],
                numbered=one.file == ImportIssue.File.INDIVIDUALS and self.cleaned_data["numbered"],
            ).as_json()
            for one in self.previews
        }


class ImportValuesForm(forms.Form):
    """What words in columns with codes mean."""

    def __init__(
        self, *args: Any, unknown: Mapping[str, Mapping[str, Sequence[tuple[str, int]]]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.words: dict[str, tuple[str, str, str]] = {}
        for file, columns in unknown.items():
            for column, words in columns.items():
                for number, (word, rows) in enumerate(words):
                    name = f"{file}_{column}_{number}"
                    self.words[name] = file, column, word
                    self.fields[name] = forms.ChoiceField(
                        label=f"{column_label(column)}: {word}",
                        help_text=ngettext("In {count} row.", "In {count} rows.", rows).format(
                            count=formats.number(rows)
                        ),
                        choices=[("", _("Left as it is: the check will name it")), *codes_of(column)],
                        initial=suggest_value(column, word),
                        required=False,
                    )

    def values(self) -> dict[str, dict[str, dict[str, str]]]:
        """Return file → column → word → code, of the words that mean one."""
        found: dict[str, dict[str, dict[str, str]]] = {}
        for name, (file, column, word) in self.words.items():
            if code := self.cleaned_data[name]:
                found.setdefault(file, {}).setdefault(column, {})[fold_value(word)] = code
        return found


class ImportNoteForm(forms.Form):
    """Why an import is discarded, or is to be undone."""

    note = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}), required=True
    )


class ChangePaperForm(forms.Form):
    """A paper that proves a change: what it is, and the file."""

    kind = forms.ChoiceField(label=_("Kind of paper"))
    paper = DocumentField(label=_("File"), help_text=_("PDF, JPEG or PNG, up to 20 MB; a photo will do."))

    def __init__(self, *args: Any, request: ChangeRequest, missing: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = [kind for kind, _name in missing]
        # What is still missing comes first, and is what the next file most likely is.
        others = [choice for choice in ChangeEvidence.Kind.choices if choice[0] not in wanted]
        self.fields["kind"].choices = [*missing, *others]


class ChangeReasonForm(forms.Form):
    """Why a change request is refused."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The head of the household gets it by SMS: write it so that they know what to bring or do."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )


class ChangeWithdrawalForm(forms.Form):
    """Why one takes back one's own request."""

    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"})
    )


class RegistrationStartForm(forms.Form):
    """Where the household to be registered lives."""

    area = AreaField(label=_("Where does the household live?"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reach = Area.objects.within_reach_of(user, "beneficiaries.add_registration").filter(is_active=True)
        self.fields["area"].offer(reach)
        governorates = Area.objects.governorates().filter(pk__in=reach.values("pk"))
        if not self.is_bound and len(governorates) == 1:
            self.initial["area"] = governorates[0].pk


class RegistrationDocumentForm(forms.Form):
    """A paper that was shown."""

    file = DocumentField(label=_("Picture or PDF"), help_text=_("JPEG or PNG up to 15 MB, PDF up to 20 MB."))


class RegistrationNoteForm(forms.Form):
    """Why a registration is given up."""

    note = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}))


class RecertificationVisitForm(forms.Form):
    """When the household was visited, and what was found."""

    visited_on = DateTypedField(label=_("Day of the visit"))
    outcome = forms.ChoiceField(
        label=_("What the visit found"), choices=RecertificationVisit.Outcome.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        day = self.fields["visited_on"]
        day.latest = day.initial = timezone.localdate()


class ConsentRecordForm(forms.Form):
    """What a household agrees to, who said so and how."""

    purpose = forms.ChoiceField(label=_("Purpose"), choices=Consent.Purpose.choices, widget=forms.RadioSelect)
    basis = forms.ChoiceField(label=_("Basis"), choices=Consent.Basis.choices, widget=forms.RadioSelect)
    given_by = forms.CharField(
        label=_("Given by"), max_length=300, widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"})
    )
    method = forms.ChoiceField(label=_("How it was given"), choices=Consent.Method.choices, widget=forms.RadioSelect)
    given_on = DateTypedField(label=_("Given on"))


class ConsentWithdrawalForm(forms.Form):
    """Who takes a consent back."""

    withdrawn_by = forms.CharField(
        label=_("Who withdraws it?"),
        max_length=300,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    note = forms.CharField(
        label=_("Note"), max_length=300, required=False, widget=forms.TextInput(attrs={"dir": "auto"})
    )

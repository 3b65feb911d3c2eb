"""Forms of bulk intake."""

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
from beneficiaries.models import ColumnMapping, ImportIssue
from beneficiaries.queries.import_columns import FilePreview
from ministry import formats
from ministry.certain import declared_as
from ministry.documents import TABLES, DocumentField
from ministry.models import Area, User

_IMPORT = "beneficiaries.add_importbatch"


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
        area = declared_as(forms.ModelChoiceField, self.fields["area"])
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

"""What a column of an unknown file, and a word in it, probably are: proposed to a person, never assumed."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.imports.layout import fold_value, heading
from beneficiaries.imports.template import Sheet
from beneficiaries.models import Dwelling, Household, ImportIssue, Individual, Membership
from ministry.text import name_key

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

HOUSEHOLDS = ImportIssue.File.HOUSEHOLDS
INDIVIDUALS = ImportIssue.File.INDIVIDUALS

_LABELS: dict[str, "_StrPromise"] = {
    "household_ref": gettext_lazy("file number of the household"),
    "governorate_code": gettext_lazy("code of the governorate"),
    "district_code": gettext_lazy("code of the district"),
    "national_id": gettext_lazy("national number"),
    "relationship": gettext_lazy("relationship to the head"),
    "disability": gettext_lazy("functional difficulties"),
}
_CHOICES: dict[str, type] = {
    "tenure": Dwelling.Tenure,
    "wall": Dwelling.Wall,
    "floor": Dwelling.Floor,
    "roof": Dwelling.Roof,
    "water": Dwelling.Water,
    "sanitation": Dwelling.Sanitation,
    "electricity": Dwelling.Electricity,
    "cooking_fuel": Dwelling.CookingFuel,
    "waste": Dwelling.Waste,
    "sex": Individual.Sex,
    "marital_status": Individual.MaritalStatus,
    "relationship": Membership.Relationship,
}
_FLAGS = frozenset(
    {"urban", "refrigerator", "television", "computer", "mobile_phone", "in_school", "works", "pregnant"}
)
_YES = frozenset({"yes", "y", "true", "نعم", "ايوه", "يوجد"})
_NO = frozenset({"no", "n", "false", "لا", "كلا", "لا يوجد"})
# How KoboToolbox names the number of a form, and in the sheet of a repeat group the number of the form it belongs to.
_KOBO_OWN = ("_id", "_index")
_KOBO_PARENT = ("_submission__id", "_parent_index")
_SEX = {"ذكر": "M", "male": "M", "m": "M", "أنثى": "F", "انثى": "F", "female": "F", "f": "F"}


def column_label(name: str) -> str:
    """Return what a column of the template is called, in the active language."""
    if name in _LABELS:
        return str(_LABELS[name])
    for model in (Household, Dwelling, Individual):
        for model_field in model._meta.concrete_fields:
            if model_field.name == name:
                return str(model_field.verbose_name)
    raise KeyError(name)


def codes_of(column: str) -> list[tuple[str, str]]:
    """Return the codes of a column with their words in the active language; nothing for a column without codes."""
    if column in _FLAGS:
        return [("1", _("Yes")), ("0", _("No"))]
    choices = _CHOICES.get(column)
    return [(str(code), str(label)) for code, label in choices.choices] if choices else []  # type: ignore[attr-defined]


def suggest_columns(headers: Mapping[str, Sequence[str]], sheets: Mapping[str, Sheet]) -> dict[str, list[str]]:
    """Return, by file, the column each heading probably is ("" = none), each column once."""
    found = {file: _by_name(names, sheets[file]) for file, names in headers.items()}
    people, homes = found.get(INDIVIDUALS), found.get(HOUSEHOLDS)
    if people is not None and homes is not None and "household_ref" not in people:
        # A repeat group knows its household only by the number the survey program gave it.
        for own, parent in zip(_KOBO_OWN, _KOBO_PARENT, strict=True):
            at_home, at_person = _position(headers[HOUSEHOLDS], own), _position(headers[INDIVIDUALS], parent)
            if at_home is not None and at_person is not None:
                found[HOUSEHOLDS] = ["" if target == "household_ref" else target for target in homes]
                found[HOUSEHOLDS][at_home] = people[at_person] = "household_ref"
                break
    return found


def suggest_value(column: str, typed: str) -> str:
    """Return the code a word probably stands for; nothing where none is like it."""
    word = fold_value(typed)
    if column in _FLAGS:
        return "1" if word in _YES else "0" if word in _NO else ""
    if column == "sex" and word in _SEX:
        return _SEX[word]
    for code, _label in codes_of(column):
        if word == code.lower():
            return code
    for language in ("ar", "en"):
        with translation.override(language):
            for code, label in codes_of(column):
                if name_key(word) == name_key(label):
                    return code
    return ""


def _by_name(names: Sequence[str], sheet: Sheet) -> list[str]:
    known = _names_of(sheet)
    taken: set[str] = set()
    found = []
    for name in names:
        whole = heading(name)
        target = next((known[key] for key in (whole, whole.rpartition("/")[2], name_key(name)) if key in known), "")
        found.append("" if target in taken else target)
        taken.add(target)
    return found


def _names_of(sheet: Sheet) -> dict[str, str]:
    known: dict[str, str] = {}
    for language in ("ar", "en"):
        with translation.override(language):
            known |= {name_key(column_label(name)): name for name in sheet.names}
    return known | {name: name for name in sheet.names}


def _position(names: Sequence[str], wanted: str) -> int | None:
    return next((index for index, name in enumerate(names) if heading(name) == wanted), None)

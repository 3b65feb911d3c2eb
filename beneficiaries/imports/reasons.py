"""Why a cell was found wanting: a code in the database, a sentence in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from beneficiaries.models import ImportIssue

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

BAD = ImportIssue.Severity.BAD
DOUBTFUL = ImportIssue.Severity.DOUBTFUL


@dataclass(frozen=True)
class Reason:
    """One kind of finding: how grave it is, what it is called in a list, and what to do about it."""

    code: str
    severity: str
    label: "_StrPromise"
    # With named places for the finding's parameters.
    sentence: "_StrPromise"


_ALL = (
    # The file itself
    Reason(
        "unreadable_file",
        BAD,
        _("File cannot be read"),
        _(
            "The file is neither a table of text (CSV) nor an Excel workbook (XLSX), or it is damaged. Save "
            "it again and upload it."
        ),
    ),
    Reason(
        "empty_file",
        BAD,
        _("Empty file"),
        _("The file has no rows below its header. Choose the file that holds the register."),
    ),
    Reason(
        "sheet_missing",
        BAD,
        _("Sheet missing"),
        _("The workbook has no sheet of the chosen name. Choose its columns anew, or bring in the right workbook."),
    ),
    Reason(
        "refused_file",
        BAD,
        _("File refused by the virus scan"),
        _("The virus scan refused this file. Make a new copy on a clean computer."),
    ),
    Reason(
        "column_missing",
        BAD,
        _("Column missing"),
        _("The header has no column “{column}”. Add it, also where all its cells are empty."),
    ),
    Reason(
        "column_unknown",
        BAD,
        _("Unknown column"),
        _(
            "The header has a column “{column}” that the portal does not know. Rename it as in the template, "
            "or remove it."
        ),
    ),
    Reason(
        "column_repeated",
        BAD,
        _("Column twice"),
        _("The header has the column “{column}” more than once. Keep one of them."),
    ),
    Reason(
        "cell_count",
        BAD,
        _("Number of cells"),
        _(
            "This row has {found} cells, the header has {expected}. Look for a separator or a quotation mark "
            "too many or too few."
        ),
    ),
    Reason(
        "quote_not_closed",
        BAD,
        _("Quotation mark not closed"),
        _(
            "From this row on a quotation mark is not closed, so that the rest of the file reads as one "
            "cell. Close or remove it."
        ),
    ),
    # One cell
    Reason("missing", BAD, _("Empty cell"), _("This cell must not be empty. Fill it in.")),
    Reason("too_long", BAD, _("Too long"), _("This cell holds {found} characters; at most {limit} fit. Shorten it.")),
    Reason(
        "unreadable_characters",
        BAD,
        _("Unreadable characters"),
        _("Some characters were damaged when the file was saved. Type the cell again and save the file as UTF-8."),
    ),
    Reason(
        "formula",
        BAD,
        _("Formula"),
        _("This cell holds a formula or its error instead of a value. Copy the column and paste it as values only."),
    ),
    Reason("not_a_name", BAD, _("Not a name"), _("A name has letters. Type the name as on the card.")),
    Reason("not_a_date", BAD, _("Not a date"), _("This is not a date. Write year-month-day, for example 1990-04-25.")),
    Reason("date_in_future", BAD, _("Date in the future"), _("This date lies in the future. Correct it.")),
    Reason("date_too_early", BAD, _("Date too early"), _("This date lies before {earliest}. Correct it.")),
    Reason(
        "not_a_number",
        BAD,
        _("Not a number"),
        _("This is not a number. Write it in figures, or leave the cell empty where it is not known."),
    ),
    Reason("not_whole", BAD, _("Not a whole number"), _("Only whole numbers can stand here, for example 3.")),
    Reason("out_of_range", BAD, _("Out of range"), _("This number must lie between {low} and {high}.")),
    Reason("unknown_code", BAD, _("Unknown code"), _("This is none of the codes of this column: {codes}.")),
    Reason(
        "not_yes_or_no",
        BAD,
        _("Neither yes nor no"),
        _("Write 1 for yes, 0 for no, or leave the cell empty where it is not known."),
    ),
    Reason(
        "unreadable_disability",
        BAD,
        _("Unreadable disability"),
        _(
            "“{part}” is not a difficulty with its degree. Write for example vision:3;mobility:2, with "
            "degrees 2 to 4, each area once."
        ),
    ),
    # Rows against each other
    Reason(
        "unknown_governorate",
        BAD,
        _("Unknown governorate"),
        _("No governorate has this code. The codes are those of ISO 3166-2, for example {example}."),
    ),
    Reason(
        "district_elsewhere",
        BAD,
        _("District of another governorate"),
        _(
            "A district of {governorate} has a code that begins with {governorate}-. Correct the district or "
            "the governorate."
        ),
    ),
    Reason(
        "outside_area",
        BAD,
        _("Outside your area"),
        _("This household lives outside the area this import was opened for ({area})."),
    ),
    Reason(
        "repeated_reference",
        BAD,
        _("Reference twice"),
        _("The same reference stands in row {row} too. Each needs its own."),
    ),
    Reason(
        "unknown_household",
        BAD,
        _("Household not in the file"),
        _("No household in the households file has this reference. Correct it, or add the household."),
    ),
    Reason(
        "without_people",
        BAD,
        _("Household without people"),
        _("The people file has nobody of this household. Add them, or remove the household."),
    ),
    Reason(
        "without_head",
        BAD,
        _("Household without a head"),
        _("Nobody of this household is its head. Write “head” for one person."),
    ),
    Reason(
        "second_head",
        BAD,
        _("Second head"),
        _("The household already has a head, in row {row}. Only one person can be the head."),
    ),
    Reason(
        "head_registered",
        BAD,
        _("Household has a head already"),
        _("This household is in the registry and has a head already. Write how this person is related to the head."),
    ),
    Reason(
        "registered_elsewhere",
        BAD,
        _("Registered in another household"),
        _(
            "This person is registered in household {household}. Nobody can belong to two households; move "
            "the person there first."
        ),
    ),
    # Doubtful: comes in as typed
    Reason(
        "identifier_length",
        DOUBTFUL,
        _("National number of wrong length"),
        _("A national number has {expected} digits; this one has {found}."),
    ),
    Reason(
        "identifier_malformed",
        DOUBTFUL,
        _("National number not well formed"),
        _("This cannot be a national number: the part for the birth date or the governorate does not exist."),
    ),
    Reason(
        "identifier_check_digit",
        DOUBTFUL,
        _("National number with a slip"),
        _("The last digit does not fit the others, so a digit was probably mistyped. Compare it with the card."),
    ),
    Reason(
        "birth_date_differs",
        DOUBTFUL,
        _("Birth date differs from the number"),
        _("The national number says {expected}. Compare with the card."),
    ),
    Reason(
        "sex_differs",
        DOUBTFUL,
        _("Sex differs from the number"),
        _("The national number is one of the other sex. Compare with the card."),
    ),
    Reason(
        "phone_unusable",
        DOUBTFUL,
        _("Phone cannot be dialled"),
        _("This is not a phone number that can be dialled. Ask for it again."),
    ),
    Reason(
        "phone_too_long",
        DOUBTFUL,
        _("Several phones in one cell"),
        _("Only the first {limit} characters are kept. Write one number."),
    ),
    Reason(
        "name_short",
        DOUBTFUL,
        _("Name of one part"),
        _("A name has at least two parts: the person's own and the father's."),
    ),
    Reason(
        "name_has_digits",
        DOUBTFUL,
        _("Name with figures"),
        _("There are figures in this name. Compare it with the card."),
    ),
    Reason(
        "child_too_old",
        DOUBTFUL,
        _("Child's age and the head's"),
        _("Son or daughter of a head who is only {years} years older. Check the relationship and both birth dates."),
    ),
    Reason(
        "parent_too_young",
        DOUBTFUL,
        _("Parent's age and the head's"),
        _("Father or mother of the head, but only {years} years older. Check the relationship and both birth dates."),
    ),
    Reason(
        "head_too_young",
        DOUBTFUL,
        _("Very young head"),
        _("The head of the household is {years} years old. Check who answers for the household."),
    ),
    Reason(
        "married_too_young",
        DOUBTFUL,
        _("Very young and married"),
        _("Married, divorced or widowed at {years} years of age. Check both."),
    ),
    Reason("very_old", DOUBTFUL, _("Very old"), _("This person would be {years} years old. Check the date.")),
    Reason(
        "pregnant_unlikely",
        DOUBTFUL,
        _("Pregnancy unlikely"),
        _("Pregnant, but male or {years} years old. Check the row."),
    ),
    Reason(
        "schooling_unlikely",
        DOUBTFUL,
        _("More schooling than years"),
        _("{found} years of schooling at {years} years of age. Check both."),
    ),
    Reason(
        "bedrooms_exceed_rooms",
        DOUBTFUL,
        _("More bedrooms than rooms"),
        _("There are more bedrooms than the {rooms} rooms. Check both."),
    ),
    Reason(
        "identifier_repeated",
        DOUBTFUL,
        _("National number twice in the file"),
        _("The same national number stands in row {row}. Both come in, and the pair is put before a caseworker."),
    ),
    Reason(
        "identifier_registered",
        DOUBTFUL,
        _("National number already registered"),
        _(
            "Person {person} in the registry has the same national number. Both stay, and the pair is put "
            "before a caseworker."
        ),
    ),
    Reason(
        "differs_from_registry",
        DOUBTFUL,
        _("Differs from the registry"),
        _(
            "The registry says “{registered}” for this reference. Nothing is changed; ask for a change of "
            "data if the file is right."
        ),
    ),
    Reason(
        "taken_meanwhile",
        DOUBTFUL,
        _("Not entered"),
        _(
            "Another import or caseworker registered this household's head or this person meanwhile, so this "
            "row was not entered."
        ),
    ),
)

# Findings after which the rest of a file is not looked at.
ABOUT_THE_FILE = frozenset(
    {
        "unreadable_file", "empty_file", "sheet_missing", "refused_file", "column_missing", "column_unknown",
        "column_repeated", "quote_not_closed",
    }
)  # fmt: skip

REASONS: Mapping[str, Reason] = {reason.code: reason for reason in _ALL}


def sentence(code: str, params: Mapping[str, Any]) -> str:
    """Return what a finding means, in the active language."""
    return str(REASONS[code].sentence).format(**params)

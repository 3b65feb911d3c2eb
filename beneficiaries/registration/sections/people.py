"""The people of the household: the head, each member, and that these are all."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from beneficiaries.imports.doubts import doubt_age, doubt_kinship, doubt_number, number_key
from beneficiaries.models import Individual, Membership, RegistrationPerson
from beneficiaries.registration.fields import (
    INDIVIDUALS,
    CodeCell,
    DayCell,
    FiguresCell,
    NameCell,
    NumberCell,
    flag,
)
from beneficiaries.registration.forms import Doubt, Group, SectionForm, day
from ministry import formats
from ministry.countries import current
from ministry.digits import plain_number
from ministry.text import is_dialable

_Relationship = Membership.Relationship
# The answer about people found in the register: nobody was found (empty), somebody was and nothing is decided yet,
# it is none of these (with their ids), or the id of the one it is.
UNDECIDED = "?"
NONE_OF = "none:"


class PersonForm(SectionForm):
    """One member."""

    full_name = NameCell(INDIVIDUALS, "full_name", label=gettext_lazy("Full name, as on the card"))
    relationship = CodeCell(
        INDIVIDUALS,
        "relationship",
        [choice for choice in _Relationship.choices if choice[0] != _Relationship.HEAD],
        unknown=False,
        label=gettext_lazy("Relationship to the head"),
    )
    mother_name = NameCell(INDIVIDUALS, "mother_name", label=gettext_lazy("Mother's name"), required=False)
    national_id = FiguresCell(INDIVIDUALS, "national_id", label=gettext_lazy("National number"), required=False)
    birth_date = DayCell(INDIVIDUALS, "birth_date", label=gettext_lazy("Date of birth"), required=False)
    sex = CodeCell(INDIVIDUALS, "sex", Individual.Sex.choices, unknown=False, radio=True, label=gettext_lazy("Sex"))
    marital_status = CodeCell(
        INDIVIDUALS, "marital_status", Individual.MaritalStatus.choices, label=gettext_lazy("Marital status")
    )
    phone = FiguresCell(INDIVIDUALS, "phone", label=gettext_lazy("Phone"), required=False)
    years_schooling = NumberCell(
        INDIVIDUALS,
        "years_schooling",
        label=gettext_lazy("Years of schooling"),
        help_text=gettext_lazy("Years completed, from the first year of primary school on."),
        required=False,
    )
    in_school = flag(INDIVIDUALS, "in_school", gettext_lazy("Goes to school or university now"))

    # Whether the person was found in the register; see SAME_AS.
    same_as = forms.CharField(required=False, widget=forms.HiddenInput)

    layout = (
        Group(("full_name", "relationship", "mother_name", "national_id", "birth_date", "sex"), two=True),
        Group(("marital_status", "phone", "years_schooling", "in_school"), two=True),
    )

    def __init__(self, *args: Any, person: RegistrationPerson | None = None, **kwargs: Any) -> None:
        self.person = person
        super().__init__(*args, **kwargs)

    @property
    def relation(self) -> str:
        return self.cleaned_data.get("relationship", "")

    def clean_national_id(self) -> str:
        typed = self.cleaned_data["national_id"]
        key = number_key(typed)
        for other in self.file.others(self.person) if key else ():
            if number_key(other.national_id) == key:
                raise ValidationError(
                    _("{name} has this national number already. Nobody shares a number; compare both cards.").format(
                        name=other.name
                    ),
                    code="number_twice",
                )
        return typed

    def clean_same_as(self) -> str:
        answer = self.cleaned_data["same_as"]
        if answer == UNDECIDED:
            raise ValidationError(
                _("The register holds somebody who may be this person. Say whether it is the same person."),
                code="undecided",
            )
        return answer

    def rows(self) -> list[tuple[Any, Any]]:
        rows = [(one.label, self.answer_in_words(name)) for name, one in self.fields.items() if name != "same_as"]
        if self.person is not None and self.person.is_linked:
            rows.append((_("In the register already"), _("Yes, this is the same person")))
        return rows

    def find_doubts(self) -> Iterator[Doubt]:
        yield from super().find_doubts()
        found: list[Doubt] = []

        def note(column: str, _value: str, reason: str, params: dict[str, Any]) -> None:
            if column in self.fields:
                found.append(Doubt(column, reason, params))

        answers = self.cleaned_data
        number, born, sex = (answers.get(name, "") for name in ("national_id", "birth_date", "sex"))
        if number:
            doubt_number(note, country=current(), number=number_key(number), typed=number, born=born, sex=sex)
        if answers.get("phone") and not is_dialable(answers["phone"]):
            found.append(Doubt("phone", "phone_unusable"))
        if born:
            doubt_age(
                note,
                today=self.today,
                born=born,
                sex=sex,
                relationship=self.relation,
                marital=answers.get("marital_status", ""),
                schooling=answers.get("years_schooling", ""),
                pregnant="",
            )
            head_born = day(self.file.head.birth_date) if self.file.head else None
            own_day = day(born)
            if own_day and head_born:
                doubt_kinship(note, relationship=self.relation, born=own_day, head_born=head_born)
        yield from found


class HeadForm(PersonForm):
    """The head of the household; answers the same questions but how they are related to the head."""

    layout = (
        Group(("full_name", "mother_name", "national_id", "birth_date", "sex", "marital_status"), two=True),
        Group(("phone", "years_schooling", "in_school"), two=True),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["relationship"]

    @property
    def relation(self) -> str:
        return _Relationship.HEAD

    def find_doubts(self) -> Iterator[Doubt]:
        yield from super().find_doubts()
        # A head of twelve years is asked about where the date stands: there is no question about the relationship.
        born = day(self.cleaned_data.get("birth_date", ""))
        if born is not None:
            found: list[Doubt] = []
            doubt_age(
                lambda _column, _value, reason, params: found.append(Doubt("birth_date", reason, params)),
                today=self.today, born=born.isoformat(), sex="", relationship=_Relationship.HEAD, marital="",
                schooling="", pregnant="",
            )  # fmt: skip
            yield from (doubt for doubt in found if doubt.reason == "head_too_young")


class MembersForm(SectionForm):
    """That everybody has been entered."""

    complete = forms.BooleanField(label=gettext_lazy("Everybody who lives and eats together has been entered"))
    count = forms.CharField(
        label=gettext_lazy("How many people is that, with the head?"),
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "numeric", "autocomplete": "off", "class": "short"}),
    )

    layout = (Group(("count", "complete")),)

    def clean_count(self) -> int:
        entered = len(self.file.people)
        text = self.cleaned_data["count"]
        if plain_number(text) != str(entered):
            raise ValidationError(
                ngettext(
                    "{count} person has been entered with the head. Enter the others, or correct the number.",
                    "{count} people have been entered with the head. Enter the others, or correct the number.",
                    entered,
                ).format(count=formats.number(entered)),
                code="count_differs",
            )
        return entered

"""A registration with all its answers, as pages and services look at it."""

import datetime as dt
import uuid
from collections.abc import Mapping
from functools import cached_property

from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.models import Registration, RegistrationPerson, RegistrationSection
from beneficiaries.models.registration import Answers
from beneficiaries.registration.forms import Doubt, SectionForm
from beneficiaries.registration.sections import HEAD, MEMBERS, SECTIONS, PersonForm
from beneficiaries.registration.sections.people import HeadForm
from beneficiaries.rules import completed_years
from ministry import formats
from ministry.models import User
from ministry.text import clean

# Longest answer kept as typed: what a form would refuse anyway stays readable up to here.
TYPED_LENGTH = 2_000


class State(models.TextChoices):
    """How far a section is."""

    NOT_STARTED = "not_started", gettext_lazy("Not started")
    STARTED = "started", gettext_lazy("In progress")
    ATTENTION = "attention", gettext_lazy("Needs attention")
    DONE = "done", gettext_lazy("Done")


STATE_TONES = {State.NOT_STARTED: "", State.STARTED: "info", State.ATTENTION: "warn", State.DONE: "ok"}


def as_typed(form: SectionForm, data: QueryDict) -> dict[str, list[str]]:
    """Return what was typed into a form's inputs, freed of what cannot be seen, and nothing else of the request."""
    names = form.input_names()
    return {
        name: [clean(value)[:TYPED_LENGTH] for value in values]
        for name, values in sorted(data.lists())
        if name in names
    }


def as_data(typed: Mapping[str, list[str]]) -> QueryDict:
    """Return stored answers as the browser had sent them."""
    data = QueryDict(mutable=True)
    for name, values in typed.items():
        data.setlist(name, values)
    return data


class Person:
    """One person of a registration, before their form has been looked at: what other questions need to know."""

    def __init__(self, row: RegistrationPerson) -> None:
        self.row = row
        self.number = row.number

    def typed(self, name: str) -> str:
        values = self.row.typed.get(name) or [""]
        return values[-1]

    @property
    def name(self) -> str:
        return self.typed("full_name")[:300] or _("Person {number}").format(number=formats.number(self.number))

    @property
    def national_id(self) -> str:
        return self.typed("national_id")

    @cached_property
    def birth_date(self) -> str:
        """Return the day of birth as year-month-day where a readable one was typed."""
        try:
            return PersonForm.base_fields["birth_date"].clean(self.typed("birth_date"))
        except ValidationError:
            return ""

    @property
    def age(self) -> int | None:
        """Completed years today; None where the birth date is unknown."""
        born = self.birth_date
        return completed_years(dt.date.fromisoformat(born), timezone.localdate()) if born else None

    @property
    def sex(self) -> str:
        return self.typed("sex")

    @property
    def question_of_work(self) -> str:
        return _("Does {name} work?").format(name=self.name)


class RegistrationFile:
    """A registration, its sections and its people; read once, in two statements. `actor` is who fills it in."""

    def __init__(self, registration: Registration, actor: User | None = None) -> None:
        self.registration = registration
        self.actor = actor

    @cached_property
    def rows(self) -> dict[str, RegistrationSection]:
        return {row.code: row for row in self.registration.sections.all()}

    @cached_property
    def people(self) -> list[Person]:
        """Return those who live in the household, the head first."""
        return [Person(row) for row in self.registration.people.filter(is_removed=False)]

    @property
    def head(self) -> Person | None:
        return next((person for person in self.people if person.row.is_head), None)

    def person(self, token: uuid.UUID) -> Person | None:
        return next((person for person in self.people if person.row.token == token), None)

    def others(self, row: RegistrationPerson | None) -> list[Person]:
        """Return everybody but this person."""
        return [person for person in self.people if row is None or person.row.token != row.token]

    @property
    def currency(self) -> str:
        return formats.currency_name()

    def answers_of(self, code: str) -> Answers | None:
        """Return the stored answers of a section, if there are any."""
        if code == HEAD:
            return self.head.row if self.head else None
        return self.rows.get(code)

    def form_of(self, code: str, data: QueryDict | None = None) -> SectionForm:
        """Return a section's form with `data`, or with what is stored; without either an empty one."""
        answers = self.answers_of(code)
        if data is None and answers is not None:
            data = as_data(answers.typed)
        if code == HEAD:
            return HeadForm(data, file=self, person=self.head.row if self.head else None)
        return SECTIONS[code].form(data, file=self)

    def person_form(self, row: RegistrationPerson | None, data: QueryDict | None = None) -> PersonForm:
        """Return the form of one person with `data`, or with what is stored."""
        if data is None and row is not None:
            data = as_data(row.typed)
        return (HeadForm if row is not None and row.is_head else PersonForm)(data, file=self, person=row)

    @cached_property
    def forms(self) -> dict[str, SectionForm]:
        """Return the forms of all sections with what is stored."""
        forms = {code: self.form_of(code) for code in SECTIONS}
        # The head is one of the people: asked once.
        forms.update((HEAD, form) for person, form in self.person_forms if person.row.is_head)
        return forms

    @cached_property
    def person_forms(self) -> list[tuple[Person, PersonForm]]:
        return [(person, self.person_form(person.row)) for person in self.people]

    def state_of(self, code: str) -> State:
        """Return how far a section is, judged by its answers as they are now and by those it depends on."""
        if code == MEMBERS:
            return self._state_of_members()
        return judge(self.forms[code], self.answers_of(code))

    def _state_of_members(self) -> State:
        members = [judge(form, person.row) for person, form in self.person_forms if not person.row.is_head]
        own = judge(self.forms[MEMBERS], self.rows.get(MEMBERS))
        if State.ATTENTION in members:
            return State.ATTENTION
        if own is State.NOT_STARTED and members:
            return State.STARTED
        return State.STARTED if State.STARTED in members and own is State.DONE else own

    @cached_property
    def states(self) -> dict[str, State]:
        return {code: self.state_of(code) for code in SECTIONS}

    @property
    def is_complete(self) -> bool:
        return all(state is State.DONE for state in self.states.values())


def unexplained(form: SectionForm, reasons: Mapping[str, str]) -> list[Doubt]:
    """Return the doubts about a form's answers for which nobody has given a reason."""
    return [doubt for doubt in form.doubts if not reasons.get(doubt.key)]


def judge(form: SectionForm, answers: Answers | None) -> State:
    """Return how far a form is with its stored answers."""
    if answers is None:
        return State.NOT_STARTED
    if answers.has_open_note:
        return State.ATTENTION
    if form.is_valid():
        return State.ATTENTION if unexplained(form, answers.reasons) else State.DONE
    return State.STARTED if form.is_only_unfinished() else State.ATTENTION

"""«This is the same person»: people of the register who may be the one being typed, found while and after typing."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from beneficiaries.duplicates.entry_check import NewPerson
from beneficiaries.models import RegistrationPerson
from beneficiaries.queries.matches import MatchCard, possible_matches
from beneficiaries.registration.file import Person, RegistrationFile, as_typed
from beneficiaries.registration.forms import day
from beneficiaries.registration.sections.people import NONE_OF, UNDECIDED
from beneficiaries.views.registration.base import RegistrationMixin, token_of

Typed = dict[str, list[str]]


def look_up(file: RegistrationFile, row: RegistrationPerson | None, typed: Typed) -> list[MatchCard]:
    """Return whom of the register the typed person may be; nobody once they have a row of their own there."""
    if row is not None and row.individual_id is not None and not row.is_linked:
        return []
    person = Person(RegistrationPerson(typed=typed, number=row.number if row else 0))
    if not person.typed("full_name"):
        return []
    new = NewPerson(
        full_name=person.typed("full_name")[:300],
        mother_name=person.typed("mother_name")[:300],
        national_id=person.typed("national_id")[:60],
        birth_date=day(person.birth_date),
        sex=person.sex if person.sex in {"F", "M"} else "",
        phone=person.typed("phone")[:40],
        area_id=file.registration.area_id,
    )
    taken = [other.row.individual_id for other in file.others(row) if other.row.individual_id]
    return possible_matches(new, exclude=taken, home=file.registration.household_id)


def settle(row: RegistrationPerson | None, typed: Typed, cards: list[MatchCard]) -> tuple[Typed, int | None]:
    """Return the answers with what stands about the matches, and the row of the register the person is said to be.

    SECURITY: only somebody who was found by what was typed can be chosen.
    """
    answer = (typed.get("same_as") or [""])[-1]
    found = {card.individual_id for card in cards}
    if row is not None and row.is_linked and row.individual_id is not None:
        found.add(row.individual_id)
    if answer.isascii() and answer.isdigit() and int(answer) in found:
        return typed | {"same_as": [answer]}, int(answer)
    ruled_out = set(answer.removeprefix(NONE_OF).split(",")) if answer.startswith(NONE_OF) else set()
    is_settled = {str(card.individual_id) for card in cards} <= ruled_out
    return typed | {"same_as": [answer if ruled_out and is_settled and cards else UNDECIDED if cards else ""]}, None


def choices(cards: list[MatchCard], answer: str) -> dict[str, Any]:
    """Return what the template of the matches needs."""
    return {
        "matches": cards,
        "same_as": answer,
        "none_of": NONE_OF + ",".join(str(card.individual_id) for card in cards),
        "is_none": answer.startswith(NONE_OF),
    }


class MatchesView(RegistrationMixin):
    """The matches alone, for the form that is being typed into; nothing is saved."""

    permission_required = "beneficiaries.add_registration"
    http_method_names = ("post", "options")

    @cached_property
    def row(self) -> RegistrationPerson | None:
        text = self.kwargs["token"]
        person = self.file.head if text == "head" else self.file.person(token_of(text))
        return person.row if person else None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        typed = as_typed(self.file.person_form(self.row), request.POST)
        cards = look_up(self.file, self.row, typed)
        answer = settle(self.row, typed, cards)[0]["same_as"][-1]
        response = render(request, "beneficiaries/registration/_matches.html", choices(cards, answer))
        add_never_cache_headers(response)
        return response

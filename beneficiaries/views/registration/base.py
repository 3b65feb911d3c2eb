"""What the pages of one registration have in common."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic.base import TemplateResponseMixin

from beneficiaries.models import Registration
from beneficiaries.registration.file import STATE_TONES, RegistrationFile, State
from beneficiaries.registration.sections import MEMBERS, SECTIONS
from beneficiaries.workflows import REGISTRATION
from ministry.views.mixins import StaffPageMixin

LIST_TITLE = gettext_lazy("Registrations")


@dataclass(frozen=True)
class Task:
    """A section as the task list and the list of steps show it."""

    code: str
    text: Any
    note: Any
    url: str
    state: str
    badge: Any
    tone: str
    is_current: bool = False

    @property
    def label(self) -> Any:
        return self.text


def token_of(text: str) -> uuid.UUID:
    """Return the token an address names.

    Raises:
        Http404: it is none.
    """
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404 from None


def section_url(registration: Registration, code: str) -> str:
    """Return the page of a section."""
    return reverse("beneficiaries:registration_section", args=[registration.reference, code])


class RegistrationMixin(StaffPageMixin):
    """One registration among those the person may see; what lies outside is 404."""

    permission_required = "beneficiaries.view_registration"

    @cached_property
    def registration(self) -> Registration:
        return get_object_or_404(
            Registration.objects.visible_to(self.request.user).for_list(), reference=self.kwargs["reference"]
        )

    @cached_property
    def file(self) -> RegistrationFile:
        return RegistrationFile(self.registration, self.request.user)

    def verbs(self) -> list[str]:
        return REGISTRATION.available(
            status=self.registration.status, actor=self.request.user, area=self.registration.area
        )

    def tasks(self, current: str = "") -> Iterator[Task]:
        """Return the sections with how far each is."""
        marks = {State.DONE: "done", State.ATTENTION: "wrong"}
        for section in SECTIONS.values():
            state = self.file.states[section.code]
            yield Task(
                code=section.code,
                text=section.title,
                note=section.hint,
                url=section_url(self.registration, section.code),
                state=marks.get(state, ""),
                badge=state.label,
                tone=STATE_TONES[state],
                is_current=section.code == current,
            )

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [
            (LIST_TITLE, reverse("beneficiaries:registration_list")),
            (self.registration.reference, self.registration.get_absolute_url()),
            (self.get_title(), ""),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**({"registration": self.registration, "verbs": self.verbs()} | kwargs))


def answers_by_section(file: RegistrationFile) -> list[dict[str, Any]]:
    """Return every section with its answers in words, as the check and the review show them."""
    shown = []
    for section in SECTIONS.values():
        form, answers = file.forms[section.code], file.answers_of(section.code)
        people = []
        if section.code == MEMBERS:
            people = [
                {"person": person, "rows": one.rows(), "reasons": reasons_of(one, person.row)}
                for person, one in file.person_forms
                if not person.row.is_head
            ]
        shown.append(
            {
                "section": section,
                "state": file.states[section.code],
                "tone": STATE_TONES[file.states[section.code]],
                "url": section_url(file.registration, section.code),
                "rows": form.rows() if answers is not None else [],
                "reasons": reasons_of(form, answers),
                "note": answers.note if answers is not None else "",
                "people": people,
            }
        )
    return shown


def reasons_of(form: Any, answers: Any) -> list[tuple[Any, str, str]]:
    """Return (question, what is unusual, why it stands) of answers that were explained."""
    if answers is None:
        return []
    return [
        (form.fields[doubt.name].label, doubt.sentence, answers.reasons[doubt.key])
        for doubt in form.doubts
        if answers.reasons.get(doubt.key)
    ]


class RegistrationPage(RegistrationMixin, TemplateResponseMixin):
    """A page about one registration, drawn by a template of its own."""

    def answer(self, context: dict[str, Any], status: int = 200) -> HttpResponse:
        response = self.render_to_response(context, status=status)
        # SECURITY: nothing of a file must be found in the cache of a shared computer after signing out.
        add_never_cache_headers(response)
        return response


class RegistrationView(RegistrationPage):
    """The task list of a registration; once handed in, what became of it."""

    template_name = "beneficiaries/registration/detail.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.answer(self.get_context_data())

    def get_title(self) -> str:
        head = self.file.head
        return head.name if head else _("New registration")

    def get_crumbs(self) -> list[tuple[Any, str]]:
        return [(LIST_TITLE, reverse("beneficiaries:registration_list")), (self.registration.reference, "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tasks = list(self.tasks()) if self.registration.status != Registration.Status.DISCARDED else []
        return super().get_context_data(
            tasks=tasks,
            done=sum(task.state == "done" for task in tasks),
            may_edit="save" in self.verbs(),
            page_status={
                "label": self.registration.get_status_display(),
                "tone": Registration.STATUS_TONES[self.registration.status],
            },
            **kwargs,
        )

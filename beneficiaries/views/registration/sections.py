"""Sections and people: every save is kept, whatever is wrong with it; two versions are shown side by side."""

import uuid
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from beneficiaries.models import Registration, RegistrationPerson
from beneficiaries.models.registration import Answers
from beneficiaries.queries.matches import MatchCard
from beneficiaries.registration.file import Person, State, as_data, as_typed, judge, unexplained
from beneficiaries.registration.forms import SectionForm
from beneficiaries.registration.sections import DOCUMENTS, HEAD, MEMBERS, SECTIONS
from beneficiaries.services import registrations as services
from beneficiaries.views.registration.base import RegistrationMixin, RegistrationPage, section_url, token_of
from beneficiaries.views.registration.matching import choices, look_up, settle
from ministry.documents.fields import DocumentField
from ministry.exceptions import DomainError
from ministry.models import Document
from ministry.text import clean

REASON = "reason-"
REASON_LENGTH = 300


class AnswersView(RegistrationPage):
    """One form of a registration: shown, saved, and compared where somebody else was faster."""

    template_name = "beneficiaries/registration/section.html"
    # The section it belongs to, for the list of steps.
    code: str
    # Whether it is about one person; then whom of the register they may be, and whom they are said to be.
    is_person = False
    cards: list[MatchCard] | None = None
    same_as: int | None = None

    @property
    def row(self) -> RegistrationPerson | None:
        """Return the person's row in the registration."""
        return None

    def stored(self) -> Answers | None:
        raise NotImplementedError

    def make_form(self, typed: Mapping[str, list[str]] | None) -> SectionForm:
        """Return the form with these answers, or an empty one."""
        raise NotImplementedError

    def save(self, form: SectionForm, typed: dict[str, list[str]], reasons: dict[str, str], version: int) -> Answers:
        raise NotImplementedError

    def next_url(self) -> str:
        raise NotImplementedError

    @property
    def matches_token(self) -> str:
        """Return which person the fragment with the matches is asked about."""
        return HEAD

    def settled(self, typed: dict[str, list[str]]) -> dict[str, list[str]]:
        """Return the answers with what the register says about them."""
        if self.is_person:
            self.cards = look_up(self.file, self.row, typed)
            typed, self.same_as = settle(self.row, typed, self.cards)
        return typed

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answers = self.stored()
        if answers is None:
            return self.page(self.make_form(None), answers)
        form = self.make_form(answers.typed)
        if judge(form, answers) is not State.ATTENTION or not (form.errors or form.doubts):
            # Questions merely left open are not errors yet.
            filled = self.make_form(None)
            data = as_data(answers.typed)
            for name, field in filled.fields.items():
                filled.initial[name] = field.widget.value_from_datadict(data, {}, name)
            return self.page(filled, answers, doubts=form.doubts)
        return self.page(form, answers, doubts=form.doubts)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "save" not in self.verbs():
            if self.registration.is_open:
                raise PermissionDenied
            return self.refused(_("This registration is handed in: its answers cannot be changed now."))
        typed = as_typed(self.make_form(None), request.POST)
        typed = self.settled(typed)
        form = self.make_form(typed)
        reasons = {
            name.removeprefix(REASON)[:120]: reason[:REASON_LENGTH]
            for name in request.POST
            if name.startswith(REASON) and (reason := clean(request.POST.get(name, "")))
        }
        try:
            answers = self.save(form, typed, reasons, self.version_seen())
        except services.AnswersChanged as conflict:
            return self.conflict(conflict, form, typed, reasons)
        except DomainError as error:
            return self.refused(error.message)
        self.forget()
        if self.wants_json():
            return JsonResponse({"version": answers.version, "state": judge(form, answers)})
        if request.POST.get("action") == "draft":
            messages.success(request, _("What you have typed is saved."))
            return redirect(self.registration)
        if not form.is_valid() or unexplained(form, answers.reasons):
            return self.page(form, answers, status=422, doubts=form.doubts)
        return redirect(self.next_url())

    def forget(self) -> None:
        """Look at the registration anew after a save."""
        self.__dict__.pop("file", None)

    def version_seen(self) -> int:
        text = self.request.POST.get("version", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0

    def wants_json(self) -> bool:
        return self.request.headers.get("Accept", "") == "application/json"

    def refused(self, message: str) -> HttpResponse:
        if self.wants_json():
            return JsonResponse({"message": message}, status=409)
        messages.error(self.request, message)
        return redirect(self.registration)

    def conflict(
        self, conflict: services.AnswersChanged, form: SectionForm, typed: dict[str, list[str]], reasons: dict[str, str]
    ) -> HttpResponse:
        """Show both versions side by side; neither is given up before somebody has chosen."""
        if self.wants_json():
            return JsonResponse({"message": conflict.message, "url": self.request.path}, status=409)
        current = conflict.current
        theirs = dict(self.make_form(current.typed).rows()) if current is not None else {}
        rows = [
            {"label": label, "mine": mine, "theirs": theirs.get(label, ""), "differs": mine != theirs.get(label, "")}
            for label, mine in form.rows()
        ]
        self.template_name = "beneficiaries/registration/conflict.html"
        context = self.get_context_data(
            rows=rows,
            current=current,
            version=current.version if current is not None else 0,
            hidden=[(name, value) for name, values in typed.items() for value in values],
            reasons=[(f"{REASON}{key}", value) for key, value in reasons.items()],
            mine_url=self.request.path if current is not None else self.address_for_new(),
            page_failed=True,
        )
        return self.answer(context, status=409)

    def address_for_new(self) -> str:
        """Return where answers go whose row is gone."""
        return self.request.path

    def page(self, form: SectionForm, answers: Answers | None, *, status: int = 200, doubts: Any = ()) -> HttpResponse:
        reasons = answers.reasons if answers is not None else {}
        if self.is_person and answers is not None:
            said = (answers.typed.get("same_as") or [""])[-1]
            if self.cards is None and said:
                self.cards = look_up(self.file, self.row, answers.typed)
            kwargs = choices(self.cards or [], said)
        else:
            kwargs = {}
        return self.answer(
            self.get_context_data(
                form=form,
                version=answers.version if answers is not None else 0,
                note=answers.note if answers is not None and answers.note else "",
                note_is_open=answers is not None and answers.has_open_note,
                saved_by=answers.saved_by if answers is not None else None,
                saved_at=answers.saved_at if answers is not None else None,
                doubts=[
                    {
                        "name": f"{REASON}{doubt.key}",
                        "label": form.fields[doubt.name].label,
                        "sentence": doubt.sentence,
                        "reason": reasons.get(doubt.key, ""),
                    }
                    for doubt in doubts
                ],
                may_edit="save" in self.verbs(),
                **kwargs,
            ),
            status=status,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            steps=list(self.tasks(self.code)), is_person=self.is_person, matches_token=self.matches_token, **kwargs
        )


class SectionView(AnswersView):
    """One section."""

    @property
    def code(self) -> str:  # type: ignore[override]
        code = self.kwargs["code"]
        if code not in SECTIONS:
            raise Http404
        return code

    @property
    def is_person(self) -> bool:  # type: ignore[override]
        return self.code == HEAD

    @property
    def row(self) -> RegistrationPerson | None:
        return self.file.head.row if self.file.head else None

    def get_title(self) -> Any:
        return SECTIONS[self.code].title

    def get_lead(self) -> Any:
        return SECTIONS[self.code].hint

    def stored(self) -> Answers | None:
        return self.file.answers_of(self.code)

    def make_form(self, typed: Mapping[str, list[str]] | None) -> SectionForm:
        if typed is not None:
            return self.file.form_of(self.code, as_data(typed))
        return type(self.file.form_of(self.code))(file=self.file)

    def save(self, form: SectionForm, typed: dict[str, list[str]], reasons: dict[str, str], version: int) -> Answers:
        if self.code == HEAD:
            head = self.file.head
            return services.save_person(
                registration=self.registration,
                token=head.row.token if head else uuid.uuid4(),
                typed=typed,
                reasons=reasons,
                version=version,
                actor=self.request.user,
                is_head=True,
                same_as=self.same_as,
            )
        return services.save_section(
            registration=self.registration,
            code=self.code,
            typed=typed,
            reasons=reasons,
            version=version,
            actor=self.request.user,
            area=form.cleaned_data.get("area") if form.is_valid() else None,
        )

    def next_url(self) -> str:
        codes = list(SECTIONS)
        after = codes.index(self.code) + 1
        if after < len(codes):
            return section_url(self.registration, codes[after])
        return reverse("beneficiaries:registration_check", args=[self.registration.reference])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if self.code == MEMBERS:
            context["people"] = [
                (person, judge(form, person.row)) for person, form in self.file.person_forms if not person.row.is_head
            ]
        if self.code == DOCUMENTS:
            context["documents"] = documents_of(self.registration)
            context["kinds"] = DocumentField().widget.attrs["accept"]
        return context


class PersonView(AnswersView):
    """One member on a page of their own; an address not met before is a new person."""

    code = MEMBERS
    is_person = True

    @property
    def row(self) -> RegistrationPerson | None:
        return self.person.row if self.person else None

    @property
    def matches_token(self) -> str:
        return str(self.token)

    @property
    def token(self) -> uuid.UUID:
        return token_of(self.kwargs["token"])

    @cached_property
    def person(self) -> Person | None:
        return self.file.person(self.token)

    def forget(self) -> None:
        super().forget()
        self.__dict__.pop("person", None)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.person is not None and self.person.row.is_head:
            return redirect(section_url(self.registration, HEAD))
        return super().get(request, *args, **kwargs)

    def get_title(self) -> Any:
        return self.person.name if self.person else _("Add a person")

    def get_crumbs(self) -> list[tuple[Any, str]]:
        crumbs = super().get_crumbs()
        return [*crumbs[:-1], (SECTIONS[MEMBERS].title, section_url(self.registration, MEMBERS)), crumbs[-1]]

    def stored(self) -> Answers | None:
        return self.person.row if self.person else None

    def make_form(self, typed: Mapping[str, list[str]] | None) -> SectionForm:
        row = self.person.row if self.person else None
        if typed is not None:
            return self.file.person_form(row, as_data(typed))
        return type(self.file.person_form(None))(file=self.file, person=row)

    def save(self, form: SectionForm, typed: dict[str, list[str]], reasons: dict[str, str], version: int) -> Answers:
        return services.save_person(
            registration=self.registration,
            token=self.token,
            typed=typed,
            reasons=reasons,
            version=version,
            actor=self.request.user,
            same_as=self.same_as,
        )

    def next_url(self) -> str:
        return section_url(self.registration, MEMBERS)

    def address_for_new(self) -> str:
        return person_url(self.registration, uuid.uuid4())


def person_url(registration: Registration, token: uuid.UUID) -> str:
    """Return the page of a person."""
    return reverse("beneficiaries:registration_person", args=[registration.reference, token])


def documents_of(registration: Registration) -> list[Document]:
    """Return the papers kept with a registration, or with the household it became."""
    subject = registration.household or registration
    return list(Document.objects.filter(subject_type=subject._meta.label_lower, subject_id=subject.pk))


class PersonAddView(RegistrationMixin):
    """Leads to the page of a person nobody has typed yet."""

    permission_required = "beneficiaries.add_registration"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect(person_url(self.registration, uuid.uuid4()))

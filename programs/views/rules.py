"""The rule editor: a draft's conditions written, grouped and moved on pages that work without JavaScript."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import BaseForm, Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import FormView, TemplateView

from ministry import countries, formats
from ministry.certain import declared_as
from ministry.exceptions import DomainError, RuleViolation
from ministry.models import AuditEntry
from ministry.views.mixins import ConfirmPageMixin, DomainErrorMixin, FragmentMixin, wants_fragment
from programs.eligibility.checks import problems_of
from programs.eligibility.tree import rules_of
from programs.models import Criterion, ProgramVersion, RuleGroup
from programs.queries.eligibility import latest_run
from programs.queries.programs import version_before
from programs.rule_editor.differences import differences
from programs.rule_editor.forms import CriterionForm, heading_of
from programs.rule_editor.outline import Outline, fingerprint_of, outline_of, without_empty_groups
from programs.rule_editor.preview import preview
from programs.rule_editor.state import new_state, state_of, state_of_data
from programs.services import rules as verbs
from programs.views.programs import Crumbs, VersionPageMixin

# What `seen` says of a condition that somebody else removed while it was being written.
_GONE = "gone"


class RulePageMixin(VersionPageMixin):
    """A page that writes a draft's rules; of any other version it leads back to where they can be read."""

    permission_required = "programs.change_programversion"
    binds_country = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        may_write = request.user.is_authenticated and self.has_permission()
        if request.method == "GET" and may_write and self.version.status != ProgramVersion.Status.DRAFT:
            messages.info(request, _("This version is no longer a draft. Its rules can only be read."))
            return redirect(self.version.get_absolute_url())
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def outline(self) -> Outline:
        return outline_of(self.version)

    def address(self, name: str, *arguments: object) -> str:
        return reverse(f"programs:{name}", args=[self.program.code, self.version.number, *arguments])

    def get_crumbs(self) -> Crumbs:
        version = _("Version {number}").format(number=formats.number(self.version.number))
        return [*super().get_crumbs()[:2], (version, self.version.get_absolute_url()), *self.crumbs_below()]

    def crumbs_below(self) -> Crumbs:
        """Return what stands in the trail below the version."""
        return [(_("Rules"), self.address("rules")), (self.get_title(), "")]


class RulesView(RulePageMixin, DomainErrorMixin, TemplateView):
    """A draft's rules as a tree, each place with what can be done to it."""

    template_name = "programs/rules.html"
    actions_template_name = "programs/_rules_actions.html"

    def get_title(self) -> str:
        return _("{program}: rules of version {number}").format(
            program=self.program.name, number=formats.number(self.version.number)
        )

    def crumbs_below(self) -> Crumbs:
        return [(_("Rules"), "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        before = version_before(self.version)
        root = rules_of(self.version)
        return super().get_context_data(
            outline=self.outline,
            kinds=RuleGroup.Kind.choices,
            problems=[problem.reason for problem in problems_of(root) if problem.criterion_id is None]
            if self.outline.criteria
            else [],
            before=before,
            can_take_over=before is not None and not self.outline.criteria,
            difference=differences(self.version, before) if self.outline.criteria else None,
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        deed = _DEEDS.get(request.POST.get("do", ""))
        if deed is None:
            raise RuleViolation(_not_a_choice())
        key = deed(self, request.POST)
        return redirect(f"{self.address('rules')}#{key}" if key else self.address("rules"))

    def given(self, data: Any) -> dict[str, Any]:
        """Return what every verb takes."""
        return {"version": self.version, "actor": self.request.user, "seen": data.get("seen", "")}


def _key_of(row: RuleGroup | Criterion) -> str:
    return f"g{row.pk}" if isinstance(row, RuleGroup) else f"c{row.pk}"


def _not_a_choice() -> str:
    return _("This is not one of the steps that can be taken here. Choose a button of the page.")


def _kind(data: Any) -> str:
    kind = data.get("kind", "")
    if kind not in RuleGroup.Kind.values:
        raise RuleViolation(_not_a_choice())
    return kind


def _group_id(data: Any) -> int:
    key = data.get("key", "")
    number = key.removeprefix("g")
    if not key.startswith("g") or not (number.isascii() and number.isdigit()) or len(number) > 18:
        raise RuleViolation(_not_a_choice())
    return int(number)


def _moves(to: str) -> Callable[[RulesView, Any], str]:
    return lambda page, data: _key_of(verbs.move(**page.given(data), key=data.get("key", ""), to=to))


def _add_group(page: RulesView, data: Any) -> str:
    parent = _group_id(data) if data.get("key") else None
    return _key_of(verbs.add_group(**page.given(data), kind=_kind(data), parent_id=parent))


def _nest(page: RulesView, data: Any) -> str:
    return _key_of(verbs.nest(**page.given(data), key=data.get("key", ""), kind=_kind(data)))


def _change_kind(page: RulesView, data: Any) -> str:
    return _key_of(verbs.change_kind(**page.given(data), group_id=_group_id(data), kind=_kind(data)))


def _dissolve(page: RulesView, data: Any) -> str:
    verbs.dissolve(**page.given(data), group_id=_group_id(data))
    messages.success(page.request, _("The group is dissolved; what it held stands in its place."))
    return ""


def _copy(page: RulesView, data: Any) -> str:
    return _key_of(verbs.copy(**page.given(data), key=data.get("key", "")))


def _take_over(page: RulesView, _data: Any) -> str:
    before = version_before(page.version)
    if before is None:
        raise RuleViolation(_("No version of this programme is in force yet."))
    count = verbs.take_over_rules(version=page.version, source=before, actor=page.request.user)
    messages.success(
        page.request,
        ngettext("{count} condition was taken over.", "{count} conditions were taken over.", count).format(
            count=formats.number(count)
        ),
    )
    return ""


_DEEDS: dict[str, Callable[[RulesView, Any], str]] = {
    **{to: _moves(to) for to in ("up", "down", "in", "out")},
    "add_group": _add_group,
    "nest": _nest,
    "kind": _change_kind,
    "dissolve": _dissolve,
    "copy": _copy,
    "take_over": _take_over,
}


class RuleCountView(RulePageMixin, FragmentMixin, TemplateView):
    """What the draft would find by now: a fragment of the editor, and a page of its own without JavaScript."""

    http_method_names = ("get", "head")
    template_name = "programs/rule_count.html"
    fragment_template_name = "programs/_rule_count.html"

    def get_title(self) -> str:
        return _("What version {number} would find").format(number=formats.number(self.version.number))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        root = without_empty_groups(rules_of(self.version))
        problems = [problem.reason for problem in problems_of(root)] if root else []
        found = None
        if root is not None and not problems:
            minor_units = countries.current().minor_units
            found = preview(root, self.version, timezone.localdate(), minor_units=minor_units)
        return super().get_context_data(
            is_empty=root is None,
            has_empty_groups=root is not None and any(not place.children for place in self.outline.groups),
            count_problems=problems,
            found=found,
            rows=[(place, found.criteria.get(place.criterion.pk)) for place in self.outline.places if place.criterion]
            if found
            else [],
            latest=latest_run(self.program),
            **kwargs,
        )


class CriterionView(RulePageMixin, FormView):
    """One condition. Which fields it has follows what it looks at: the page is drawn again, with all that was typed."""

    template_name = "programs/rule_criterion.html"
    form_class = CriterionForm

    def get_title(self) -> str:
        if "criterion" not in self.kwargs:
            return _("Add a condition")
        place = next((one for one in self.outline.places if one.key == f"c{self.kwargs['criterion']}"), None)
        return _("Condition {number}").format(number=formats.digits(place.number)) if place else _("Condition")

    @cached_property
    def criterion(self) -> Criterion | None:
        """The condition as it is kept now; None for a new one, and for one that somebody else removed."""
        if "criterion" not in self.kwargs:
            return None
        rows = Criterion.objects.filter(group__version=self.version).prefetch_related("member_conditions")
        return rows.filter(pk=self.kwargs["criterion"]).first()

    @cached_property
    def is_open(self) -> bool:
        """Whether somebody is in the middle of writing it (its form was sent from this page)."""
        return bool(self.request.POST.get("seen"))

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.conflict: Criterion | None = None
        self.has_followed = False

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "criterion" in self.kwargs and self.criterion is None:
            raise Http404
        state = state_of(self.criterion) if self.criterion else new_state(request.GET.get("group", ""))
        return self.drawn(CriterionForm(state=state, groups=self.outline.groups))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "criterion" in self.kwargs and self.criterion is None and not self.is_open:
            raise Http404
        state = state_of_data(request.POST)
        removed = request.POST.get("remove_row", "")
        if removed.isascii() and removed.isdigit() and len(removed) < 4:
            return self.drawn(CriterionForm(state=state.without_row(int(removed)), groups=self.outline.groups))
        if "add_row" in request.POST:
            return self.drawn(CriterionForm(state=state.with_row(), groups=self.outline.groups))
        form = CriterionForm(request.POST, state=state, groups=self.outline.groups)
        if "again" in request.POST:
            response = self.drawn(CriterionForm(state=state, groups=self.outline.groups))
            if wants_fragment(request) and request.POST.get("shown", "") == state.shape:
                # The fields stay as they are, with what is typed into them meanwhile: only the sentence is exchanged.
                response["HX-Retarget"] = response["HX-Reselect"] = "#exactly"
                response["HX-Reswap"] = "outerHTML"
            return response
        if request.POST.get("shown", "") != state.shape and state.main.about:
            # Something else was chosen and «save» pressed before its fields were there: they come without a reproach.
            self.has_followed = True
            return self.drawn(CriterionForm(state=state, groups=self.outline.groups))
        if not form.is_valid():
            return self.drawn(form, 422)
        try:
            criterion = self._save(form)
        except verbs.EditConflict as conflict:
            return self._both(conflict, form)
        except DomainError as error:
            form.add_error(None, error.message)
            return self.drawn(form, 409)
        messages.success(request, _("The condition is saved."))
        return redirect(f"{self.address('rules')}#c{criterion.pk}")

    def _save(self, form: CriterionForm) -> Criterion:
        if form.text is None:
            raise TypeError("a valid form has a text")
        group = int(form.cleaned_data["group"]) if form.cleaned_data["group"] else None
        given = {"version": self.version, "actor": self.request.user, "text": form.text, "group_id": group}
        seen = form.cleaned_data["seen"]
        if "criterion" not in self.kwargs or seen == _GONE:
            return verbs.add_criterion(**given)
        return verbs.change_criterion(**given, criterion_id=self.kwargs["criterion"], seen=seen)

    def _both(self, conflict: verbs.EditConflict, form: CriterionForm) -> HttpResponse:
        """Draw what somebody else saved beside what was typed; saving again is then a decision."""
        data = declared_as(QueryDict, form.data).copy()
        data["seen"] = fingerprint_of(conflict.current) if conflict.current else _GONE
        again = CriterionForm(data, state=form.state, groups=self.outline.groups)
        again.add_error(None, conflict.message)
        self.conflict = conflict.current
        return self.drawn(again, 409)

    def drawn(self, form: BaseForm, status: int = 200) -> HttpResponse:
        if wants_fragment(self.request) and status == 200:
            self.template_name = "programs/_rule_asked.html"
        return self.render_to_response(self.get_context_data(form=form), status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        theirs = None
        if self.conflict is not None:
            theirs = next(place for place in self.outline.places if place.criterion == self.conflict)
        return super().get_context_data(
            address=self.request.path,
            cancel_url=self.address("rules"),
            has_groups=bool(self.outline.groups),
            has_followed=self.has_followed,
            theirs=theirs,
            theirs_by=self._last_hand() if theirs else None,
            key=f"c{self.kwargs['criterion']}" if self.criterion else "",
            **kwargs,
        )

    def _last_hand(self) -> AuditEntry | None:
        return (
            AuditEntry.objects.filter(
                target_type=ProgramVersion._meta.label_lower,
                target_id=self.version.pk,
                data__criterion=self.kwargs["criterion"],
            )
            .select_related("actor")
            .order_by("-pk")
            .first()
        )


class RuleRemoveView(RulePageMixin, ConfirmPageMixin, FormView):
    """Asks before a condition, or a group with what it holds, is removed from a draft."""

    template_name = "programs/rule_remove.html"
    form_class = Form
    submit_label = gettext_lazy("Remove")

    @cached_property
    def place(self) -> Any:
        for place in self.outline.places:
            if place.key == self.kwargs["key"]:
                return place
        raise Http404

    def get_title(self) -> str:
        if self.place.criterion is not None:
            return _("Remove condition {number}").format(number=formats.digits(self.place.number))
        return (
            heading_of(self.place)
            if self.place.is_root
            else _("Remove group {number}").format(number=formats.digits(self.place.number))
        )

    def get_question(self) -> str:
        if self.place.criterion is not None:
            return _("The condition is taken out of this draft.")
        return _("The group is taken out of this draft with everything it holds.")

    def get_cancel_url(self) -> str:
        return self.address("rules")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        seen = self.request.POST.get("seen", "")
        verbs.remove(version=self.version, actor=self.request.user, key=self.kwargs["key"], seen=seen)
        messages.success(self.request, _("Removed from the draft."))
        return redirect(self.address("rules"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(place=self.place, outline=self.outline, **kwargs)

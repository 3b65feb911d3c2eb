"""Ranked lists: the preview before it is decided, and the decision by a second person."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet, Sum
from django.forms import BaseForm, Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import FormView

from ministry import formats
from ministry.models import Area
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import ConfirmPageMixin
from programs.admission.filters import EntryFilter
from programs.models import AdmissionList, AdmissionListEntry
from programs.queries.eligibility import latest_run
from programs.services.admissions import lists as services
from programs.views.admissions.applications import BelowApplicants
from programs.workflows import ADMISSION_LIST

VERBS: dict[str, dict[str, Any]] = {
    "confirm": {
        "service": services.confirm_list,
        "label": gettext_lazy("Confirm the list"),
        "question": gettext_lazy(
            "Those within the places are admitted today and told so. The others wait in this order and are told that."
        ),
        "bad": False,
    },
    "withdraw": {
        "service": services.withdraw_list,
        "label": gettext_lazy("Withdraw the list"),
        "question": gettext_lazy("Nobody is admitted. The applicants stay as they were, and a new list can be drawn."),
        "bad": True,
    },
}


class DrawListView(BelowApplicants, ConfirmPageMixin, FormView):
    """Draws a ranked list of all verified and waiting applicants."""

    permission_required = "programs.add_admissionlist"
    binds_country = True
    form_class = Form
    is_destructive = False
    title = gettext_lazy("Rank the applicants")
    submit_label = gettext_lazy("Rank them")
    question = gettext_lazy(
        "All who were verified and all who wait are put in order: the poorer first, an unknown score last; among "
        "equals who applied earlier; then by lot. Nobody is admitted before a second person has confirmed the list."
    )

    def form_valid(self, form: BaseForm) -> HttpResponse:
        run = latest_run(self.program)
        if run is None:
            raise Http404
        return redirect(services.draw_list(run=run, actor=self.request.user))


class ListMixin(BelowApplicants):
    """A page about one list."""

    permission_required: str | tuple[str, ...] = "programs.view_admissionlist"

    @cached_property
    def drawn(self) -> AdmissionList:
        lists = AdmissionList.objects.select_related("program", "plan", "version", "prepared_by", "decided_by", "run")
        return get_object_or_404(lists, program=self.program, pk=self.kwargs["list"])

    def list_title(self) -> str:
        return _("List of {day}").format(day=formats.day(self.drawn.on_date))


class AdmissionListView(ListMixin, ListPage):
    """One list: whom places and money reach, what it costs, by area; and every entry."""

    template_name = "programs/admission_list.html"
    actions_template_name = "programs/_admission_list_actions.html"
    filterset_class = EntryFilter
    columns = (
        Column("rank", gettext_lazy("Rank"), ("rank",), numeric=True),
        Column("household", gettext_lazy("Household"), is_header=True),
        Column("area", gettext_lazy("Area")),
        Column("outcome", gettext_lazy("Outcome")),
        Column("score", gettext_lazy("Score"), numeric=True),
        Column("waiting_since", gettext_lazy("Waiting since")),
        Column("due", gettext_lazy("Estimated a month"), numeric=True),
    )
    default_sort = "rank"
    row_template_name = "programs/_admission_list_row.html"
    caption = gettext_lazy("Entries of the list, in order")
    empty_title = gettext_lazy("No entry in your areas")

    def get_title(self) -> str:
        return self.list_title()

    def get_queryset(self) -> QuerySet[AdmissionListEntry]:
        entries = AdmissionListEntry.objects.filter(list=self.drawn).visible_to(self.request.user)
        return entries.select_related("household__area").order_by("rank")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        actions = [
            (verb, VERBS[verb]["label"], VERBS[verb]["bad"])
            for verb in ADMISSION_LIST.available(status=self.drawn.status, actor=user, area=Area.objects.root())
            if not (verb == "confirm" and self.drawn.prepared_by_id == user.pk)
        ]
        return super().get_context_data(
            drawn=self.drawn, areas=self._by_area(), list_verbs=actions, after=self.drawn.committed + self.drawn.added,
            **kwargs,
        )  # fmt: skip

    def _by_area(self) -> list[dict[str, Any]]:
        """Return the figures of each area with places: within, waiting, cost. Figures only, for the whole country."""
        within = Q(outcome="within")
        rows: list[Any] = list(
            AdmissionListEntry.objects.filter(list=self.drawn)
            .values("quota__area", "quota__places")
            .annotate(
                within=Count("pk", filter=within),
                no_place=Count("pk", filter=Q(outcome="no_place")),
                no_money=Count("pk", filter=Q(outcome="no_money")),
                cost=Sum("due", filter=within),
            )
            .order_by("quota__area__path")
        )
        areas = Area.objects.in_bulk([row["quota__area"] for row in rows if row["quota__area"]])
        for row in rows:
            row["area"], row["cost"] = areas.get(row["quota__area"]), row["cost"] or 0
        return rows


class ListVerbView(ListMixin, ConfirmPageMixin, FormView):
    """Asks before a list is confirmed or withdrawn."""

    binds_country = True
    form_class = Form
    template_name = "programs/admission_list_verb.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if kwargs["verb"] not in VERBS:
            raise Http404
        self.verb = VERBS[kwargs["verb"]]
        self.permission_required = ADMISSION_LIST.permission_of(kwargs["verb"])
        self.is_destructive = self.verb["bad"]
        self.submit_label = self.verb["label"]

    def get_title(self) -> str:
        return _("{verb} of {day}").format(verb=self.verb["label"], day=formats.day(self.drawn.on_date))

    def get_question(self) -> str:
        return self.verb["question"]

    def get_cancel_url(self) -> str:
        return self.drawn.get_absolute_url()

    def form_valid(self, form: BaseForm) -> HttpResponse:
        drawn = self.verb["service"](drawn=self.drawn, actor=self.request.user)
        if self.kwargs["verb"] == "withdraw":
            messages.success(self.request, _("The list is withdrawn."))
            return redirect(reverse("programs:applicant_list", args=[self.program.code]))
        admitted = drawn.within - drawn.left_over
        text = ngettext("{count} household was admitted.", "{count} households were admitted.", admitted)
        messages.success(self.request, text.format(count=formats.number(admitted)))
        if drawn.left_over:
            left = ngettext(
                "{count} household could not be admitted any more and stays an applicant.",
                "{count} households could not be admitted any more and stay applicants.",
                drawn.left_over,
            )
            messages.info(self.request, left.format(count=formats.number(drawn.left_over)))
        return redirect(drawn)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # The address's own `list` is a number.
        return super().get_context_data(drawn=self.drawn, after=self.drawn.committed + self.drawn.added, **kwargs)

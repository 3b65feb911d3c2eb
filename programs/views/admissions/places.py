"""Places by area: how they stand, who is next, and the proposal of others."""

from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView

from ministry.certain import declared_as
from ministry.models import Area
from ministry.views.mixins import ConfirmPageMixin, FormPageMixin
from programs.admission.forms import PlacesForm
from programs.forms import NoteForm, ReasonForm
from programs.models import Application, PlacePlan
from programs.queries.admissions import area_places, committed_monthly, next_in_line, plan_in_force
from programs.queries.eligibility import latest_run
from programs.queries.programs import versions_in_force
from programs.services.admissions.plans import decide_places, propose_places
from programs.views.programs import Crumbs, ProgramPageMixin
from programs.workflows import APPLICATION

PROPOSE, DECIDE = "programs.add_placeplan", "programs.confirm_placeplan"
OFFER = APPLICATION.permission_of("offer")


class PlacesView(ProgramPageMixin, TemplateView):
    """How many places each area has, taken, offered and free; for each free one, who is next."""

    permission_required = "programs.view_placeplan"
    template_name = "programs/places.html"
    actions_template_name = "programs/_places_actions.html"
    title = gettext_lazy("Places")
    lead = gettext_lazy(
        "How many households each area has places for. A free place is offered to the next in the line."
    )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today, user = timezone.localdate(), self.request.user
        plan = plan_in_force(self.program, today)
        version = versions_in_force(today).get(self.program.pk)
        places = area_places(plan) if plan else []
        areas = Area.objects.in_bulk([place.area_id for place in places])
        waiting = (
            PlacePlan.objects.filter(program=self.program, status="proposed").select_related("proposed_by").first()
        )
        return super().get_context_data(
            plan=plan,
            places=[(areas[place.area_id], place) for place in places],
            totals={name: sum(getattr(place, name) for place in places) for name in ("places", "taken", "free")},
            committed=committed_monthly(version, today) if version else None,
            waiting=waiting,
            waiting_places=waiting.quotas.select_related("area") if waiting else [],
            can_decide=waiting is not None
            and waiting.proposed_by_id != user.pk
            and user.has_perm(DECIDE, Area.objects.root()),
            can_propose=waiting is None and user.has_perm(PROPOSE, Area.objects.root()),
            following=self._following(plan),
            can_offer=user.has_perm(OFFER),
            **kwargs,
        )

    def _following(self, plan: PlacePlan | None) -> list[Application]:
        """Return to whom, in the reader's areas, a free place can be offered now."""
        run = latest_run(self.program)
        if plan is None or run is None or not self.request.user.has_perm("programs.view_application"):
            return []
        following = [entry.application_id for entry in next_in_line(run, plan, timezone.localdate())]
        visible = Application.objects.visible_to(self.request.user).for_list()
        return list(visible.filter(pk__in=following).order_by("household__area__path", "rank")[:200])


class BelowPlaces(ProgramPageMixin):
    """A page below the places."""

    def get_crumbs(self) -> Crumbs:
        crumbs = super().get_crumbs()
        return [*crumbs[:-1], (PlacesView.title, self.get_cancel_url()), crumbs[-1]]

    def get_cancel_url(self) -> str:
        return reverse("programs:places", args=[self.program.code])


class ProposePlacesView(BelowPlaces, FormPageMixin, FormView):
    """Proposes places by governorate and a limit of cost."""

    permission_required = PROPOSE
    binds_country = True
    template_name = "programs/places_propose.html"
    form_class = PlacesForm
    title = gettext_lazy("Propose places")
    lead = gettext_lazy(
        "They hold once a second person has confirmed them. Nobody in the programme leaves because of it."
    )
    submit_label = gettext_lazy("Propose")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"plan": plan_in_force(self.program, timezone.localdate())}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        given = form.cleaned_data
        propose_places(
            program=self.program,
            places=declared_as(PlacesForm, form).places(),
            monthly_limit=given["monthly_limit"],
            starts_on=given["starts_on"],
            reason=given["reason"],
            actor=self.request.user,
        )
        messages.success(self.request, _("The places are proposed. A second person decides."))
        return redirect(self.get_cancel_url())


class DecidePlacesView(BelowPlaces, ConfirmPageMixin, FormView):
    """Asks before proposed places are confirmed or refused."""

    permission_required = DECIDE
    binds_country = True
    template_name = "programs/places_decide.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if kwargs["verb"] not in {"confirm", "refuse"}:
            raise Http404
        self.is_destructive = kwargs["verb"] == "refuse"
        self.submit_label = _("Refuse") if self.is_destructive else _("Confirm")

    @cached_property
    def plan(self) -> PlacePlan:
        plans = PlacePlan.objects.select_related("proposed_by", "version")
        return get_object_or_404(plans, program=self.program, pk=self.kwargs["plan"])

    def get_form_class(self) -> type[BaseForm]:
        return ReasonForm if self.is_destructive else NoteForm

    def get_title(self) -> str:
        return _("Refuse the places") if self.is_destructive else _("Confirm the places")

    def get_question(self) -> str:
        if self.is_destructive:
            return _("The places stay as they are.")
        return _("From their first day on nobody is admitted beyond these places. Nobody leaves because of them.")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        given = form.cleaned_data
        note = given["reason"] if self.is_destructive else given["note"]
        decide_places(plan=self.plan, verb=self.kwargs["verb"], actor=self.request.user, note=note)
        messages.success(self.request, _("Decided."))
        return redirect(self.get_cancel_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # The address's own `plan` is a number.
        here = {"plan": self.plan, "quotas": self.plan.quotas.select_related("area")}
        return super().get_context_data(**(kwargs | here))

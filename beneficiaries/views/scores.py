"""Pages of scoring models: versions, one version in words, its steps, two versions side by side, the areas."""

from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView

from beneficiaries.fitting.forms import CompareForm, ModelNoteForm, ModelReasonForm
from beneficiaries.models import ScoreFit, ScoringModel
from beneficiaries.queries import score_models as queries
from beneficiaries.scores.words import in_words
from beneficiaries.services import scores as services
from beneficiaries.services.surveys import is_as_fitted
from beneficiaries.workflows import SCORING_MODEL
from ministry import formats
from ministry.models import Area
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import ConfirmPageMixin, StaffPageMixin

SEE = "beneficiaries.view_scoringmodel"
SCORES = gettext_lazy("Scores")
Crumbs = list[tuple[str | Promise, str]]


def version_name(model: ScoringModel) -> str:
    """Return the name of a version."""
    return _("{name}, version {version}").format(name=model.name, version=formats.number(model.version))


class ScoreListView(ListPage):
    """All versions of all models."""

    permission_required = SEE
    model = ScoringModel
    title = SCORES
    lead = gettext_lazy("How welfare is estimated from what the register knows. Two people put a version in force.")
    columns = (
        Column("name", gettext_lazy("Model"), is_header=True),
        Column("terms", gettext_lazy("Terms"), numeric=True),
        Column("since", gettext_lazy("In force from")),
        Column("people", gettext_lazy("Submitted and approved by")),
        Column("status", gettext_lazy("Status")),
    )
    row_template_name = "beneficiaries/scores/_model_row.html"
    actions_template_name = "beneficiaries/scores/_list_actions.html"
    empty_title = gettext_lazy("There is no scoring model yet")
    empty_text = gettext_lazy("Bring in a household survey and fit one from it.")
    empty_icon = "scale"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            may_see_surveys=self.request.user.has_perm("beneficiaries.view_survey"), **kwargs
        )


class ModelPageMixin(StaffPageMixin):
    """A page about one version."""

    permission_required: str | tuple[str, ...] = SEE

    @cached_property
    def model(self) -> ScoringModel:
        visible = ScoringModel.objects.visible_to(self.request.user)
        return get_object_or_404(
            visible.select_related("prepared_by", "submitted_by", "approved_by").prefetch_related("terms"),
            pk=self.kwargs["pk"],
        )

    def get_title(self) -> str | Promise:
        return version_name(self.model)

    def get_crumbs(self) -> Crumbs:
        above: Crumbs = [(SCORES, reverse("beneficiaries:score_list"))]
        return [*above, (version_name(self.model), self.model.get_absolute_url()), (self.get_title(), "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(model=self.model, **kwargs)


class ScoreDetailView(ModelPageMixin, TemplateView):
    """One version: each term in a sentence, how well it finds the poor, who answers for it."""

    template_name = "beneficiaries/scores/model_detail.html"
    actions_template_name = "beneficiaries/scores/_model_actions.html"

    def get_lead(self) -> str:
        return _("A lower score means poorer.")

    def get_crumbs(self) -> Crumbs:
        return [*super().get_crumbs()[:1], (self.get_title(), "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        fit = ScoreFit.objects.filter(scoring_model=self.model).select_related("survey").first()
        user = self.request.user
        available = SCORING_MODEL.available(status=self.model.status, actor=user, area=Area.objects.root())
        # Whoever wrote or submitted a version cannot approve it: the button would only lead to a refusal.
        if user.pk in {self.model.prepared_by_id, self.model.submitted_by_id}:
            available = [verb for verb in available if verb != "approve"]
        available.sort(key=lambda verb: verb == "send_back")
        return super().get_context_data(
            terms=in_words(list(self.model.terms.all())),
            fit=fit,
            is_as_fitted=fit is not None and is_as_fitted(self.model, fit),
            may_see_fit=user.has_perm("beneficiaries.view_scorefit"),
            actions=[
                (VERBS[verb]["label"], reverse("beneficiaries:score_verb", args=[self.model.pk, verb]))
                for verb in available
            ],
            can_edit=self.model.status == ScoringModel.Status.DRAFT
            and user.is_staff
            and user.has_perm("beneficiaries.change_scoringmodel"),
            has_others=ScoringModel.objects.filter(code=self.model.code).exclude(pk=self.model.pk).exists(),
            **kwargs,
        )


VERBS: dict[str, dict[str, Any]] = {
    "submit": {
        "label": gettext_lazy("Submit for approval"),
        "question": gettext_lazy("From here on it no longer changes. A second person approves it or sends it back."),
        "done": gettext_lazy("The version waits for a second person."),
        "form": ModelNoteForm,
        "bad": False,
    },
    "approve": {
        "label": gettext_lazy("Approve"),
        "question": gettext_lazy(
            "From its first day on every household is scored by it, and it takes the place of the one in force."
        ),
        "done": gettext_lazy("The version is approved."),
        "form": ModelNoteForm,
        "bad": False,
    },
    "send_back": {
        "label": gettext_lazy("Send back"),
        "question": gettext_lazy("The version becomes a draft again. Its writer reads your reason."),
        "done": gettext_lazy("The version was sent back."),
        "form": ModelReasonForm,
        "bad": True,
    },
}


class ScoreVerbView(ModelPageMixin, ConfirmPageMixin, FormView):
    """Ask before a version is submitted, approved or sent back."""

    binds_country = True

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if kwargs["verb"] not in VERBS:
            raise Http404
        self.verb = VERBS[kwargs["verb"]]
        self.permission_required = SCORING_MODEL.permission_of(kwargs["verb"])
        self.form_class = self.verb["form"]
        self.is_destructive = self.verb["bad"]
        self.submit_label = self.verb["label"]

    def get_title(self) -> str:
        return _("{verb}: {model}").format(verb=self.verb["label"], model=version_name(self.model))

    def get_question(self) -> str:
        return self.verb["question"]

    def get_cancel_url(self) -> str:
        return self.model.get_absolute_url()

    def form_valid(self, form: BaseForm) -> HttpResponse:
        actor, note = self.request.user, form.cleaned_data["note"]
        if self.kwargs["verb"] == "submit":
            services.submit_scoring_model(model=self.model, actor=actor)
        elif self.kwargs["verb"] == "approve":
            services.approve_scoring_model(model=self.model, actor=actor, note=note)
        else:
            services.send_back_scoring_model(model=self.model, actor=actor, note=note)
        messages.success(self.request, self.verb["done"])
        return redirect(self.get_cancel_url())


class ScoreCompareView(ModelPageMixin, TemplateView):
    """Two versions side by side."""

    template_name = "beneficiaries/scores/compare.html"

    def get_title(self) -> str:
        return _("Compare two versions")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = CompareForm(self.request.GET or None, model=self.model)
        other = form.cleaned_data["other"] if form.is_bound and form.is_valid() else None
        return super().get_context_data(
            form=form,
            other=other,
            comparison=queries.compare_models(self.model, other) if other else None,
            **kwargs,
        )


class ScoreAreasView(ModelPageMixin, TemplateView):
    """How the scores lie in the governorates: the country's fifths in each, small cells hidden."""

    template_name = "beneficiaries/scores/areas.html"
    permission_required = "beneficiaries.view_score"

    def get_title(self) -> str:
        return _("Scores by governorate")

    def get_lead(self) -> str:
        return _("The scored households of the country are cut into five equal parts, the poorest first.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        limits = queries.band_limits(self.model)
        rows = queries.bands_by_governorate(self.model, self.request.user, limits)
        return super().get_context_data(rows=rows, limits=formats.class_names(limits) if limits else [], **kwargs)

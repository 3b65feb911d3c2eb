"""Pages of surveys and of the models fitted from them."""

from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import translation
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView, View

from beneficiaries.fitting.columns import label_of, suggest
from beneficiaries.fitting.forms import DraftModelForm, FitForm, SurveyColumnsForm, SurveyForm
from beneficiaries.fitting.survey import headings_of
from beneficiaries.fitting.words import finding_sentence
from beneficiaries.imports.reading import UnreadableFile
from beneficiaries.models import ScoreFit, Survey
from beneficiaries.queries.score_fits import calibration_chart, error_tables, left_out_facts
from beneficiaries.scores.words import in_words, title_of
from beneficiaries.services import surveys as services
from beneficiaries.views.scores import SCORES, Crumbs
from ministry import audit
from ministry.exports import csv_response
from ministry.models import Document
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import FormPageMixin, StaffPageMixin

SURVEYS = gettext_lazy("Surveys")


class SurveyListView(ListPage):
    """All surveys."""

    permission_required = "beneficiaries.view_survey"
    model = Survey
    title = SURVEYS
    lead = gettext_lazy("Household surveys from which scoring models are fitted. Their rows never enter the register.")
    columns = (
        Column("name", gettext_lazy("Survey"), is_header=True),
        Column("households", gettext_lazy("Households"), numeric=True),
        Column("fits", gettext_lazy("Fitted models"), numeric=True),
        Column("uploaded", gettext_lazy("Brought in")),
        Column("status", gettext_lazy("Status")),
    )
    row_template_name = "beneficiaries/scores/_survey_row.html"
    actions_template_name = "beneficiaries/scores/_survey_list_actions.html"
    empty_title = gettext_lazy("No survey was brought in yet")
    empty_text = gettext_lazy("Bring in a file with a measure of welfare and the traits the register also asks.")
    empty_icon = "upload"

    def get_crumbs(self) -> Crumbs:
        return [(SCORES, reverse("beneficiaries:score_list")), (SURVEYS, "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(may_add=self.request.user.has_perm("beneficiaries.add_survey"), **kwargs)


def _crumbs(*further: tuple[Any, str]) -> Crumbs:
    return [
        (SCORES, reverse("beneficiaries:score_list")),
        (SURVEYS, reverse("beneficiaries:survey_list")),
        *further,
    ]


class SurveyCreateView(StaffPageMixin, FormPageMixin, FormView):
    """Brings a survey file in."""

    permission_required = "beneficiaries.add_survey"
    binds_country = True
    form_class = SurveyForm
    title = gettext_lazy("Bring in a survey")
    submit_label = gettext_lazy("Upload")

    def get_crumbs(self) -> Crumbs:
        return _crumbs((self.title, ""))

    def get_cancel_url(self) -> str:
        return reverse("beneficiaries:survey_list")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        survey = services.open_survey(actor=self.request.user, **form.cleaned_data)
        return redirect("beneficiaries:survey_columns", survey.pk)


class SurveyPageMixin(StaffPageMixin):
    """A page about one survey."""

    permission_required: str | tuple[str, ...] = "beneficiaries.view_survey"

    @cached_property
    def survey(self) -> Survey:
        visible = Survey.objects.visible_to(self.request.user).select_related("document", "job", "uploaded_by")
        return get_object_or_404(visible, pk=self.kwargs["pk"])

    def get_crumbs(self) -> Crumbs:
        return _crumbs((self.survey.name, self.survey.get_absolute_url()), (self.get_title(), ""))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(survey=self.survey, **kwargs)


class SurveyDetailView(SurveyPageMixin, TemplateView):
    """What was read of a survey, what was not and why, and the models fitted from it."""

    template_name = "beneficiaries/scores/survey_detail.html"
    actions_template_name = "beneficiaries/scores/_survey_actions.html"

    def get_title(self) -> str:
        return self.survey.name

    def get_lead(self) -> str:
        return self.survey.source

    def get_crumbs(self) -> Crumbs:
        return _crumbs((self.survey.name, ""))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = self.survey.findings
        user = self.request.user
        return super().get_context_data(
            columns=[(name, label_of(target)) for name, target in self.survey.columns.items()],
            findings=[
                {**one, "sentence": finding_sentence(one["reason"], one["params"])} for one in found.get("named", ())
            ],
            left_out=sum(found.get("left_out", {}).values()),
            fits=self.survey.fits.select_related("scoring_model", "started_by", "job"),
            may_name=user.has_perm("beneficiaries.add_survey") and self.survey.status != Survey.Status.CHECKING,
            may_fit=user.has_perm("beneficiaries.add_scorefit") and self.survey.status == Survey.Status.READY,
            **kwargs,
        )


class SurveyFindingsView(SurveyPageMixin, View):
    """What was found in the file, as a file."""

    http_method_names = ("get", "head")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> StreamingHttpResponse:
        audit.record(actor=self.user, action="survey.exported", target=self.survey)
        rows = (
            (one["row"], one["column"], one["value"], finding_sentence(one["reason"], one["params"]))
            for one in self.survey.findings.get("named", ())
        )
        header = (_("Row"), _("Column"), _("Value"), _("What is wrong"))
        return csv_response(f"survey-{self.survey.pk}.csv", header, rows)


class SurveyColumnsView(SurveyPageMixin, FormPageMixin, FormView):
    """Shows the first rows and asks which column is what."""

    permission_required = "beneficiaries.add_survey"
    binds_country = True
    template_name = "beneficiaries/scores/survey_columns.html"
    form_class = SurveyColumnsForm
    title = gettext_lazy("Which column is what?")
    lead = gettext_lazy(
        "What the headings suggest is chosen already. A trait must mean here what it means in the register."
    )
    submit_label = gettext_lazy("Read the file")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().dispatch(request, *args, **kwargs)
        except UnreadableFile as error:
            messages.error(request, finding_sentence(error.reason))
            return redirect(self.survey)

    def get_cancel_url(self) -> str:
        return self.survey.get_absolute_url()

    def get_form_kwargs(self) -> dict[str, Any]:
        document = self.survey.document
        if document.scan != Document.Scan.CLEAN:
            raise UnreadableFile("not_scanned" if document.scan == Document.Scan.PENDING else "refused_file")
        with document.file.open("rb") as stream:
            header, samples = headings_of(stream)
        kept = self.survey.columns
        suggested = [kept.get(name, "") for name in header] if kept else suggest(header)
        return super().get_form_kwargs() | {"header": header, "samples": samples, "suggested": suggested}

    def form_valid(self, form: SurveyColumnsForm) -> HttpResponse:
        services.name_survey_columns(survey=self.survey, columns=form.named(), actor=self.request.user)
        messages.success(self.request, _("The file is being read. This page shows what is found."))
        return redirect(self.survey)


class FitCreateView(SurveyPageMixin, FormPageMixin, FormView):
    """Asks what is to be fitted, and starts it."""

    permission_required = "beneficiaries.add_scorefit"
    binds_country = True
    template_name = "beneficiaries/scores/fit_create.html"
    form_class = FitForm
    title = gettext_lazy("Fit a model")
    lead = gettext_lazy("Half of the survey is learnt from, the other half shows the errors. Nobody is decided by it.")
    submit_label = gettext_lazy("Fit the model")

    def get_cancel_url(self) -> str:
        return self.survey.get_absolute_url()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.survey.status != Survey.Status.READY:
            messages.info(
                request, _("This survey is not ready: its columns have to be named and its cells read first.")
            )
            return redirect(self.survey)
        return super().get(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"facts": self.survey.findings.get("facts", ())}

    def form_valid(self, form: FitForm) -> HttpResponse:
        fit = services.start_fit(
            survey=self.survey,
            actor=self.request.user,
            chosen=form.chosen(),
            coverage=form.cleaned_data["coverage"],
            is_log=form.cleaned_data["is_log"],
            poverty_line=form.cleaned_data["poverty_line"],
            half=form.cleaned_data["half"],
        )
        return redirect(fit)


class FitPageMixin(StaffPageMixin):
    """A page about one fitted model."""

    permission_required: str | tuple[str, ...] = "beneficiaries.view_scorefit"

    @cached_property
    def fit(self) -> ScoreFit:
        visible = ScoreFit.objects.visible_to(self.request.user)
        return get_object_or_404(
            visible.select_related("survey", "scoring_model", "job", "started_by"), pk=self.kwargs["pk"]
        )

    def get_crumbs(self) -> Crumbs:
        survey = self.fit.survey
        return _crumbs((survey.name, survey.get_absolute_url()), (self.get_title(), ""))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(fit=self.fit, **kwargs)


class FitDetailView(FitPageMixin, TemplateView):
    """What was fitted, in sentences, and how well it finds the poor."""

    template_name = "beneficiaries/scores/fit_detail.html"
    actions_template_name = "beneficiaries/scores/_fit_actions.html"

    def get_title(self) -> str:
        return _("Model fitted from “{survey}”").format(survey=self.fit.survey.name)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        fit, result = self.fit, self.fit.result
        shown: dict[str, Any] = {}
        if fit.completed_at:
            old = result["in_force"]
            shown = {
                "terms": in_words(services.terms_of(fit), [one["sign"] for one in result["terms"]]),
                "contrary": [title_of(term) for term in services.terms_of(fit, "contrary")],
                "tables": error_tables(fit),
                "chart": calibration_chart(fit),
                "missing": left_out_facts(fit),
                "old": old,
                "poor_share": 100 * result["poor_share"],
                "exclusion": 100 * result["all"]["exclusion"] if result["all"]["exclusion"] is not None else None,
                "inclusion": 100 * result["all"]["inclusion"] if result["all"]["inclusion"] is not None else None,
            }
        may_draft = fit.completed_at is not None and fit.scoring_model_id is None
        return super().get_context_data(
            may_draft=may_draft and self.request.user.has_perm("beneficiaries.change_scoringmodel"),
            may_see_model=self.request.user.has_perm("beneficiaries.view_scoringmodel"),
            **shown,
            **kwargs,
        )


class FitDraftView(FitPageMixin, FormPageMixin, FormView):
    """Asks for the name and first day of the version that a fitted model becomes."""

    permission_required = "beneficiaries.change_scoringmodel"
    binds_country = True
    form_class = DraftModelForm
    title = gettext_lazy("Write it as a draft version")
    lead = gettext_lazy("Nobody is scored by a draft. It has to be submitted, and approved by a second person.")
    submit_label = gettext_lazy("Write the draft")

    def get_crumbs(self) -> Crumbs:
        return [*super().get_crumbs()[:-1], (_("Fitted model"), self.fit.get_absolute_url()), (self.title, "")]

    def get_initial(self) -> dict[str, Any]:
        named = {}
        for language in ("ar", "en"):
            with translation.override(language):
                name = _("Proxy means test: {survey}").format(survey=self.fit.survey.name)
            named[f"name_{language}"] = name[:200]
        return named

    def get_cancel_url(self) -> str:
        return self.fit.get_absolute_url()

    def form_valid(self, form: BaseForm) -> HttpResponse:
        model = services.draft_from_fit(fit=self.fit, actor=self.request.user, **form.cleaned_data)
        messages.success(self.request, _("The draft is written. Look at it, then submit it for approval."))
        return redirect(model)

"""Reading a survey and fitting a model, in the background."""

from collections.abc import Iterator
from typing import Any

from celery import shared_task
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from beneficiaries.models import Survey
from beneficiaries.services import surveys as services
from beneficiaries.services.scores import begin_due_models
from ministry.jobs import Chunk, JobKind, register
from ministry.models import Job

_READING = gettext_noop("Reading the survey")
_FITTING = gettext_noop("Fitting and trying the model")


@register
class SurveyCheck(JobKind):
    """Every cell of a survey is read once its columns are named."""

    code = services.CHECK_KIND
    label = _("Reading of a survey")
    permission = "beneficiaries.view_survey"
    result_labels = {
        "households": _("Households read"),
        "left_out": _("Households left out"),
        "cells": _("Cells that could not be read"),
    }

    def plan(self, job: Job) -> Iterator[Chunk]:
        yield Chunk(phase=_READING)

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int]:
        return services.check_survey(survey_id=job.params["survey"])

    def stopped(self, job: Job) -> None:
        # So that the columns can be named anew.
        Survey.objects.filter(pk=job.params["survey"], status=Survey.Status.CHECKING).update(
            status=Survey.Status.FAILED, problem=str(_("The reading was stopped before it was finished."))
        )

    def resumed(self, job: Job) -> None:
        Survey.objects.filter(pk=job.params["survey"]).update(status=Survey.Status.CHECKING, problem="")

    def result_url(self, job: Job) -> str:
        return reverse("beneficiaries:survey_detail", args=[job.params["survey"]])


@register
class Fit(JobKind):
    """A model is fitted from one half of a survey and tried on the other."""

    code = services.FIT_KIND
    label = _("Fitting of a scoring model")
    permission = "beneficiaries.view_scorefit"
    result_labels = {"households": _("Households learnt from"), "terms": _("Terms of the model")}

    def plan(self, job: Job) -> Iterator[Chunk]:
        yield Chunk(phase=_FITTING)

    def run(self, job: Job, payload: dict[str, Any]) -> dict[str, int]:
        return services.work_out_fit(fit_id=job.params["fit"])

    def result_url(self, job: Job) -> str:
        return reverse("beneficiaries:fit_detail", args=[job.params["fit"]])


@shared_task
def begin_scoring_models() -> int:
    """Put in force the approved models whose first day has come."""
    return begin_due_models()

"""Jobs: the list, one job with its progress, stop and resume."""

from typing import Any

import django_filters
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView

from ministry import formats
from ministry.jobs import services
from ministry.jobs.kinds import find_kind, kinds, label_of
from ministry.models import Job
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import (
    ConfirmPageMixin,
    DomainErrorMixin,
    FragmentMixin,
    StaffPageMixin,
    Text,
    VisibleObjectMixin,
)


def _kind_choices() -> list[tuple[str, str]]:
    return sorted(((code, str(kind.label)) for code, kind in kinds().items()), key=lambda pair: pair[1])


class JobFilter(django_filters.FilterSet):
    """By state and kind."""

    status = django_filters.ChoiceFilter(label=_("Status"), empty_label=_("All"), choices=Job.Status.choices)
    kind = django_filters.ChoiceFilter(label=_("Work"), empty_label=_("All"), choices=_kind_choices)

    class Meta:
        model = Job
        fields = ("status", "kind")


class JobListView(ListPage):
    """Jobs the person started, and those of kinds they may see."""

    title = _("Background work")
    lead = _("Imports, sweeps and other work over many rows, newest first.")
    model = Job
    filterset_class = JobFilter
    columns = (
        Column("work", _("Work"), is_header=True),
        Column("status", _("Status"), ("status",)),
        Column("progress", _("Progress")),
        Column("starter", _("Started by")),
        Column("asked", _("Asked for"), ("created_at",)),
    )
    default_sort = "-asked"
    row_template_name = "ministry/_job_row.html"
    empty_title = _("No background work yet")
    empty_text = _("When you start an import or a calculation, you can follow it here.")
    empty_icon = "clock"


class JobDetailView(StaffPageMixin, VisibleObjectMixin, FragmentMixin, DetailView):
    """One job: how far it is, what came out, and what can be done. Refreshes itself, with and without JavaScript."""

    model = Job
    template_name = "ministry/job_detail.html"
    fragment_template_name = "ministry/_job_state.html"
    # Seconds between two looks at a running job.
    poll_seconds = 2
    reload_seconds = 10

    def get_title(self) -> Text:
        return label_of(self.object)

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [(_("Background work"), reverse("job_list")), (label_of(self.object), "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        job: Job = self.object
        kind = find_kind(job)
        succeeded = job.status == Job.Status.SUCCEEDED
        return super().get_context_data(
            job=job,
            is_active=job.is_active,
            phase=gettext(job.phase) if job.phase else "",
            result_url=kind.result_url(job) if kind and succeeded else "",
            counters=_counters(job),
            verbs=services.available(job=job, actor=self.request.user),
            poll_seconds=self.poll_seconds,
            reload_seconds=self.reload_seconds,
            **kwargs,
        )

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        if getattr(request, "htmx", None) and not self.object.is_active:
            # Stops the polling and shows the finished page, its notice and its links included.
            response.headers["HX-Refresh"] = "true"
        return response


class JobCancelView(StaffPageMixin, VisibleObjectMixin, ConfirmPageMixin, DetailView):
    """Asks before a job is stopped, and stops it. Whoever may only look at the job is not asked."""

    model = Job
    template_name: Any = ConfirmPageMixin.template_name
    title = _("Stop this work?")
    submit_label = _("Stop it")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        services.check_cancel(job=self.get_object(), actor=self.request.user)
        return super().get(request, *args, **kwargs)

    def get_form_class(self) -> type[forms.Form]:
        return forms.Form

    def get_question(self) -> Text:
        return gettext(
            "“{work}” stops after its current step. What is done stays done; you can resume it later."
        ).format(work=label_of(self.object))

    def get_cancel_url(self) -> str:
        return reverse("job_detail", args=[self.object.pk])

    def form_valid(self, form: forms.Form) -> HttpResponse:
        services.cancel(job=self.object, actor=self.request.user)
        return redirect("job_detail", self.object.pk)


class JobResumeView(DomainErrorMixin, JobDetailView):
    """Resumes a failed or stopped job; a refusal is shown on the job's page."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        job = services.resume(job=self.get_object(), actor=self.request.user)
        return redirect("job_detail", job.pk)


def _counters(job: Job) -> list[tuple[str, str]]:
    """Return what the job has counted so far, in words; what its kind names no label for stays inside."""
    kind = find_kind(job)
    labels = kind.result_labels if kind else {}
    return [
        (str(label), formats.number(job.result[name]))
        for name, label in labels.items()
        if isinstance(job.result.get(name), int)
    ]

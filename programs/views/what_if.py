"""Comparisons of a version with the one in force: starting one, and what it found."""

from decimal import Decimal
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, TemplateView

from ministry import audit, countries, formats
from ministry.exports import csv_response
from programs.forms import WhatIfForm
from programs.models import WhatIf
from programs.queries.what_if import EXPORT_COLUMNS, export_rows, tables_of, total_of
from programs.services.what_if import start_what_if
from programs.views.programs import Crumbs, FormPageMixin, VersionPageMixin

_LATEST = 10


class WhatIfStartView(VersionPageMixin, FormPageMixin, FormView):
    """What would this version change? Earlier comparisons, and a new one."""

    permission_required = ("programs.change_programversion", "programs.approve_programversion")
    binds_country = True
    template_name = "programs/what_if_start.html"
    form_class = WhatIfForm
    submit_label = gettext_lazy("Compare")

    def get_title(self) -> str:
        return _("What would version {number} change?").format(number=formats.number(self.version.number))

    def get_lead(self) -> str:
        return _("Its rules and amounts are tried on every household beside those in force. Nobody is decided by it.")

    def get_crumbs(self) -> Crumbs:
        return version_crumbs(self)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        earlier = self.version.what_ifs.select_related("program", "version", "base", "started_by", "job")
        return super().get_context_data(earlier=earlier[:_LATEST], **kwargs)

    def get_cancel_url(self) -> str:
        return self.version.get_absolute_url()

    def form_valid(self, form: BaseForm) -> HttpResponse:
        job = start_what_if(version=self.version, actor=self.request.user, on_date=form.cleaned_data["on_date"])
        return redirect("job_detail", job.pk)


class WhatIfPageMixin(VersionPageMixin):
    """A page of one comparison."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self._what_if: WhatIf | None = None

    @property
    def what_if(self) -> WhatIf:
        if self._what_if is None:
            self._what_if = get_object_or_404(
                WhatIf.objects.select_related("base", "version", "started_by", "job", "program"),
                version=self.version,
                pk=self.kwargs["what_if"],
            )
        return self._what_if


class WhatIfDetailView(WhatIfPageMixin, TemplateView):
    """What a comparison found: who gains, who loses, at what cost; to print."""

    template_name = "programs/what_if_detail.html"
    actions_template_name = "programs/_what_if_actions.html"

    def get_title(self) -> str:
        return _("{program}: what version {number} would change").format(
            program=self.program.name, number=formats.number(self.version.number)
        )

    def get_crumbs(self) -> Crumbs:
        return version_crumbs(self)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        total = total_of(self.what_if)
        return super().get_context_data(
            **(kwargs | {"what_if": self.what_if}),
            total=total,
            difference=total.cost_after - total.cost_before if total else Decimal(0),
            tables=tables_of(self.what_if),
            currency=countries.current().currency,
        )


class WhatIfExportView(WhatIfPageMixin):
    """The figures as a file."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        audit.record(actor=self.user, action="what_if.exported", target=self.what_if)
        name = f"what-if-{self.program.code}-{self.version.number}-{self.what_if.pk}.csv"
        return csv_response(name, EXPORT_COLUMNS, export_rows(self.what_if))


def version_crumbs(page: VersionPageMixin) -> Crumbs:
    """Return the trail of a page below a version."""
    crumbs = super(VersionPageMixin, page).get_crumbs()
    version = _("Version {number}").format(number=formats.number(page.version.number))
    return [*crumbs[:-1], (version, page.version.get_absolute_url()), crumbs[-1]]

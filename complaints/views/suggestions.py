"""The public list of suggestions and what became of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View

from complaints.models import Complaint, Outcome, PublishedSuggestion
from complaints.queries.suggestions import counts, published
from complaints.services import suggestions
from ministry import formats
from ministry.views.mixins import PageMixin, StaffPageMixin
from ministry.views.paging import numbered_page

DECIDED = (Outcome.ADOPTED, Outcome.STUDIED, Outcome.DECLINED)
_TONES = {Outcome.ADOPTED: "ok", Outcome.STUDIED: "info"}


class SuggestionsView(PageMixin, TemplateView):
    """What people suggested, for everybody to read: adopted, being studied, not taken up, each with the reason."""

    template_name = "complaints/suggestions.html"
    title = gettext_lazy("Suggestions and what became of them")
    lead = gettext_lazy("In our words, so that nobody is recognised. Every one of them was answered.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        outcome = self.request.GET.get("outcome", "")
        outcome = outcome if outcome in DECIDED else ""
        by_outcome, address = counts(), reverse("complaints:suggestions")
        tabs = [(_tab(_("All"), sum(by_outcome.values())), address, not outcome)]
        tabs += [
            (_tab(one.label, by_outcome.get(one.value, 0)), f"{address}?outcome={one.value}", outcome == one.value)
            for one in DECIDED
        ]
        page = numbered_page(published(outcome), self.request.GET.get("page"))
        shown = [(one, Outcome(one.outcome).label, _TONES.get(one.outcome, "")) for one in page]  # type: ignore[attr-defined]
        return super().get_context_data(tabs=tabs, page=page, shown=shown, **kwargs)


def _tab(label: Any, count: int) -> str:
    return f"{label} ({formats.number(count)})"


class HideView(StaffPageMixin, View):
    """Takes one from the list."""

    permission_required = "complaints.handle_complaint"
    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        visible = Complaint.objects.visible_to(self.user, "complaints.handle_complaint")
        found = get_object_or_404(PublishedSuggestion.objects.filter(complaint__in=visible), pk=pk)
        suggestions.hide(published=found, actor=self.user)
        messages.success(request, _("It is no longer on the public list."))
        return redirect(found.complaint.get_absolute_url())

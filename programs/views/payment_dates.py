"""When and where people are paid, for everybody."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from ministry.views.mixins import PageMixin
from programs.queries.payments import announced_cycles


class PaymentDatesView(PageMixin, TemplateView):
    """Dates of payment by programme: those announced, and those just past."""

    template_name = "programs/payment_dates.html"
    title = gettext_lazy("When and where you are paid")
    lead = gettext_lazy("Dates of payment by programme. Bring your national card.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        today = timezone.localdate()
        return super().get_context_data(cycles=announced_cycles(today), today=today, **kwargs)

"""Pages for everybody."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from ministry import formats
from ministry.models import Area
from ministry.queries import counts_by_governorate, public_total, readable_base
from ministry.slots import area_measures, service_cards
from ministry.views import figures
from ministry.views.mixins import PageMixin


class HomeView(PageMixin, TemplateView):
    """The first page: one question, the services that exist."""

    template_name = "ministry/home.html"
    title = _("How can we help you today?")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        cards = [
            {"title": card.title, "text": card.text, "url": reverse(card.url_name), "icon": card.icon}
            for card in service_cards
        ]
        return super().get_context_data(cards=cards, **kwargs)


class AccessibilityView(PageMixin, TemplateView):
    """The accessibility statement."""

    template_name = "ministry/accessibility.html"
    title = _("Accessibility of this portal")


class PrivacyView(PageMixin, TemplateView):
    """What is kept about people, why and for how long."""

    template_name = "ministry/privacy.html"
    title = _("Your data and your rights")


class ContactView(PageMixin, TemplateView):
    """How to reach the ministry."""

    template_name = "ministry/contact.html"
    title = _("Contact us")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # Units without an address would only look like a list.
        units = Area.objects.filter(level=Area.Level.UNIT, is_active=True).exclude(address="").select_related("parent")
        return super().get_context_data(units=units[:100], **kwargs)


class PublicDataView(PageMixin, TemplateView):
    """Public figures by governorate: map, ranking and table of one measure."""

    template_name = "ministry/public_data.html"
    title = _("Figures by governorate")
    lead = _("Counted from the ministry's own register, for everybody to see.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        measures = list(area_measures)
        chosen = next((one for one in measures if one.code == self.request.GET.get("measure")), None)
        measure = chosen or (measures[0] if measures else None)
        if measure is None:
            return super().get_context_data(**kwargs)
        rows = counts_by_governorate(measure)
        base = readable_base(rows)
        total, is_rounded = public_total(rows)
        picked = next((row for row in rows if row.area.code == self.request.GET.get("area")), None)
        return super().get_context_data(
            measure=measure,
            tabs=[(one.title, f"?measure={one.code}", one is measure) for one in measures],
            rows=[(row, formats.number(row.per(base), 1)) for row in figures.by_rate(rows)],
            unit=figures.unit_of(base),
            total=total,
            is_rounded=is_rounded,
            picked=picked,
            picked_text=figures.rate_in_words(picked, base) if picked else "",
            today=timezone.localdate(),
            population_period=next((row.population_period for row in rows if row.population_period), ""),
            map=figures.map_of(measure, rows, lambda row: f"?measure={measure.code}&area={row.area.code}#picked"),
            ranking=figures.ranking_of(rows),
            **kwargs,
        )

"""Pages for everybody."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from ministry.slots import service_cards
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

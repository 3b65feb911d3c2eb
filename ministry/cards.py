"""The core's own cards on the public home; apps add theirs before them."""

from django.utils.translation import gettext_lazy as _

from ministry.slots import ServiceCard, service_cards

service_cards.register(
    ServiceCard(
        title=_("Figures by governorate"),
        text=_("How many families are registered, where, and how that compares."),
        url_name="public_data",
        icon="map",
    ),
    order=400,
)
service_cards.register(
    ServiceCard(
        title=_("Contact us"),
        text=_("The hotline, the nearest social unit, and what to have at hand."),
        url_name="contact",
        icon="phone",
    ),
    order=500,
)
service_cards.register(
    ServiceCard(
        title=_("Your data and your rights"),
        text=_("What we keep about your family, why, for how long, and how to have it corrected."),
        url_name="privacy",
        icon="shield",
    ),
    order=510,
)
service_cards.register(
    ServiceCard(
        title=_("Staff sign-in"),
        text=_("For people who work at the ministry."),
        url_name="account_login",
        icon="sign-in",
    ),
    order=900,
)

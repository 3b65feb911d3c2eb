"""Paying agents as shipped; administrators add and rename them."""

from django.conf import settings

from ministry import reference
from programs.models import PaymentAgent

_AGENTS = {
    "EG": (("egypt-post", "البريد المصري", "Egypt Post", PaymentAgent.Kind.POST),),
    "JO": (("jordan-post", "البريد الأردني", "Jordan Post", PaymentAgent.Kind.POST),),
    "BH": (("bahrain-post", "بريد البحرين", "Bahrain Post", PaymentAgent.Kind.POST),),
}


def load() -> int:
    """Create the country's paying agents that are missing and return how many."""
    return sum(
        PaymentAgent.objects.get_or_create(
            code=code, defaults={"name_ar": name_ar, "name_en": name_en, "kind": kind, "country": settings.COUNTRY}
        )[1]
        for code, name_ar, name_en, kind in _AGENTS.get(settings.COUNTRY, ())
    )


reference.register(load, name="payment agents", order=200)

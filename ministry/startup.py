"""What must hold before a production process answers anybody."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from ministry.models import User


def refuse_demo_people() -> None:
    """Stop the start of a production process while people of the demo can sign in.

    Raises:
        ImproperlyConfigured: demo people are active in this database.
    """
    if settings.DEMO:
        return
    if User.objects.filter(is_demo=True, is_active=True).exists():
        raise ImproperlyConfigured(
            "This database holds active demo people, whose password is public. "
            "Start from an empty database, or deactivate every user marked as demo person."
        )

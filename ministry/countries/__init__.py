"""Country packs: identifiers, governorates, currency, weekend, holidays. `current()` is the one of this deployment."""

from django.conf import settings

from ministry.countries.bahrain import BAHRAIN
from ministry.countries.egypt import EGYPT
from ministry.countries.jordan import JORDAN
from ministry.countries.pack import CountryPack, Governorate, NationalId

__all__ = ["PACKS", "CountryPack", "Governorate", "NationalId", "current"]

PACKS: dict[str, CountryPack] = {pack.code: pack for pack in (EGYPT, JORDAN, BAHRAIN)}


def current() -> CountryPack:
    """Return the pack of the deployment's country (setting COUNTRY)."""
    return PACKS[settings.COUNTRY]

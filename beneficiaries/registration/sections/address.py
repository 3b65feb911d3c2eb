"""Where the household lives."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from beneficiaries.registration.fields import HOUSEHOLDS, CellField, FiguresCell, flag
from beneficiaries.registration.forms import Doubt, Group, SectionForm
from ministry.certain import declared_as
from ministry.forms import AreaField
from ministry.models import Area
from ministry.text import is_dialable


class AddressForm(SectionForm):
    """Area, address and phone."""

    area = AreaField(label=_("Governorate and district"))
    address = CellField(
        HOUSEHOLDS,
        "address",
        label=_("Address"),
        help_text=_("Village or street, house, floor, and what helps to find it."),
    )
    urban = flag(
        HOUSEHOLDS,
        "urban",
        _("Is it in a town or in a village?"),
        choices=[("1", _("Town")), ("0", _("Village"))],
    )
    phone = FiguresCell(HOUSEHOLDS, "phone", label=_("Phone of the household"), required=False)

    layout = (Group(("area", "address", "urban", "phone")),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address"].widget.attrs |= {"dir": "auto", "autocomplete": "off"}
        actor = self.file.actor
        if actor is not None:
            reach = Area.objects.within_reach_of(actor, "beneficiaries.add_registration")
            # Where it stands already is offered to whoever reads it.
            declared_as(AreaField, self.fields["area"]).offer(
                Area.objects.filter(Q(pk__in=reach.values("pk")) | Q(pk=self.file.registration.area_id), is_active=True)
            )
        if not self.is_bound and not self.initial.get("area"):
            self.initial["area"] = self.file.registration.area_id

    def find_doubts(self) -> Iterator[Doubt]:
        yield from super().find_doubts()
        phone = self.cleaned_data.get("phone")
        if phone and not is_dialable(phone):
            yield Doubt("phone", "phone_unusable")

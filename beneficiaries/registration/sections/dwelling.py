"""The home."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from beneficiaries.models import Dwelling
from beneficiaries.registration.fields import HOUSEHOLDS, CodeCell, NumberCell
from beneficiaries.registration.forms import Doubt, Group, SectionForm


class DwellingForm(SectionForm):
    """Tenure, rooms, what it is built of, and its supplies."""

    tenure = CodeCell(HOUSEHOLDS, "tenure", Dwelling.Tenure.choices, label=_("Whose is the home?"))
    monthly_rent = NumberCell(
        HOUSEHOLDS,
        "monthly_rent",
        label=_("Rent per month"),
        help_text=_("Only where it is rented."),
        required=False,
    )
    rooms = NumberCell(HOUSEHOLDS, "rooms", label=_("How many rooms, without kitchen and bathroom?"))
    bedrooms = NumberCell(HOUSEHOLDS, "bedrooms", label=_("How many of them are slept in?"), required=False)
    wall = CodeCell(HOUSEHOLDS, "wall", Dwelling.Wall.choices, label=_("Walls"))
    floor = CodeCell(HOUSEHOLDS, "floor", Dwelling.Floor.choices, label=_("Floor"))
    roof = CodeCell(HOUSEHOLDS, "roof", Dwelling.Roof.choices, label=_("Roof"))
    water = CodeCell(HOUSEHOLDS, "water", Dwelling.Water.choices, label=_("Water"))
    sanitation = CodeCell(HOUSEHOLDS, "sanitation", Dwelling.Sanitation.choices, label=_("Sanitation"))
    electricity = CodeCell(HOUSEHOLDS, "electricity", Dwelling.Electricity.choices, label=_("Electricity"))
    cooking_fuel = CodeCell(HOUSEHOLDS, "cooking_fuel", Dwelling.CookingFuel.choices, label=_("Cooking fuel"))
    waste = CodeCell(HOUSEHOLDS, "waste", Dwelling.Waste.choices, label=_("Waste"))

    layout = (
        Group(("tenure", "monthly_rent", "rooms", "bedrooms"), two=True),
        Group(("wall", "floor", "roof"), title=_("What it is built of"), two=True),
        Group(("water", "sanitation", "electricity", "cooking_fuel", "waste"), title=_("Supplies"), two=True),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        # A rent typed before the tenure was corrected says nothing any more.
        if cleaned.get("tenure") != Dwelling.Tenure.RENTED:
            cleaned["monthly_rent"] = ""
        return cleaned

    def find_doubts(self) -> Iterator[Doubt]:
        yield from super().find_doubts()
        rooms, bedrooms = self.cleaned_data.get("rooms"), self.cleaned_data.get("bedrooms")
        if rooms and bedrooms and int(bedrooms) > int(rooms):
            yield Doubt("bedrooms", "bedrooms_exceed_rooms", {"rooms": int(rooms)})

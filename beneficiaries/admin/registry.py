"""Households and people: to look at. What is in the register changes through imports and deeds, not here."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from beneficiaries.models import DuplicatePair, Dwelling, Household, Individual, Membership
from ministry import formats
from ministry.admin.base import ReadOnlyAdmin, ReadOnlyInline

_NUMBERS = ("phone", "phone_key")


class DwellingOfHousehold(ReadOnlyInline):
    model = Dwelling


class MembersOfHousehold(ReadOnlyInline):
    model = Membership
    fields = ("individual", "relationship", "joined_on", "left_on")
    show_change_link = False


@admin.register(Household)
class HouseholdAdmin(ReadOnlyAdmin):
    """Households of the reader's areas; opening one is logged."""

    list_display = ("household_ref", "area", "status", "registered_on", "urban")
    list_filter = ("status", "urban")
    list_select_related = ("area",)
    search_fields = ("household_ref",)
    fields = (
        "household_ref",
        "area",
        "status",
        "registered_on",
        "address",
        "masked_phone",
        "urban",
        "income_monthly",
        "created_at",
    )
    inlines = (DwellingOfHousehold, MembersOfHousehold)
    hidden_in_history = _NUMBERS
    discloses = ("file",)

    @admin.display(description=_("Phone"))
    def masked_phone(self, household: Household) -> str:
        return formats.masked(household.phone)


@admin.register(Individual)
class IndividualAdmin(ReadOnlyAdmin):
    """People of the reader's areas, without their numbers; opening one is logged."""

    list_display = ("person_ref", "full_name", "sex", "birth_date")
    list_filter = ("sex", "marital_status")
    search_fields = ("person_ref",)
    fields = (
        "person_ref",
        "full_name",
        "mother_name",
        "sex",
        "birth_date",
        "died_on",
        "masked_phone",
        "marital_status",
        "years_schooling",
        "in_school",
        "works",
        "pregnant",
        "created_at",
    )
    hidden_in_history = (*_NUMBERS, "name_key", "name_skeletons", "mother_key")
    discloses = ("card",)

    @admin.display(description=_("Phone"))
    def masked_phone(self, person: Individual) -> str:
        return formats.masked(person.phone)


@admin.register(DuplicatePair)
class DuplicatePairAdmin(ReadOnlyAdmin):
    """Possible duplicates; they are decided on the desk."""

    list_display = ("id", "band", "status", "probability", "found_at", "decided_by")
    list_filter = ("status", "band")
    list_select_related = ("decided_by",)
    search_fields = ("individual_a__person_ref", "individual_b__person_ref")
    fields = ("band", "status", "probability", "found_at", "decided_by", "decided_at", "note")

"""The registry's own panels of the household file: how complete it is, consents, who came and left, papers."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from beneficiaries.models import Household
from beneficiaries.queries.quality import quality_of
from beneficiaries.slots import HouseholdPanel, household_panels
from ministry.models import User


def _quality(household: Household, reader: User) -> dict[str, Any]:
    return {"quality": quality_of(household)}


def _consents(household: Household, reader: User) -> dict[str, Any]:
    return {
        "consents": household.consents.select_related("recorded_by", "carried_from__household"),
        "may_record": reader.has_perm("beneficiaries.add_consent", household.area),
        "may_withdraw": reader.has_perm("beneficiaries.withdraw_consent", household.area),
    }


def _movements(household: Household, reader: User) -> dict[str, Any] | None:
    memberships = household.memberships.select_related("individual").order_by("-joined_on", "-pk")
    # Where nobody ever came or left, the list of members says it all.
    has_moved = any(one.left_on or one.joined_on != household.registered_on for one in memberships)
    return {"memberships": memberships} if has_moved else None


def _papers(household: Household, reader: User) -> dict[str, Any]:
    return {"may_add": reader.has_perm("beneficiaries.add_registration", household.area)}


_VIEW = "beneficiaries.view_household"
for _order, _panel in enumerate(
    (
        HouseholdPanel("quality", _("How complete the file is"), "beneficiaries/_panel_quality.html", _quality, _VIEW),
        HouseholdPanel(
            "consents", _("Consents"), "beneficiaries/_panel_consents.html", _consents, "beneficiaries.view_consent"
        ),
        HouseholdPanel("movements", _("Who came and left"), "beneficiaries/_panel_movements.html", _movements, _VIEW),
        HouseholdPanel("papers", _("Papers for the household"), "beneficiaries/_panel_papers.html", _papers, _VIEW),
    )
):
    household_panels.register(_panel, order=600 + _order)

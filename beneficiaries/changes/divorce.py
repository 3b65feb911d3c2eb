"""A couple has divorced."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.changes.destinations import AWAY, DestinationForm, part
from beneficiaries.changes.kind import ChangeKind, Deed, Touched
from beneficiaries.models import ChangeEvidence, Individual

STAY = "stay"
DIVORCED = Individual.MaritalStatus.DIVORCED


class DivorceForm(DestinationForm):
    """Who divorced, when, who leaves and where to."""

    effective_label = gettext_lazy("Date of the divorce")
    places = ((STAY, gettext_lazy("Nobody leaves")), AWAY)

    def arrange(self) -> None:
        super().arrange()
        self.fields["person"] = self.member_field(_("Who has divorced"))
        self.fields["partner"] = self.member_field(_("From whom, where both live here"), required=False)
        leavers = self.fields["leavers"]
        leavers.required = False
        leavers.label = _("Who leaves the household, children included")
        self.order_fields(["person", "partner", "effective_on", "destination", "leavers"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("person") and cleaned.get("person") == cleaned.get("partner"):
            self.add_error("partner", _("Choose two different people."))
        return cleaned


class Divorce(ChangeKind):
    """Divorces the couple; whoever leaves gets a household of their own, joins another or leaves the register."""

    code = "divorce"
    lead = gettext_lazy("A couple has divorced; one of them may leave, with or without children.")
    icon = "scale"
    form_class = DivorceForm
    evidence = (ChangeEvidence.Kind.DIVORCE_CERTIFICATE,)

    def apply(self, deed: Deed) -> Touched:
        keys = [key for key in (deed.answers["person"], deed.answers["partner"]) if key]
        for one in Individual.objects.select_for_update().filter(pk__in=keys).order_by("pk"):
            one.marital_status = DIVORCED
            one.save(update_fields=["marital_status"])
        if deed.answers["destination"] == STAY:
            return deed.touched()
        return part(deed)

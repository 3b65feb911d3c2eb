"""Part of the household goes its own way."""

from django.utils.translation import gettext_lazy

from beneficiaries.changes.destinations import DestinationForm, part
from beneficiaries.changes.kind import ChangeKind, Deed, Touched
from beneficiaries.models import ChangeEvidence


class Split(ChangeKind):
    """Gives some members a household of their own, or a place in another one."""

    code = "split"
    lead = gettext_lazy("Some members now live and eat apart, in a new household or another registered one.")
    icon = "family"
    form_class = DestinationForm
    evidence = (ChangeEvidence.Kind.DECLARATION,)

    def apply(self, deed: Deed) -> Touched:
        return part(deed)

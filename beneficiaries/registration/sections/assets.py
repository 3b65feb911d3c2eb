"""What is in the home."""

from django.utils.translation import gettext_lazy as _

from beneficiaries.registration.fields import HOUSEHOLDS, NumberCell, flag
from beneficiaries.registration.forms import Group, SectionForm


class AssetsForm(SectionForm):
    """Belongings that tell how a household lives."""

    refrigerator = flag(HOUSEHOLDS, "refrigerator", _("Refrigerator"))
    television = flag(HOUSEHOLDS, "television", _("Television"))
    computer = flag(HOUSEHOLDS, "computer", _("Computer"))
    mobile_phone = flag(HOUSEHOLDS, "mobile_phone", _("Mobile phone"))
    mobile_phones = NumberCell(HOUSEHOLDS, "mobile_phones", label=_("How many mobile phones?"), required=False)
    tablets = NumberCell(HOUSEHOLDS, "tablets", label=_("How many tablets?"), required=False)

    layout = (
        Group(("refrigerator", "television", "computer", "mobile_phone"), two=True),
        Group(("mobile_phones", "tablets"), two=True),
    )

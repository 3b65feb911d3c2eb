"""The sections of a registration, in the order in which they are asked."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from beneficiaries.registration.forms import SectionForm
from beneficiaries.registration.sections.address import AddressForm
from beneficiaries.registration.sections.assets import AssetsForm
from beneficiaries.registration.sections.consent import ConsentForm
from beneficiaries.registration.sections.declaration import DeclarationForm
from beneficiaries.registration.sections.documents import DocumentsForm
from beneficiaries.registration.sections.dwelling import DwellingForm
from beneficiaries.registration.sections.health import HealthForm
from beneficiaries.registration.sections.people import HeadForm, MembersForm, PersonForm
from beneficiaries.registration.sections.work import WorkForm

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

HEAD = "head"
MEMBERS = "members"
DOCUMENTS = "documents"


@dataclass(frozen=True)
class Section:
    """A section: its address, what it is called, and its form."""

    code: str
    title: "_StrPromise"
    hint: "_StrPromise | str"
    form: type[SectionForm]


SECTIONS: dict[str, Section] = {
    section.code: section
    for section in (
        Section("consent", _("Consent"), _("What the household agrees to, before anything else is asked"), ConsentForm),
        Section("address", _("Address"), _("Where the household lives and how it can be reached"), AddressForm),
        Section(HEAD, _("Head of household"), _("Who answers for the household"), HeadForm),
        Section(MEMBERS, _("Members"), _("Everybody else who lives and eats together"), MembersForm),
        Section("dwelling", _("Dwelling"), _("The home and what it is built of"), DwellingForm),
        Section("work", _("Work and income"), _("Who works, and what the household lives on"), WorkForm),
        Section("health", _("Health and disability"), _("Difficulties in daily life, pregnancy"), HealthForm),
        Section("assets", _("Belongings"), _("What is in the home"), AssetsForm),
        Section(DOCUMENTS, _("Documents"), _("Papers seen, and pictures of them"), DocumentsForm),
        Section("declaration", _("Declaration"), _("That the answers are true and complete"), DeclarationForm),
    )
}

__all__ = ["DOCUMENTS", "HEAD", "MEMBERS", "SECTIONS", "PersonForm", "Section"]

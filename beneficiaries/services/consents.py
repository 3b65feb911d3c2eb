"""What a household agrees to, and takes back."""

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.models import Consent, Household
from beneficiaries.services.facts import refresh_facts
from ministry import audit, documents
from ministry.exceptions import RuleViolation
from ministry.models import Document, User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# What a withdrawal brings about, told before it is confirmed; `withdraw_consent` does exactly this.
EFFECTS: "Mapping[str, _StrPromise]" = {
    Consent.Purpose.REGISTER: gettext_lazy(
        "The household leaves the register today: it gets no new decisions and no further payments. What was decided"
        " and paid so far stays on file, as the law asks."
    ),
    Consent.Purpose.SHARING: gettext_lazy(
        "From today nothing of this household may be passed on. What partners got before cannot be called back. The"
        " household keeps what it is entitled to."
    ),
}


@transaction.atomic
def record_consent(
    *,
    household: Household,
    purpose: str,
    basis: str,
    given_by: str,
    method: str,
    given_on: dt.date,
    actor: User,
) -> Consent:
    """Record what a household agrees to.

    Raises:
        PermissionDenied: the actor may not record consents in the household's area.
        RuleViolation: a consent to this purpose is in force already, or the day lies ahead.
    """
    household = Household.objects.select_for_update(of=("self",)).select_related("area").get(pk=household.pk)
    if not actor.has_perm("beneficiaries.add_consent", household.area):
        raise PermissionDenied
    if given_on > timezone.localdate():
        raise RuleViolation(_("A consent cannot be given on a day to come."))
    if household.consents.in_force(purpose).exists():
        raise RuleViolation(_("The household has agreed to this already."))
    consent = Consent.objects.create(
        household=household,
        purpose=purpose,
        basis=basis,
        given_by=given_by,
        method=method,
        given_on=given_on,
        recorded_by=actor,
    )
    audit.record(actor=actor, action="consent.recorded", target=household, data={"consent": consent.pk})
    return consent


@transaction.atomic
def withdraw_consent(*, consent: Consent, withdrawn_by: str, note: str, actor: User) -> Consent:
    """Record that a household takes a consent back, with the effect that EFFECTS tells.

    Two people recording at once yield one withdrawal and one RuleViolation.

    Raises:
        PermissionDenied: the actor may not record withdrawals in the household's area.
        RuleViolation: it was withdrawn already, or the data are kept by a duty under the law.
    """
    household = Household.objects.select_for_update(of=("self",)).select_related("area").get(pk=consent.household_id)
    if not actor.has_perm("beneficiaries.withdraw_consent", household.area):
        raise PermissionDenied
    consent = Consent.objects.select_for_update().get(pk=consent.pk)
    if not consent.is_in_force:
        raise RuleViolation(_("This consent was withdrawn already."))
    if consent.basis == Consent.Basis.LAW:
        raise RuleViolation(_("These data are kept by a duty under the law, which a household cannot withdraw."))
    consent.withdrawn_on = timezone.localdate()
    consent.withdrawn_by, consent.withdrawal_note = withdrawn_by, note
    consent.withdrawal_recorded_by = actor
    consent.save()
    audit.record(actor=actor, action="consent.withdrawn", target=household, data={"consent": consent.pk})
    if consent.purpose == Consent.Purpose.REGISTER and household.status != Household.Status.INACTIVE:
        household.status = Household.Status.INACTIVE
        household.save(update_fields=["status"])
        audit.record(actor=actor, action="household.closed", target=household, note=consent.get_purpose_display())
        refresh_facts([household.pk])
    return consent


def carry_to_new_household(*, fresh: Household, former: Household, actor: User) -> Consent | None:
    """Let people who now live apart go on being in the register on the word they gave in their former household.

    Only that: to passing their data on, a new household agrees (or not) by its own head. Where the former household
    has no word in force, or the new one has been asked already, nothing is carried.

    Source: Law 151 of 2020 on the protection of personal data, arts. 2 and 6: consent is explicit and for one purpose;
    the purpose of the register does not change with the address (illustrative).
    """
    given = former.consents.in_force(Consent.Purpose.REGISTER).first()
    if given is None or fresh.consents.filter(purpose=Consent.Purpose.REGISTER).exists():
        return None
    consent = Consent.objects.create(
        household=fresh,
        purpose=given.purpose,
        basis=given.basis,
        given_by=given.given_by,
        method=given.method,
        given_on=given.given_on,
        recorded_by=actor,
        carried_from=given,
    )
    audit.record(actor=actor, action="consent.carried", target=fresh, data={"consent": consent.pk, "from": former.pk})
    return consent


def narrow_on_joining(*, household: Household, joining: Household, actor: User) -> Consent | None:
    """End a household's consent to passing data on when people come to live there who have not given theirs.

    The household is asked anew, as it is now. Nothing that was granted depends on this consent.

    Source: Law 151 of 2020, art. 2: nobody's data are passed on upon the word of somebody else (illustrative).
    """
    purpose = Consent.Purpose.SHARING
    given = household.consents.in_force(purpose).select_for_update().first()
    if given is None or given.basis == Consent.Basis.LAW or joining.consents.in_force(purpose).exists():
        return None
    given.withdrawn_on = timezone.localdate()
    given.withdrawn_by = given.given_by
    with translation.override(settings.LANGUAGE_CODE):
        given.withdrawal_note = _("People of household {reference}, which has not agreed, live here now.").format(
            reference=joining.household_ref
        )
    given.withdrawal_recorded_by = actor
    given.save()
    audit.record(actor=actor, action="consent.ended_by_joining", target=household, data={"consent": given.pk})
    return given


@transaction.atomic
def add_household_document(*, household: Household, upload: UploadedFile, actor: User) -> Document:
    """Keep a paper with a household's file.

    Raises:
        PermissionDenied: the actor may not register households in its area.
        DocumentRefused: the file is of the wrong kind, too large or dangerous.
    """
    if not actor.has_perm("beneficiaries.add_registration", household.area):
        raise PermissionDenied
    document = documents.store(upload, subject=household, actor=actor)
    audit.record(actor=actor, action="household.document_added", target=household, data={"document": document.pk})
    return document

"""Bringing a service in: asked about by name, agreed to or refused by the person, each time anew."""

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import rules
from complaints.models import SupportService, VaultCase, VaultEvent, VaultReferral
from complaints.models.vault.referral import Share
from complaints.services.vault.common import check, lock, note_event
from complaints.vault import HOLDER, opened
from ministry.exceptions import RuleViolation
from ministry.models import User

_What, _Consent = VaultEvent.What, VaultReferral.Consent


def services_for(case: VaultCase) -> list[SupportService]:
    """Return the services that serve the place of a case."""
    codes = case.area.path.strip("/").split("/")
    return list(SupportService.objects.filter(is_active=True, area__code__in=codes).select_related("area"))


def ask(
    *,
    case: VaultCase,
    service: SupportService,
    purpose: str,
    shares: Sequence[str],
    actor: User,
    now: dt.datetime | None = None,
) -> VaultReferral:
    """Ask the person whether a service may be brought in, and what it may be told. They read it by code and PIN.

    Raises:
        RuleViolation: the same service is being asked about already, or does not serve there.
    """
    with opened(actor):
        case = lock(case)
        check(case, "refer", actor)
        if service.pk not in {one.pk for one in services_for(case)}:
            raise RuleViolation(_("This service does not serve the place of the case. Choose another."))
        if case.referrals.filter(service=service, consent=_Consent.ASKED).exists():
            raise RuleViolation(_("The person has been asked about this service and has not answered yet."))
        at = now or timezone.now()
        referral = VaultReferral.objects.create(
            case=case,
            service=service,
            purpose=rules.tidy(purpose),
            shares=[one for one in Share.values if one in shares],
            asked_by=actor,
            asked_at=at,
        )
        note_event(case, _What.ASKED, at=at, by=actor, referral=referral.pk)
        return referral


def waiting_for_answer(case: VaultCase) -> VaultReferral | None:
    """Return what the person is asked, the oldest first; in an opened vault only."""
    return case.referrals.filter(consent=_Consent.ASKED).select_related("service").first()


def answer(
    *, referral: VaultReferral, agrees: bool, actor: User | None, now: dt.datetime | None = None
) -> VaultReferral:
    """Write down whether the person agrees: by code and PIN (`actor` is nobody), or as said to the officer in charge.

    Pressed again with the same answer, nothing changes; a consent can be taken back until the service was told.
    """
    with opened(actor or HOLDER):
        case = lock(referral.case)
        if actor is not None:
            check(case, "consent", actor)
        referral = VaultReferral.objects.select_for_update(of=("self",)).get(pk=referral.pk)
        target = _Consent.GIVEN if agrees else _Consent.REFUSED
        if referral.consent == target:
            return referral
        if case.is_final or referral.sent_at is not None:
            raise RuleViolation(_("The service has been told already, or the case is over. Write to us instead."))
        if referral.consent == _Consent.GIVEN:
            target = _Consent.WITHDRAWN
        elif referral.consent != _Consent.ASKED:
            raise RuleViolation(_("This was answered with no. Ask anew, so that it is known what is agreed to."))
        referral.consent, referral.consented_at, referral.consent_by = target, now or timezone.now(), actor
        referral.save(update_fields=["consent", "consented_at", "consent_by"])
        what = _What.CONSENTED if target == _Consent.GIVEN else _What.REFUSED
        note_event(case, what, at=referral.consented_at, by=actor, referral=referral.pk)
        return referral


def send(*, referral: VaultReferral, actor: User, now: dt.datetime | None = None) -> VaultReferral:
    """Write down that the service was told, by telephone or in person, what the person agreed to.

    The portal sends nothing by itself: no message about a confidential case leaves it.

    Raises:
        RuleViolation: the person has not agreed.
    """
    with opened(actor):
        case = lock(referral.case)
        check(case, "send", actor)
        referral = VaultReferral.objects.select_for_update(of=("self",)).get(pk=referral.pk)
        if referral.sent_at is not None:
            return referral
        if referral.consent != _Consent.GIVEN:
            raise RuleViolation(_("The person has not agreed to this referral. Nothing may be told."))
        referral.sent_by, referral.sent_at = actor, now or timezone.now()
        referral.save(update_fields=["sent_by", "sent_at"])
        note_event(case, _What.REFERRED, at=referral.sent_at, by=actor, referral=referral.pk)
        return referral


def report(*, referral: VaultReferral, result: str, actor: User, now: dt.datetime | None = None) -> VaultReferral:
    """Write down what the service did."""
    with opened(actor):
        case = lock(referral.case)
        check(case, "report", actor)
        referral = VaultReferral.objects.select_for_update(of=("self",)).get(pk=referral.pk)
        if referral.sent_at is None:
            raise RuleViolation(_("The service has not been told yet."))
        referral.result, referral.reported_at = rules.tidy(result), now or timezone.now()
        referral.save(update_fields=["result", "reported_at"])
        note_event(case, _What.REPORTED, at=referral.reported_at, by=actor, referral=referral.pk)
        return referral

"""Access tokens of partner systems: issued once in clear, kept as digests, revoked at once."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import Partner, PartnerToken, User

_MARK = "spp_"
LONGEST = dt.timedelta(days=90)
# How exactly the last use is known: a write per request would cost more than it tells.
_USE_SEEN_EVERY = dt.timedelta(minutes=5)

# scope: what it opens, in words; each app registers its own in `ready()`.
scopes: dict[str, str | Promise] = {}


def register_scope(scope: str, words: str | Promise) -> None:
    """Make a scope known: `noun.verb`."""
    scopes[scope] = words


@transaction.atomic
def issue_token(
    *, partner: Partner, for_scopes: Sequence[str], lasts: dt.timedelta, actor: User | None
) -> tuple[PartnerToken, str]:
    """Return a new token and its text, which is shown this once and kept nowhere.

    Raises:
        RuleViolation: the partner is not in use, a scope is unknown, or it would last too long.
    """
    if not partner.is_active:
        raise RuleViolation(_("This partner system is not in use."))
    unknown = sorted(set(for_scopes) - scopes.keys())
    if unknown or not for_scopes:
        raise RuleViolation(_("Choose scopes among: {scopes}.").format(scopes="، ".join(sorted(scopes))))
    if not dt.timedelta(0) < lasts <= LONGEST:
        raise RuleViolation(_("A token lasts up to 90 days. Issue another before it ends."))
    text = f"{_MARK}{secrets.token_urlsafe(32)}"
    now = timezone.now()
    token = PartnerToken.objects.create(
        partner=partner,
        prefix=text[:10],
        digest=_digest(text),
        scopes=sorted(set(for_scopes)),
        issued_by=actor,
        issued_at=now,
        expires_at=now + lasts,
    )
    audit.record(
        actor=actor, action="partner_token.issued", target=partner, data={"token": token.pk, "scopes": token.scopes}
    )
    return token, text


@transaction.atomic
def revoke_token(*, token: PartnerToken, actor: User | None) -> PartnerToken:
    """End a token at once. Done again, nothing changes."""
    token = PartnerToken.objects.select_for_update(of=("self",)).select_related("partner").get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        audit.record(actor=actor, action="partner_token.revoked", target=token.partner, data={"token": token.pk})
    return token


def token_of(text: str) -> PartnerToken | None:
    """Return the token that is good now, or None: for an unknown, an ended and a revoked one alike."""
    if not text.startswith(_MARK) or not text.isascii():
        return None
    now = timezone.now()
    token = (
        PartnerToken.objects.filter(digest=_digest(text), revoked_at=None, expires_at__gt=now, partner__is_active=True)
        .select_related("partner")
        .first()
    )
    if token is not None:
        seen = Q(last_used_at=None) | Q(last_used_at__lt=now - _USE_SEEN_EVERY)
        PartnerToken.objects.filter(seen, pk=token.pk).update(last_used_at=now)
    return token


def _digest(text: str) -> str:
    # A token has 256 random bits: nothing slower than one hash is needed to keep it.
    return hashlib.sha256(text.encode()).hexdigest()

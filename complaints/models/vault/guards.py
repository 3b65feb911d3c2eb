"""What the database itself refuses about confidential cases, whoever asks."""

import pgtrigger

from complaints.models.guards import changed
from ministry.guards import AppendOnly, NoTruncate

# Sealed again with another key, or emptied at the end of the time for which it is kept: nothing else changes it.
_NOT_BY_KEEPERS = "coalesce(current_setting('portal.vault', true), '') NOT IN ('rotation', 'erasing')"


def _refuse(name: str, operation: pgtrigger.Operation, condition: str, message: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=operation,
        condition=pgtrigger.Condition(condition),
        func=f"RAISE EXCEPTION 'portal: {message}';",
    )


def _kept() -> list[pgtrigger.Trigger]:
    return [pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete), NoTruncate()]


CASE = [
    _refuse(
        "told_stands",
        pgtrigger.Update,
        f"{_NOT_BY_KEEPERS} AND ({changed('ref', 'code_mark', 'token_mark', 'story', 'matter', 'kind', 'code')}"
        f" OR {changed('contact', 'received_at', 'channel', 'language')})",
        "what a case says does not change",
    ),
    _refuse(
        "accused_never_deals",
        pgtrigger.Insert | pgtrigger.Update,
        "NEW.officer_id = ANY(NEW.barred)",
        "an official named in a case cannot handle it",
    ),
    _refuse(
        "barred_stay_barred",
        pgtrigger.Update,
        "NOT (NEW.barred @> OLD.barred)",
        "whom a case names stays out of it",
    ),
    _refuse(
        "closed_stands",
        pgtrigger.Update,
        f"OLD.status IN ('closed', 'withdrawn') AND {_NOT_BY_KEEPERS} AND ("
        f"{changed('status', 'outcome', 'closed_at', 'proposed_by_id', 'confirmed_by_id', 'erase_on')})",
        "a closed case stands",
    ),
    _refuse(
        "kept_for_its_time",
        pgtrigger.Update,
        "OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL"
        " AND (OLD.erase_on IS NULL OR OLD.erase_on > (NEW.erased_at AT TIME ZONE 'UTC')::date)",
        "a case is kept for its time",
    ),
    *_kept(),
]

EVENT = [AppendOnly(), NoTruncate()]

MESSAGE = [
    _refuse("said_stands", pgtrigger.Update, f"{_NOT_BY_KEEPERS} AND {changed('text')}", "what was said stands"),
    *_kept(),
]

FILE = [
    _refuse(
        "content_stands", pgtrigger.Update, f"{_NOT_BY_KEEPERS} AND {changed('content')}", "a file does not change"
    ),
    _refuse(
        "admitted_with_reason",
        pgtrigger.Insert | pgtrigger.Update,
        "NEW.scan = 'admitted' AND (NEW.admitted_by_id IS NULL OR NEW.admitted_at IS NULL)",
        "a file that was not scanned is let in by somebody, with a reason",
    ),
    *_kept(),
]

ACCUSED = [
    _refuse(
        "named_stays",
        pgtrigger.Update,
        f"{_NOT_BY_KEEPERS} AND ({changed('staff_id', 'case_id', 'name')})",
        "whom a case names stays named",
    ),
    *_kept(),
]

REFERRAL = [
    # What somebody agreed to is what is done: another service or more told needs another question.
    _refuse(
        "agreed_stands",
        pgtrigger.Update,
        f"OLD.consent <> 'asked' AND {_NOT_BY_KEEPERS} AND ({changed('service_id', 'shares', 'purpose', 'asked_at')})",
        "what somebody was asked about does not change after the answer",
    ),
    _refuse(
        "refused_stands",
        pgtrigger.Update,
        "OLD.consent IN ('refused', 'withdrawn') AND NEW.consent <> OLD.consent",
        "a refusal is not turned into a consent: ask anew",
    ),
    _refuse("sent_stands", pgtrigger.Update, f"OLD.sent_at IS NOT NULL AND ({changed('sent_at')})", "sent is sent"),
    *_kept(),
]

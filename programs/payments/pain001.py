"""A list of payments as an ISO 20022 credit transfer initiation, pain.001.001.09.

The server writes the transactions, row by row out of COPY: a million lines pass through in constant memory. What the
receiving bank still wants otherwise (its own purpose codes, a batch booking) is settled with the bank first; the
elements here are those the standard asks of a domestic transfer. Amounts have the decimals of their currency
(ISO 4217: EGP 2, JOD and BHD 3), the payment number is the end-to-end reference by which the answer is matched.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from xml.sax.saxutils import escape

import phonenumbers
from django.conf import settings
from django.db import connection
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg2.sql import SQL, Composable, Literal
from stdnum import bic, iban

from ministry.exceptions import RuleViolation
from programs.models import Payment, PaymentCycle

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
# Social security benefit, of the external purpose codes of ISO 20022.
_PURPOSE = "SSBE"
# A document that says who somebody is, by the external person identification codes of ISO 20022.
_NATIONAL_NUMBER = "NIDN"
_NAME_LENGTH = 140
_PLACE_LENGTH = 35
# What no XML file can carry, and the backslash, which COPY writes as an escape.
_FORBIDDEN = "".join(map(chr, (*range(0x01, 0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xFFFE, 0xFFFF))) + "\\"

_TRANSACTIONS = """
    COPY (
        SELECT '<CdtTrfTxInf><PmtId><EndToEndId>' || {ref} || '</EndToEndId></PmtId><Amt><InstdAmt Ccy="'
               || payment.currency || '">' || to_char(payment.amount, {amount_format}) || '</InstdAmt></Amt><Cdtr><Nm>'
               || {name} || '</Nm><PstlAdr>'
               || coalesce('<DstrctNm>' || nullif({unit}, '') || '</DstrctNm>', '')
               || coalesce('<CtrySubDvsn>' || nullif({governorate}, '') || '</CtrySubDvsn>', '')
               || '<Ctry>' || {country} || '</Ctry></PstlAdr>'
               || coalesce('<Id><PrvtId><Othr><Id>' || number.value || '</Id><SchmeNm><Cd>' || {scheme}
                   || '</Cd></SchmeNm></Othr></PrvtId></Id>', '')
               || CASE WHEN {phone} ~ '^[1-9][0-9]{{4,14}}$' THEN '<CtctDtls><MobNb>' || {calling_code} || {phone}
                       || '</MobNb></CtctDtls>' ELSE '' END
               || '</Cdtr><Purp><Cd>' || {purpose} || '</Cd></Purp><RmtInf><Ustrd>' || {remark}
               || '</Ustrd></RmtInf></CdtTrfTxInf>'
        FROM programs_payment payment
        JOIN programs_entitlement entitlement ON entitlement.id = payment.entitlement_id
        JOIN beneficiaries_household household ON household.id = entitlement.household_id
        JOIN beneficiaries_individual payee ON payee.id = payment.payee_id
        JOIN ministry_area area ON area.id = entitlement.area_id
        LEFT JOIN (
            SELECT place.id, governorate.name_ar FROM ministry_area place
            JOIN ministry_area governorate
              ON governorate.level = 'governorate' AND starts_with(place.path, governorate.path)
        ) governorate ON governorate.id = area.id
        LEFT JOIN LATERAL (
            SELECT left(identifier.value_key, 35) AS value FROM beneficiaries_identifier identifier
            WHERE identifier.individual_id = payee.id AND identifier.kind = 'national_id'
              AND identifier.removed_on IS NULL AND identifier.value_key <> ''
            ORDER BY identifier.is_well_formed DESC NULLS LAST, identifier.id LIMIT 1
        ) number ON true
        WHERE payment.cycle_id = {cycle} AND payment.batch = {batch}
        ORDER BY payment.id
    ) TO STDOUT
"""


@dataclass(frozen=True)
class Debtor:
    """Who pays, and from which account: the ministry's own with the paying agent."""

    name: str
    account: str
    bic: str
    country: str


def debtor_of(cycle: PaymentCycle) -> Debtor:
    """Return who pays a cycle.

    Raises:
        RuleViolation: the agent's row does not say from which account.
    """
    agent = cycle.agent
    if not agent.account or not agent.bic:
        raise RuleViolation(
            _(
                "For this format the paying agent needs the ministry's account and the bank's code (BIC). An"
                " administrator enters both with the paying agents."
            )
        )
    name = settings.MINISTRY_NAME or _("Ministry of Social Solidarity")
    return Debtor(name=name[:_NAME_LENGTH], account=agent.account, bic=agent.bic, country=agent.country)


class SupportsWrite(Protocol):
    """What a list is written into: a file, or what keeps only its hash."""

    def write(self, block: bytes, /) -> int: ...


def write_pain001(
    output: SupportsWrite, cycle: PaymentCycle, batch: int, minor_units: int, *, created_at: dt.datetime | None = None
) -> tuple[int, Decimal]:
    """Write a list as pain.001.001.09 in UTF-8; return how many transactions were written and their declared sum.

    Raises:
        RuleViolation: the account it is paid from is not known.
    """
    debtor = debtor_of(cycle)
    declared = Payment.objects.filter(cycle=cycle, batch=batch).aggregate(lines=Count("id"), total=Sum("amount"))
    lines, total = declared["lines"], declared["total"] or Decimal(0)
    output.write(_head(cycle, batch, debtor, lines, f"{total:.{minor_units}f}", created_at or timezone.now()).encode())
    with connection.cursor() as cursor:
        # The driver's own cursor: Django's does not hand COPY on.
        cursor.copy_expert(_transactions(cycle, batch, minor_units).as_string(cursor.connection), output)
        written = cursor.rowcount
    output.write(b"</PmtInf></CstmrCdtTrfInitn></Document>\n")
    return written, total


def _head(cycle: PaymentCycle, batch: int, debtor: Debtor, lines: int, total: str, created_at: dt.datetime) -> str:
    identification = f"CYCLE-{cycle.pk}-LIST-{batch}"
    due = max(cycle.pays_from or cycle.period, timezone.localdate(created_at))
    account_id = (
        f"<IBAN>{iban.compact(debtor.account)}</IBAN>"
        if iban.is_valid(debtor.account)
        else f"<Othr><Id>{escape(debtor.account)}</Id></Othr>"
    )
    name = escape(debtor.name)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}"><CstmrCdtTrfInitn><GrpHdr>'
        f"<MsgId>{identification}</MsgId><CreDtTm>{created_at.isoformat(timespec='seconds')}</CreDtTm>"
        f"<NbOfTxs>{lines}</NbOfTxs><CtrlSum>{total}</CtrlSum><InitgPty><Nm>{name}</Nm></InitgPty></GrpHdr><PmtInf>"
        f"<PmtInfId>{identification}</PmtInfId><PmtMtd>TRF</PmtMtd><NbOfTxs>{lines}</NbOfTxs>"
        f"<CtrlSum>{total}</CtrlSum><ReqdExctnDt><Dt>{due:%Y-%m-%d}</Dt></ReqdExctnDt>"
        f"<Dbtr><Nm>{name}</Nm><PstlAdr><Ctry>{escape(debtor.country)}</Ctry></PstlAdr></Dbtr>"
        f"<DbtrAcct><Id>{account_id}</Id><Ccy>{escape(cycle.currency)}</Ccy></DbtrAcct>"
        f"<DbtrAgt><FinInstnId><BICFI>{bic.compact(debtor.bic)}</BICFI></FinInstnId></DbtrAgt><ChrgBr>DEBT</ChrgBr>\n"
    )


def _transactions(cycle: PaymentCycle, batch: int, minor_units: int) -> Composable:
    calling_code = phonenumbers.country_code_for_region(cycle.agent.country)
    return SQL(_TRANSACTIONS).format(
        ref=SQL("payment.payment_ref"),
        amount_format=Literal("FM999999999999990" + ("." + "0" * minor_units if minor_units else "")),
        name=_plain("payee.full_name", _NAME_LENGTH),
        unit=_plain("area.name_ar", _PLACE_LENGTH),
        governorate=_plain("governorate.name_ar", _PLACE_LENGTH),
        country=Literal(cycle.agent.country),
        scheme=Literal(_NATIONAL_NUMBER),
        phone=SQL("coalesce(nullif(payee.phone_key, ''), household.phone_key)"),
        calling_code=Literal(f"+{calling_code}-"),
        purpose=Literal(_PURPOSE),
        remark=Literal(escape(f"{cycle.program.code} {cycle.period:%Y-%m}")),
        cycle=Literal(cycle.pk),
        batch=Literal(batch),
    )


def _plain(column: str, length: int) -> Composable:
    """Return an expression for the text of a column as an XML file can carry it."""
    text = SQL("left(btrim(translate({}, {}, '')), {})").format(SQL(column), Literal(_FORBIDDEN), Literal(length))
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = SQL("replace({}, {}, {})").format(text, Literal(sign), Literal(entity))
    return text

"""Messages to the households of a programme, written for all of them in one statement."""

import datetime as dt

import phonenumbers
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import format_lazy

from ministry import countries, formats
from ministry.models import NoticeTemplate
from ministry.notices.services import notify, render
from programs.admission.messages import HOW_TO_APPEAL, PLACE_OFFERED, WAITING
from programs.eligibility.letter import APPEAL_DAYS
from programs.messages import ADMITTED, STEP_TAKEN
from programs.models import AdmissionList, Application, CompliancePeriod, ComplianceStep, Enrolment, Program

# Who was admitted earlier than this is not told any more.
TELL_FOR = dt.timedelta(days=7)


@transaction.atomic
def write_admission_notices() -> int:
    """Write an SMS to every household admitted in the last days that was not told yet, and return how many.

    They are sent afterwards, by the clock. Repeating it writes nothing twice: the key names the enrolment. Households
    without a usable phone get none; they hear of it from the caseworker.
    """
    since = timezone.localdate() - TELL_FOR
    written = 0
    for program in Program.objects.filter(enrolments__enrolled_on__gte=since).distinct():
        language = settings.LANGUAGE_CODE
        channel = NoticeTemplate.Channel.SMS
        title, body = render(ADMITTED, channel=channel, context={"program": program.name_ar}, language=language)
        prefix = phonenumbers.country_code_for_region(countries.current().phone_region)
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO ministry_notice (key, template_code, channel, language, recipient, subject_type, subject_id,
                                             subject, body, url, status, attempts, error, created_at)
                SELECT 'enrolment:' || e.id || ':admitted', %s, %s, %s, %s || h.phone_key, %s, e.id,
                       %s, %s, '', 'queued', 0, '', now()
                FROM programs_enrolment e JOIN beneficiaries_household h ON h.id = e.household_id
                WHERE e.program_id = %s AND e.status = 'enrolled' AND e.enrolled_on >= %s AND h.phone_key <> ''
                ON CONFLICT (key) DO NOTHING
                """,
                [
                    ADMITTED,
                    channel,
                    language,
                    f"+{prefix}",
                    Enrolment._meta.label_lower,
                    title,
                    body,
                    program.pk,
                    since,
                ],
            )
            written += cursor.rowcount
    return written


@transaction.atomic
def write_step_notices(*, period_id: int) -> int:
    """Write an SMS to the household of every step that a closed period took, and return how many.

    Two children with the same kind of step bring one message. Repeating it writes nothing twice.
    """
    period = CompliancePeriod.objects.select_related("program").get(pk=period_id)
    language, channel = settings.LANGUAGE_CODE, NoticeTemplate.Channel.SMS
    prefix = phonenumbers.country_code_for_region(countries.current().phone_region)
    written = 0
    for kind, code in STEP_TAKEN.items():
        title, body = render(code, channel=channel, context={"program": period.program.name_ar}, language=language)
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO ministry_notice (key, template_code, channel, language, recipient, subject_type, subject_id,
                                             subject, body, url, status, attempts, error, created_at)
                SELECT 'conditions:' || s.period_id || ':' || e.id || ':' || s.kind, %s, %s, %s, %s || h.phone_key,
                       %s, min(s.id), %s, %s, '', 'queued', 0, '', now()
                FROM programs_compliancestep s
                JOIN programs_enrolment e ON e.id = s.enrolment_id
                JOIN beneficiaries_household h ON h.id = e.household_id
                WHERE s.period_id = %s AND s.kind = %s AND h.phone_key <> ''
                GROUP BY s.period_id, e.id, s.kind, h.phone_key
                ON CONFLICT (key) DO NOTHING
                """,
                [
                    code,
                    channel,
                    language,
                    f"+{prefix}",
                    ComplianceStep._meta.label_lower,
                    title,
                    body,
                    period.pk,
                    kind,
                ],
            )
            written += cursor.rowcount
    return written


def tell_household_about(step: ComplianceStep, *, code: str) -> None:
    """Write an SMS about what was decided on a step to the household's phone, once per step and message."""
    household = step.enrolment.household
    if not household.phone_key:
        return
    prefix = phonenumbers.country_code_for_region(countries.current().phone_region)
    notify(
        code,
        key=f"step:{step.pk}:{code}",
        channel=NoticeTemplate.Channel.SMS,
        recipient=f"+{prefix}{household.phone_key}",
        context={"program": step.enrolment.program.name_ar},
        subject=step,
    )


def tell_household_about_enrolment(enrolment: Enrolment, *, step: int) -> None:
    """Write an SMS to the household about a step of its enrolment: what, why, and how to appeal where it can.

    `step` numbers the deed, so that a second pause is told like the first. Without a usable phone the caseworker tells.
    """
    household, reason = enrolment.household, enrolment.reason
    if not household.phone_key or reason is None:
        return
    prefix = phonenumbers.country_code_for_region(countries.current().phone_region)
    notify(
        reason.notice_code,
        key=f"enrolment:{enrolment.pk}:{step}",
        channel=NoticeTemplate.Channel.SMS,
        recipient=f"+{prefix}{household.phone_key}",
        # The reason is named in the language of the message.
        context={
            "program": enrolment.program,
            "reason": reason,
            "appeal": format_lazy(HOW_TO_APPEAL, days=APPEAL_DAYS) if reason.allows_appeal else "",
        },
        subject=enrolment,
    )


def tell_applicant_of_place(application: Application, *, step: int) -> None:
    """Write an SMS to a household to which a free place is offered, with the day until which it can answer."""
    household = application.household
    if not household.phone_key or application.answer_by is None:
        return
    prefix = phonenumbers.country_code_for_region(countries.current().phone_region)
    notify(
        PLACE_OFFERED,
        key=f"application:{application.pk}:{step}",
        channel=NoticeTemplate.Channel.SMS,
        recipient=f"+{prefix}{household.phone_key}",
        context={"program": application.program, "day": formats.day(application.answer_by)},
        subject=application,
    )


def write_waiting_notices(drawn: AdmissionList) -> int:
    """Write an SMS to every household that a confirmed list put on the waiting list for the first time; how many.

    Its number in the line is told at the social unit: it changes with every list. Repeating it writes nothing twice.
    """
    language, channel = settings.LANGUAGE_CODE, NoticeTemplate.Channel.SMS
    title, body = render(WAITING, channel=channel, context={"program": drawn.program.name_ar}, language=language)
    prefix = phonenumbers.country_code_for_region(countries.current().phone_region)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO ministry_notice (key, template_code, channel, language, recipient, subject_type, subject_id,
                                         subject, body, url, status, attempts, error, created_at)
            SELECT 'application:' || a.id || ':waiting', %s, %s, %s, %s || h.phone_key, %s, a.id, %s, %s, '', 'queued',
                   0, '', now()
            FROM programs_application a JOIN beneficiaries_household h ON h.id = a.household_id
            WHERE a.list_id = %s AND a.status = 'waiting' AND h.phone_key <> ''
            ON CONFLICT (key) DO NOTHING
            """,
            [WAITING, channel, language, f"+{prefix}", Application._meta.label_lower, title, body, drawn.pk],
        )
        return cursor.rowcount

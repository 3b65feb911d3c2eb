"""What households are told about their enrolment, by SMS: what happened, why, and how to appeal where they can."""

from django.utils.translation import gettext_lazy as _

from ministry.models import NoticeTemplate
from ministry.notices.registry import Wording, register
from programs.admission import reasons

# Source: as for letters of decision, `programs.eligibility.letter.APPEAL_DAYS`.
HOW_TO_APPEAL = _("If you do not agree, appeal at your social unit within {days} days. It is free.")

_WORDINGS = {
    reasons.SUSPENDED: (
        "برنامج {program}: أُوقف صرف الدعم لأسرتك مؤقتًا. السبب: {reason}. {appeal}",
        "{program}: the support of your household is paused. Reason: {reason}. {appeal}",
    ),
    reasons.RESUMED: (
        "برنامج {program}: استؤنف صرف الدعم لأسرتك ابتداء من دورة الصرف القادمة. السبب: {reason}. {appeal}",
        "{program}: your household is paid again from the next payment on. Reason: {reason}. {appeal}",
    ),
    reasons.GRADUATED: (
        "برنامج {program}: تخرجت أسرتك من البرنامج، ونتمنى لكم دوام النجاح. السبب: {reason}. {appeal}",
        "{program}: your household has graduated from the programme. We wish you every success. Reason: {reason}. "
        "{appeal}",
    ),
    reasons.ENDED: (
        "برنامج {program}: انتهى التحاق أسرتك بالبرنامج. السبب: {reason}. {appeal}",
        "{program}: the enrolment of your household has ended. Reason: {reason}. {appeal}",
    ),
}
for _code, (_arabic, _english) in _WORDINGS.items():
    register(
        _code,
        blanks=("program", "reason", "appeal"),
        wordings={NoticeTemplate.Channel.SMS: Wording(body_ar=_arabic, body_en=_english)},
    )

WAITING, PLACE_OFFERED = "application_waiting", "application_place_offered"
register(
    WAITING,
    blanks=("program",),
    wordings={
        NoticeTemplate.Channel.SMS: Wording(
            body_ar="برنامج {program}: طلب أسرتك مقبول، ولا يوجد مكان متاح الآن، فأُدرجت في قائمة الانتظار. اسأل "
            "وحدتك الاجتماعية عن ترتيبك، والخدمة مجانية.",
            body_en="{program}: your household qualifies, but no place is free now. It is on the waiting list. Ask "
            "your social unit for your number in the line; it is free.",
        )
    },
)
register(
    PLACE_OFFERED,
    blanks=("program", "day"),
    wordings={
        NoticeTemplate.Channel.SMS: Wording(
            body_ar="برنامج {program}: أتيح مكان لأسرتك. راجع وحدتك الاجتماعية قبل {day} لتأكيد التحاقك، "
            "والخدمة مجانية.",
            body_en="{program}: a place is free for your household. Come to your social unit by {day} to take it up; "
            "it is free.",
        )
    },
)

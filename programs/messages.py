"""The programmes' own messages to households."""

from ministry.models import NoticeTemplate
from ministry.notices.registry import Wording, register

ADMITTED = "household_admitted"

register(
    ADMITTED,
    blanks=("program",),
    wordings={
        NoticeTemplate.Channel.SMS: Wording(
            body_ar="قُبلت أسرتك في برنامج {program}. نبلغك بموعد أول صرف ومكانه. الخدمة مجانية ولا يطلب أحد منك مالًا.",
            body_en="Your household was admitted to {program}. We will tell you when and where you are first paid. The "
            "service is free; nobody may ask you for money.",
        )
    },
)

# One message for each kind of step; a miss that costs money is told before the payment it reduces.
STEP_TAKEN = {
    "warning": "condition_warning",
    "reduction": "condition_reduction",
    "suspension": "condition_suspension",
    "exit_proposal": "condition_exit_proposed",
}
STEP_LIFTED = "condition_step_lifted"
APPEAL_LOST = "condition_appeal_lost"

_HOW_TO_ANSWER = (
    " إن كان هناك عذر أو خطأ فقدم عذرًا أو اعتراضًا في وحدتك الاجتماعية، والخدمة مجانية.",
    " If there is a reason or a mistake, bring an excuse or appeal at your social unit; it is free.",
)
_STEPS = {
    "warning": (
        "برنامج {program}: لم يُستوف شرط عن أحد أبنائك في الفترة الماضية. هذا إنذار ولا يُخصم منك شيء.",
        "{program}: a condition for one of your children was not met in the last period. This is a warning; nothing is "
        "withheld.",
    ),
    "reduction": (
        "برنامج {program}: لم يُستوف شرط عن أحد أبنائك مرة أخرى، وسيُخصم جزء من دفعتك القادمة.",
        "{program}: a condition for one of your children was not met again. Part of your next payment is withheld.",
    ),
    "suspension": (
        "برنامج {program}: تكرر عدم استيفاء شرط عن أحد أبنائك، ولن تُصرف دفعتك القادمة. ما زالت أسرتك في البرنامج.",
        "{program}: a condition for one of your children was missed repeatedly. Your next payment is not paid. Your "
        "household stays in the programme.",
    ),
    "exit_proposal": (
        "برنامج {program}: تكرر عدم استيفاء شرط عن أحد أبنائك، وسيراجع موظف بقاء أسرتك فيه. لا يتغير شيء قبل ذلك.",
        "{program}: a condition for one of your children was missed repeatedly. A member of staff reviews whether your "
        "household stays in the programme. Nothing changes before.",
    ),
}
for _kind, (_arabic, _english) in _STEPS.items():
    register(
        STEP_TAKEN[_kind],
        blanks=("program",),
        wordings={
            NoticeTemplate.Channel.SMS: Wording(
                body_ar=_arabic + _HOW_TO_ANSWER[0], body_en=_english + _HOW_TO_ANSWER[1]
            )
        },
    )
register(
    STEP_LIFTED,
    blanks=("program",),
    wordings={
        NoticeTemplate.Channel.SMS: Wording(
            body_ar="برنامج {program}: قُبل عذرك أو اعتراضك، وما خُصم بسببه يُصرف لك مع الدفعة القادمة.",
            body_en="{program}: your excuse or appeal was accepted. What was withheld comes with the next payment.",
        )
    },
)
register(
    APPEAL_LOST,
    blanks=("program",),
    wordings={
        NoticeTemplate.Channel.SMS: Wording(
            body_ar="برنامج {program}: رُفض اعتراضك بعد مراجعته. اسأل وحدتك الاجتماعية عن السبب، ويمكنك تقديم شكوى.",
            body_en="{program}: your appeal was refused after review. Ask your social unit for the reason; you can "
            "still complain.",
        )
    },
)

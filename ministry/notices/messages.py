"""The core's own messages."""

from ministry.models import NoticeTemplate
from ministry.notices.registry import Wording, register

Channel = NoticeTemplate.Channel

register(
    "job_succeeded",
    blanks=("work",),
    wordings={
        Channel.PORTAL: Wording(
            subject_ar="اكتمل العمل: {work}",
            subject_en="Finished: {work}",
            body_ar="اكتمل العمل الذي بدأته: {work}. افتحه لترى النتيجة.",
            body_en="The work you started has finished: {work}. Open it to see the result.",
        )
    },
)
register(
    "job_failed",
    blanks=("work", "reason"),
    wordings={
        Channel.PORTAL: Wording(
            subject_ar="توقف العمل: {work}",
            subject_en="Stopped with an error: {work}",
            body_ar="توقف العمل الذي بدأته ({work}) قبل أن يكتمل. السبب: {reason}",
            body_en="The work you started ({work}) stopped before it was finished. Reason: {reason}",
        )
    },
)

"""The registry's own messages to households and staff."""

from ministry.models import NoticeTemplate
from ministry.notices.registry import Wording, register

CHANGE_REFUSED = "change_refused"
CHANGE_DECIDED = "change_decided"

register(
    CHANGE_REFUSED,
    blanks=("change", "reason"),
    wordings={
        NoticeTemplate.Channel.SMS: Wording(
            body_ar="لم يُقبل طلب تعديل بيانات أسرتك ({change}). السبب: {reason}. يمكنك مراجعة الوحدة الاجتماعية "
            "ومعك ما يثبت التغيير. الخدمة مجانية.",
            body_en="The change to your household's file ({change}) was not accepted. Reason: {reason}. You can come "
            "to the social unit with proof of the change. The service is free.",
        )
    },
)
register(
    CHANGE_DECIDED,
    blanks=("change", "household", "status", "reason"),
    wordings={
        NoticeTemplate.Channel.PORTAL: Wording(
            subject_ar="طلب التغيير ({change}) للأسرة {household}: {status}",
            subject_en="Change request ({change}) for household {household}: {status}",
            body_ar="طلب التغيير الذي كتبته ({change}) للأسرة {household} أصبحت حالته: {status}. السبب: {reason}.",
            body_en="The change request you wrote ({change}) for household {household} is now: {status}. Reason: "
            "{reason}.",
        )
    },
)

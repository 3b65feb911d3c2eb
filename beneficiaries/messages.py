"""The registry's own messages to households and staff."""

from ministry.models import NoticeTemplate
from ministry.notices.registry import Wording, register

CHANGE_REFUSED = "change_refused"
CHANGE_DECIDED = "change_decided"
RECERTIFICATION_REMINDER = "recertification_reminder"
DUPLICATES_FOUND = "duplicates_found"

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
register(
    "registration_waits",
    blanks=("reference",),
    wordings={
        NoticeTemplate.Channel.PORTAL: Wording(
            subject_ar="تسجيل لم يكتمل: {reference}",
            subject_en="A registration is not finished: {reference}",
            body_ar="بدأت التسجيل {reference} ولم يُستكمل منذ أسبوع أو أكثر. أكمله وأرسله، أو ألغه مع ذكر السبب.",
            body_en="You began registration {reference} and nobody has gone on with it for a week or more. Finish and "
            "submit it, or discard it with the reason.",
        )
    },
)
register(
    "registration_sent_back",
    blanks=("reference",),
    wordings={
        NoticeTemplate.Channel.PORTAL: Wording(
            subject_ar="أُعيد إليك تسجيل: {reference}",
            subject_en="A registration was sent back to you: {reference}",
            body_ar="راجع المشرف التسجيل {reference} وطلب تصحيح بعض الأقسام. افتحه لترى الملاحظات بجانب كل قسم.",
            body_en="Registration {reference} was reviewed, and some sections are to be put right. Open it to see the "
            "notes beside each section.",
        )
    },
)
register(
    RECERTIFICATION_REMINDER,
    blanks=("day",),
    wordings={
        NoticeTemplate.Channel.SMS: Wording(
            body_ar="حان موعد تحديث بيانات أسرتك قبل {day}. سيزوركم الباحث الاجتماعي، ويمكنك مراجعة الوحدة الاجتماعية "
            "إن تغيّر شيء. الخدمة مجانية.",
            body_en="The data of your household are to be confirmed by {day}. A caseworker will visit you; come to the "
            "social unit if anything has changed. The service is free.",
        )
    },
)
register(
    DUPLICATES_FOUND,
    blanks=("count",),
    wordings={
        NoticeTemplate.Channel.PORTAL: Wording(
            subject_ar="أشخاص يُرجَّح أنهم مسجلون مرتين: {count}",
            subject_en="People very probably registered twice: {count}",
            body_ar="وجد البحث عن التكرار أشخاصًا في منطقتك يُرجَّح أنهم مسجلون مرتين (عدد الحالات: {count}). تُوقف دفعات "
            "الأسرة الأحدث التحاقًا إلى أن يُبت في كل حالة. افتح الحالة وقارن البطاقتين وقرر: شخص واحد أم شخصان.",
            body_en="The search for duplicates found people in your area who are very probably registered twice "
            "(cases: {count}). The payments of the household enrolled later are held until each case is decided. "
            "Open it, compare the two cards and decide: one person or two.",
        )
    },
)

"""What the portal says about cases: to officers in the portal, to complainants by SMS. Never what a case is about."""

from ministry.models import NoticeTemplate
from ministry.notices.registry import Wording, register

# ruff: noqa: E501
_Channel = NoticeTemplate.Channel

# code: (Arabic subject, English subject, Arabic text, English text), for the officer in charge.
_TO_OFFICERS = {
    "complaint_new": (
        "حالة جديدة لك: {code}",
        "A case for you: {code}",
        "أُسندت إليك الحالة {code}. افتحها وابدأ العمل عليها.",
        "The case {code} was given to you. Open it and take it on.",
    ),
    "complaint_half": (
        "مضى نصف مهلة الحالة {code}",
        "Half of the time is over: {code}",
        "مضى نصف المهلة المحددة للرد على الحالة {code}.",
        "Half of the time in which the case {code} is to be answered is over.",
    ),
    "complaint_most": (
        "أوشكت مهلة الحالة {code} على الانتهاء",
        "The time is nearly over: {code}",
        "مضت أربعة أخماس مهلة الرد على الحالة {code}.",
        "Four fifths of the time in which the case {code} is to be answered are over.",
    ),
    "complaint_overdue": (
        "انتهت مهلة الحالة {code}",
        "The time is over: {code}",
        "انتهت مهلة الرد على الحالة {code}، وتُرفع إلى المستوى الأعلى إن لم يُرَدَّ عليها.",
        "The case {code} should have been answered by now. Without an answer it passes to the level above.",
    ),
    "complaint_interim": (
        "الحالة {code} تنتظر ردًا مبدئيًا",
        "An interim reply is owed: {code}",
        "حان موعد الرد المبدئي على الحالة {code}: أخبر صاحبها بما تم وبموعد الرد النهائي.",
        "An interim reply in the case {code} is owed: say how it stands and when the answer will come.",
    ),
    "complaint_answered": (
        "رسالة جديدة في الحالة {code}",
        "A new message: {code}",
        "كتب صاحب الحالة {code} رسالة جديدة.",
        "There is a new message of the complainant in the case {code}.",
    ),
    "complaint_sent_back": (
        "أُعيدت إليك الحالة {code}",
        "Sent back to you: {code}",
        "لم يوافق الشخص الثاني على حفظ الحالة {code}. اقرأ ملاحظته وتابع العمل عليها.",
        "The second person did not agree to dismiss the case {code}. Read the note and go on with the case.",
    ),
    "complaint_withdrawn": (
        "سُحبت الحالة {code}",
        "Withdrawn: {code}",
        "سحب صاحب الحالة {code} ما تقدم به.",
        "The complainant has withdrawn the case {code}.",
    ),
}

# code: (blanks besides the code, Arabic text, English text), for whoever wrote to us.
_TO_PEOPLE = {
    "complaint_received": (
        ("day",),
        "وصلتنا رسالتك. رقم المتابعة {code}. نرد عليك حتى {day}. الخدمة مجانية. الخط الساخن {hotline}",
        "We have your message. Code {code}. You will have an answer by {day}. This is free. Hotline {hotline}",
    ),
    "complaint_message": (
        (),
        "لديك رسالة جديدة بشأن {code}. اقرأها في صفحة المتابعة بالرقم السري، أو اتصل على {hotline}",
        "There is a new message about {code}. Read it on the tracking page with your PIN, or call {hotline}",
    ),
    "complaint_paused": (
        (),
        "توقف احتساب مهلة {code} مؤقتًا. اقرأ السبب في صفحة المتابعة أو اتصل على {hotline}",
        "The time for {code} stands still for now. Read why on the tracking page, or call {hotline}",
    ),
    "complaint_transferred": (
        ("office",),
        "أُحيلت {code} إلى الجهة المختصة: {office}. لا يلزمك شيء، والمهلة مستمرة. {hotline}",
        "{code} was passed on to the office that deals with it: {office}. You need do nothing. {hotline}",
    ),
    "complaint_escalated": (
        (),
        "رُفعت {code} إلى مستوى أعلى لأن الرد تأخر أو لأهميتها. لا يلزمك شيء. {hotline}",
        "{code} was passed to a higher level, because the answer is late or it matters much. {hotline}",
    ),
    "complaint_remedy": (
        (),
        "تقرر تصحيح الوضع في {code}، ونغلقها عند تمام التنفيذ. التفاصيل في صفحة المتابعة. {hotline}",
        "It was decided to put {code} right; it is closed when that is done. See the tracking page. {hotline}",
    ),
    "complaint_closed": (
        (),
        "رددنا على {code}. اقرأ الرد وقيّم الخدمة أو اعترض في صفحة المتابعة. {hotline}",
        "{code} has been answered. Read the answer, rate it or object to it on the tracking page. {hotline}",
    ),
    "complaint_reopened": (
        (),
        "أُعيد فتح {code} ليراجعها شخص آخر. {hotline}",
        "{code} was opened again; another person looks at it. {hotline}",
    ),
    "complaint_ask_again": (
        (),
        "بعد شهر من إغلاق {code}: هل ما زال الأمر على ما يرام؟ أجب في صفحة المتابعة أو على {hotline}",
        "A month after {code} was closed: is it still put right? Tell us on the tracking page or call {hotline}",
    ),
    "complaint_received_sms": (
        ("day",),
        "وصلتنا رسالتك. رقم المتابعة {code}. نرد عليك حتى {day}. للموقف أرسل: حالة {code}. للرقم السري اتصل على {hotline}",
        "We have your message. Code {code}. Answer by {day}. To ask, text: status {code}. For a PIN call {hotline}",
    ),
    "complaint_sms_status": (
        ("status", "day"),
        "الحالة {code}: {status} ({day}). {hotline}",
        "Case {code}: {status} ({day}). {hotline}",
    ),
    "complaint_sms_unknown": (
        (),
        "لا توجد حالة بهذا الرقم أُرسلت من هاتفك. راجع الرقم، أو اتصل على {hotline}",
        "There is no case with this code from your number. Check the code, or call {hotline}",
    ),
    "complaint_sms_added": (
        (),
        "أضفنا رسالتك إلى الحالة {code}. {hotline}",
        "We added your message to the case {code}. {hotline}",
    ),
    "complaint_sms_help": (
        (),
        "اكتب لنا ما حدث ومكانه في رسالة واحدة ونرد عليك. لمعرفة الموقف أرسل: حالة ثم رقم المتابعة. الخط الساخن {hotline}",
        "Text us what happened and where, and we answer. To ask how it stands text: status and your code. Hotline {hotline}",
    ),
    "complaint_not_reached": (
        (),
        "طلبت أن نتصل بك ولم نتمكن من الوصول إليك. اتصل بنا مجانًا على {hotline} في أي وقت.",
        "You asked us to call and we could not reach you. Call {hotline}, free and at any time.",
    ),
    "complaint_new_pin": (
        ("word",),
        "لإنشاء رقم سري جديد لـ {code} أدخل الرمز {word} خلال نصف ساعة. لا تعطه لأحد.",
        "To make a new PIN for {code} enter {word} within half an hour. Give it to nobody.",
    ),
}

for _code, (_subject_ar, _subject_en, _body_ar, _body_en) in _TO_OFFICERS.items():
    register(
        _code,
        blanks=("code",),
        wordings={
            _Channel.PORTAL: Wording(subject_ar=_subject_ar, subject_en=_subject_en, body_ar=_body_ar, body_en=_body_en)
        },
    )
for _code, (_blanks, _body_ar, _body_en) in _TO_PEOPLE.items():
    register(
        _code,
        blanks=("code", "hotline", *_blanks),
        wordings={_Channel.SMS: Wording(body_ar=_body_ar, body_en=_body_en)},
    )

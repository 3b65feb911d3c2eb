"""Many voices for the demo ministry: an issue of many, two cases about one thing, published suggestions, calls."""

import datetime as dt
import uuid

from django.utils import timezone

from complaints.models import Call, CallTry, Category, Complaint
from complaints.services import actions, calls, issues, suggestions
from complaints.services.intake import Intake, Person, receive
from ministry.actor import acting
from ministry.certain import declared_as
from ministry.demo import Demo
from ministry.models import Area

_MACHINE = (
    "ماكينة الصرف في أبنوب معطلة من يوم الأحد، وأقرب ماكينة في المدينة على بعد ساعة بالمواصلات.",
    "ذهبت لأصرف من ماكينة البنك في أبنوب فوجدتها معطلة، ولا أعرف متى تعود للعمل.",
    "ماكينة البنك عندنا في أبنوب لا تعمل منذ أيام وكبار السن لا يستطيعون السفر إلى المدينة.",
    "الماكينة الوحيدة في أبنوب معطلة والزحام شديد على مكتب البريد من الفجر.",
)
_MEETING = (
    "وصلت رسالة الصرف ولم أجد المبلغ في مكتب البريد، وقالوا راجعوا الوحدة الاجتماعية.",
    "وصلت لأمي رسالة الصرف ولم نجد المبلغ في مكتب البريد، وقالوا لنا راجعوا الوحدة الاجتماعية.",
)
# By a word of the story: what the public reads of it, and of the answer.
_PUBLISHED = (
    (
        "لغة الإشارة",
        "أن يكون في كل وحدة اجتماعية موظف يعرف لغة الإشارة، يومًا واحدًا في الأسبوع على الأقل.",
        "Somebody who knows sign language at each social unit, at least one day a week.",
        "اعتُمد: تبدأ عشر وحدات الشهر القادم، ثم بقية الوحدات تباعًا.",
        "Adopted: ten units begin next month, the others follow.",
    ),
    (
        "مواعيد الصرف",
        "إرسال مواعيد الصرف قبلها بأسبوع، لمن يسافر من القرية إلى المركز.",
        "Say the days of payment a week ahead, for those who travel from their village.",
        "ندرس مع جهة الصرف إرسال الرسائل قبل الموعد بأسبوع.",
        "We are looking with the paying agent at sending the messages a week ahead.",
    ),
)
_ACTIONS = (
    (
        "agent",
        "جدول صيانة أسبوعي لماكينات الصرف مع البنك، وبديل في مكتب البريد",
        "Weekly upkeep of the machines, the post office instead",
        30,
    ),
    (
        "delay",
        "باحثان إضافيان في الوحدات التي تتجاوز فيها الزيارات شهرًا",
        "Two more caseworkers where visits take over a month",
        60,
    ),
    (
        "information",
        "ملصق في كل وحدة يشرح كيف يُحسب المبلغ",
        "A poster in each unit that explains how the amount is worked out",
        20,
    ),
)


def build(demo: Demo, now: dt.datetime) -> None:
    """Make them; `now` is the morning of the demo's day."""
    area = Area.objects.filter(code="EG-AST").first() or Area.objects.governorates()[0]
    machine = [_case(story, area, "card", now - dt.timedelta(days=3, hours=n), n) for n, story in enumerate(_MACHINE)]
    meeting = [
        _case(story, area, "payment", now - dt.timedelta(days=2, hours=n), n) for n, story in enumerate(_MEETING)
    ]
    officer = demo.person("complaints_officer")
    with acting(officer):
        issue = issues.open_issue(
            title="ماكينة البنك في أبنوب معطلة", complaint=machine[0], actor=officer, now=now - dt.timedelta(days=1)
        )
        for case in machine[1:]:
            issues.add_case(issue=issue, complaint=case, actor=officer, now=now - dt.timedelta(hours=20))
        issues.tell_all(
            issue=issue, actor=officer, now=now - dt.timedelta(hours=18), token=uuid.uuid5(machine[0].token, "told"),
            text="أخطرنا البنك، ويصل فني الصيانة خلال يومين. يمكنكم الصرف من مكتب بريد أبنوب حتى ذلك الحين.",
        )  # fmt: skip
        issues.merge_cases(cases=meeting, actor=officer, now=now - dt.timedelta(hours=10))
        for word, text_ar, text_en, answer_ar, answer_en in _PUBLISHED:
            idea = Complaint.objects.filter(kind="suggestion", status="closed", story__contains=word).first()
            if idea is not None:
                suggestions.publish(
                    complaint=idea, text_ar=text_ar, text_en=text_en, answer_ar=answer_ar, answer_en=answer_en,
                    nobody_is_known=True, actor=officer,
                )  # fmt: skip
        for cause, title_ar, title_en, days in _ACTIONS:
            actions.plan_action(
                cause=cause, title_ar=title_ar, title_en=title_en, owner=demo.person("supervisor"),
                due_on=timezone.localdate() + dt.timedelta(days=days), actor=officer,
            )  # fmt: skip
    tried = calls.ask_for_call(
        phone="+201001112233", name="نعمة عبد الجواد", wanted=Call.When.MORNING, now=now - dt.timedelta(days=2)
    )
    calls.ask_for_call(phone="+201002223344", name="أم هاشم صابر", now=now - dt.timedelta(hours=3))
    with acting(officer):
        calls.record_try(
            call=tried, outcome=CallTry.Outcome.NO_ANSWER, note="", actor=officer, now=now - dt.timedelta(days=1)
        )


def _case(story: str, area: Area, category: str, at: dt.datetime, number: int) -> Complaint:
    receipt = receive(
        Intake(
            token=uuid.uuid5(uuid.NAMESPACE_OID, f"demo:{story}"),
            kind="complaint",
            category=Category.objects.get(code=category),
            area=area,
            story=story,
            complainant=Person(
                name=f"{('سيدة', 'منى', 'عزت', 'وفاء')[number]} عبد التواب", phone=f"+20100555{number:04}"
            ),
        ),
        at=at,
    )
    return declared_as(Complaint, receipt.complaint)

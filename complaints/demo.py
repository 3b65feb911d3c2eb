"""Two years of complaints for the demo ministry: taken in, dealt with and answered by the people who would do it."""
# ruff: noqa: E501

import datetime as dt
import random
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from complaints import demo_voices
from complaints.models import Category, Channel, Complaint, Survey
from complaints.services import answers, care, casework, clock, tracking
from complaints.services.intake import Intake, Person, receive
from ministry.actor import acting
from ministry.demo import Demo, register_step
from ministry.models import Area, User
from programs.models import Payment, Program

CASES = 120
_DAYS = 700
_GOVERNORATES = ("EG-AST", "EG-AST", "EG-AST", "EG-C", "EG-GZ", "EG-MN", "EG-SHG", "EG-BH", "EG-ASN", "EG-ALX")

# category, kind, what was said, what was answered, outcome, remedy, cause.
_STORIES = (
    ("payment", "complaint", "وصلتني رسالة الصرف يوم الخميس، وذهبت إلى مكتب البريد ثلاث مرات وفي كل مرة يقولون إن المبلغ لم يصل بعد. لدي أربعة أبناء وإيجار البيت متأخر.", "راجعنا مكتب البريد وتبين تأخر تحويل الكشف. تم الصرف، ونعتذر عن التأخير.", "upheld", "service", "agent"),
    ("payment", "complaint", "كنت أستلم 450 جنيهًا وهذا الشهر استلمت 325 فقط دون أن يخبرني أحد بالسبب.", "نقص المبلغ لأن ابنك الأكبر أتم الثامنة عشرة. شرحنا طريقة الحساب كاملة في هذه الرسالة.", "dismissed", "explanation", "information"),
    ("refused", "appeal", "رُفض طلبنا لأن عندنا سيارة، والسيارة بيعت قبل سنتين ومعي عقد البيع.", "صححنا بيانات الأسرة بعد الاطلاع على عقد البيع، وتُعاد مراجعة الطلب.", "upheld", "correct_data", "wrong_data"),
    ("refused", "appeal", "أنا مطلقة وأعول ثلاث بنات، وقالوا إن الدخل أعلى من الحد. ليس لي دخل غير معاش والدي.", "أُعيد بحث الحالة ميدانيًا وتبين أن الدخل المسجل يخص الزوج السابق.", "partly", "explanation", "wrong_data"),
    ("data", "complaint", "اسم زوجي مكتوب خطأ في الملف، محمود بدل محمد، ومكتب البريد رفض يصرف لي.", "صُحح الاسم في الملف وأُخطر مكتب البريد.", "upheld", "service", "wrong_data"),
    ("data", "enquiry", "رُزقنا بطفل الشهر الماضي، ما الأوراق المطلوبة لإضافته؟", "تكفي شهادة الميلاد وبطاقة رب الأسرة لدى وحدتك الاجتماعية، والإضافة مجانية.", "answered", "explanation", "information"),
    ("registration", "complaint", "سجلت من خمسة أشهر ولم يزرنا أحد حتى الآن، وكلما سألت قالوا انتظر دورك.", "تمت الزيارة الميدانية، ونعتذر عن التأخر بسبب نقص الباحثين في الوحدة.", "upheld", "apology", "delay"),
    ("registration", "enquiry", "هل يجوز أن أسجل في وحدة غير التي أسكن فيها لأني أعمل بعيدًا؟", "التسجيل في وحدة محل السكن، ويمكن حجز موعد مسائي يوم الأربعاء.", "answered", "explanation", "information"),
    ("card", "complaint", "الماكينة سحبت البطاقة والبنك يقول راجعوا التضامن، والتضامن يقول راجعوا البنك.", "صدرت بطاقة بديلة ويمكن استلامها من مكتب الصرف نفسه.", "upheld", "service", "agent"),
    ("card", "complaint", "موظف الصرف يطلب عشرين جنيهًا من كل واحدة مقابل إنهاء الصرف بسرعة.", "أُحيل الموضوع إلى التحقيق لدى جهة الصرف، ونُبه على المنافذ بأن الخدمة مجانية.", "upheld", "procedure", "conduct"),
    ("conditions", "complaint", "خُصم جزء من الدعم لغياب ابنتي عن المدرسة وهي كانت في المستشفى ومعي تقرير.", "قُبل العذر الطبي ويُرد ما خُصم في الصرف القادم.", "upheld", "procedure", "rule"),
    ("staff", "complaint", "الموظفة في الشباك رفعت صوتها عليّ أمام الناس وأنا سيدة كبيرة في السن.", "استمعنا إلى الطرفين، ونعتذر لك. حضرت الموظفة تدريبًا على التعامل مع الجمهور.", "partly", "apology", "conduct"),
    ("staff", "praise", "الأستاذة هناء في وحدة أبنوب زارتنا رغم الحر وشرحت لنا كل شيء بصبر. جزاها الله خيرًا.", "شكرًا لك، أُبلغت الباحثة ورئيستها بكلامك.", "noted", "none", "no_fault"),
    ("disability", "complaint", "تقدمت لبطاقة الخدمات المتكاملة لابني من سنة والكشف الطبي لم يُحدد له موعد.", "حُدد موعد الكشف وأُرسل برسالة، وسبب التأخر تعطل نظام الحجز.", "upheld", "service", "system"),
    ("disability", "suggestion", "أقترح أن يكون في كل وحدة موظف يعرف لغة الإشارة يومًا واحدًا في الأسبوع على الأقل.", "اعتُمد المقترح في عشر وحدات بداية من الشهر القادم.", "adopted", "procedure", "no_fault"),
    ("ngo", "complaint", "الجمعية أخذت منا صور البطاقات وقالت ستوزع شنط رمضان ولم نر شيئًا.", "خاطبنا الجمعية وسُلمت المساعدات للأسر المسجلة بالكشف.", "upheld", "service", "outside"),
    ("other", "suggestion", "لماذا لا تُرسل مواعيد الصرف قبلها بأسبوع؟ نحن نسافر من القرية إلى المركز.", "ندرس إرسال الرسائل قبل الموعد بأسبوع مع جهة الصرف.", "studied", "none", "no_fault"),
    ("other", "wrongdoing", "رأيت مخزن المساعدات يُفتح ليلًا وتخرج منه كراتين في سيارة خاصة أكثر من مرة.", "أُجري جرد مفاجئ وتبين عجز، وأُحيل أمين المخزن إلى التحقيق.", "upheld", "procedure", "conduct"),
    ("payment", "complaint", "توفيت والدتي وكانت رب الأسرة، وتوقف الصرف ونحن أربعة إخوة صغار.", "نُقل الصرف إلى الوصي بعد تحديث الملف، ويصل المبلغ في الدورة القادمة.", "upheld", "service", "delay"),
    ("refused", "complaint", "جاري ظروفه أحسن منا ويصرف، ونحن مرفوضون. أريد أن أعرف كيف تُحسب الدرجات.", "أرفقنا شرحًا لكل شرط وكيف حُسبت درجة أسرتك، ولم نجد خطأ في الحساب.", "dismissed", "explanation", "no_fault"),
)  # fmt: skip
_NAMES = (
    "سعاد محمود عبد الله", "فاطمة حسن عبد الرحيم", "محمد السيد إبراهيم", "نعمة عبد الجواد", "أحمد رجب محمد",
    "زينب عبد العال", "كريمة فؤاد جرجس", "مينا سمير حبيب", "هدى عبد الستار", "عبد الحميد شعبان", "أم هاشم صابر",
    "صباح خلف الله", "رضا عبد المقصود", "نجاة بدوي", "جمال عبد اللطيف", "إيمان سعد الدين",
)  # fmt: skip


class _Past:
    """Moments of the past in office hours, always the same for a seed."""

    def __init__(self, demo: Demo, chance: random.Random) -> None:
        self.demo, self.chance = demo, chance
        self.zone = ZoneInfo(settings.TIME_ZONE)
        self.now = dt.datetime.combine(demo.on, dt.time(8), self.zone)

    def moment(self, days_ago: int) -> dt.datetime:
        day = self.demo.on - dt.timedelta(days=days_ago)
        return dt.datetime.combine(day, dt.time(self.chance.randrange(8, 21), self.chance.randrange(60)), self.zone)

    def later(self, moment: dt.datetime, days: int) -> dt.datetime:
        return min(moment + dt.timedelta(days=days, hours=self.chance.randrange(1, 5)), self.now)


@transaction.atomic
def _build(demo: Demo) -> str:
    chance = random.Random(f"complaints {demo.seed}")  # noqa: S311  (invented people, the same each time)
    past = _Past(demo, chance)
    categories = {one.code: one for one in Category.objects.all()}
    programs = list(Program.objects.filter(is_active=True).order_by("code"))
    areas = {area.code: area for area in Area.objects.governorates()}
    closed = 0
    # Those of the last two weeks are open, the others answered, all but some.
    ages = sorted((int(_DAYS * chance.random() ** 1.5) for _number in range(CASES - 14)), reverse=True)
    ages = [max(age, 12) for age in ages] + [chance.randrange(0, 12) for _number in range(14)]
    for number, age in enumerate(ages):
        story = _STORIES[number % len(_STORIES)]
        arrived = past.moment(age)
        receipt = receive(_intake(number, story, chance, categories, programs, areas), at=min(arrived, past.now))
        if not isinstance(receipt.complaint, Complaint):
            continue
        if age >= 12 and number % 17 != 3:
            closed += _answer(demo, past, receipt.complaint, number, story)
        elif number % 3 == 0:
            _work_on(demo, past, receipt.complaint)
    _contest_payments(demo, past)
    _hold_one(chance, categories, areas, past)
    demo_voices.build(demo, past.now)
    for _tick in range(3):
        clock.tick(past.now)
    care.ask_again(past.now)
    return f"{Complaint.objects.count()} cases, {closed} of them answered"


def _intake(
    number: int,
    story: tuple[str, ...],
    chance: random.Random,
    categories: dict[str, Any],
    programs: list[Program],
    areas: dict[str, Area],
) -> Intake:
    category = categories[story[0]]
    place = areas.get(_GOVERNORATES[number % len(_GOVERNORATES)]) or next(iter(areas.values()))
    privacy = "anonymous" if story[1] == "wrongdoing" else "confidential" if number % 11 == 0 else "named"
    channel = (Channel.WEB, Channel.WEB, Channel.HOTLINE, Channel.COUNTER, Channel.WEB, Channel.SMS)[number % 6]
    return Intake(
        token=uuid.UUID(int=chance.getrandbits(128), version=4),
        kind=story[1],
        category=category,
        program=programs[number % len(programs)] if category.asks_program and programs else None,
        area=place,
        story=story[2],
        privacy=privacy,
        channel=channel,
        complainant=Person(
            name=_NAMES[number % len(_NAMES)],
            phone=f"+2010{chance.randrange(10**8):08}",
            sex="M" if number % 3 else "F",
        ),
    )


def _officer(demo: Demo, complaint: Complaint) -> User:
    return complaint.officer or demo.person("complaints_officer")


def _answer(demo: Demo, past: _Past, complaint: Complaint, number: int, story: tuple[str, ...]) -> bool:
    """Answer a case after some days; dismissals where a second person is there to agree."""
    _category, _kind, _said, reasons, outcome, remedy, cause = story
    officer = _officer(demo, complaint)
    days = past.chance.choice((2, 4, 6, 8, 9, 11, 13, 16, 24))
    with acting(officer):
        complaint = casework.assign_case(
            complaint=complaint, officer=officer, actor=officer, now=past.later(complaint.received_at, 0)
        )
        if number % 4 == 0:
            when = past.later(complaint.received_at, days // 2)
            token = uuid.uuid5(complaint.token, "interim")
            casework.write_message(
                complaint=complaint, verb="interim", token=token, actor=officer, now=when,
                text="وصلتنا رسالتك ونراجع الموضوع مع الجهة المختصة، ونرد عليك خلال أيام.",
            )  # fmt: skip
        second = demo.person("complaints_officer")
        if outcome == "dismissed" and officer.pk == second.pk:
            outcome, remedy, cause = "partly", "explanation", "information"
        if remedy == "correct_data":
            remedy = "service"
        closes = past.later(complaint.received_at, days)
        complaint = answers.resolve_case(
            complaint=complaint, outcome=outcome, remedy=remedy, cause=cause, reasons=reasons, actor=officer, now=closes
        )
    if complaint.status == Complaint.Status.DISMISSAL:
        with acting(second):
            complaint = answers.confirm_dismissal(complaint=complaint, actor=second, now=closes)
    if number % 2 == 0:
        score = (5, 4, 4, 3, 5, 4, 2, 5)[number // 2 % 8]
        tracking.rate(
            complaint=complaint, moment=Survey.Moment.CLOSING, score=score, still_fixed=None,
            comment="" if score > 2 else "الرد لم يحل المشكلة", now=past.later(closes, 1),
        )  # fmt: skip
    if number % 23 == 9:
        answers.appeal_case(
            complaint=complaint, reason="لم يتغير شيء على أرض الواقع، وأرجو أن ينظر في الموضوع شخص آخر.", now=closes
        )
    return True


def _work_on(demo: Demo, past: _Past, complaint: Complaint) -> None:
    officer = _officer(demo, complaint)
    with acting(officer):
        complaint = casework.assign_case(complaint=complaint, officer=officer, actor=officer, now=past.now)
        if complaint.pk % 2:
            casework.pause_case(
                complaint=complaint, reason="complainant", note="نرجو إرسال صورة رسالة الصرف.", actor=officer,
                now=past.now,
            )  # fmt: skip


def _contest_payments(demo: Demo, past: _Past) -> None:
    """Have cases of Asyut contest real payments: one open, one whose remedy is still to be done."""
    cases = Complaint.objects.filter(
        area__code="EG-AST", round=1, status__in=["received", "in_progress"], category__code="payment"
    )
    paid = Payment.objects.filter(
        entitlement__area__path__startswith="EG/EG-AST/", cycle__status="closed", status="paid"
    ).select_related("entitlement__household", "cycle__program")
    officer = demo.person("supervisor")
    for complaint, payment in zip(cases.order_by("-pk")[:2], paid.order_by("pk")[:2], strict=False):
        with acting(officer):
            complaint = casework.assign_case(complaint=complaint, officer=officer, actor=officer, now=past.now)
            complaint = casework.link_case(
                complaint=complaint,
                household=payment.entitlement.household,
                program=None,
                payment=payment,
                actor=officer,
            )
    if complaint_to_promise := cases.filter(payment__isnull=False, officer=officer).order_by("pk").first():
        with acting(officer):
            answers.resolve_case(
                complaint=complaint_to_promise, outcome="upheld", remedy="pay_back", cause="agent", actor=officer,
                reasons="تبين أن المبلغ لم يُسلَّم لصاحبته. يُعاد الصرف في أول كشف.", now=past.now,
                instruction="إعادة إصدار الدفعة بعد مراجعة إفادة البريد",
            )  # fmt: skip


def _hold_one(chance: random.Random, categories: dict[str, Category], areas: dict[str, Area], past: _Past) -> None:
    receive(
        Intake(
            token=uuid.UUID(int=chance.getrandbits(128), version=4),
            kind="enquiry",
            category=categories["other"],
            area=areas.get("EG-C") or next(iter(areas.values())),
            story="عرض خاص! قروض فورية http://a.example http://b.example http://c.example",
            privacy="anonymous",
            seconds=2,
            trap="http://a.example",
        ),
        at=past.now,
    )


register_step("complaints", _build, is_done=lambda _demo: Complaint.objects.exists(), order=400)

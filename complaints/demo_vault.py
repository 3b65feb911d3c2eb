"""A few confidential cases for the demo ministry, in every state; all invented."""
# ruff: noqa: E501

import datetime as dt
import random
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from complaints.models import Category, Channel, SupportService, VaultCase
from complaints.services.intake import Intake, Person, receive
from complaints.services.vault import casework, holder, referrals
from complaints.vault import KEEPER, opened
from ministry.actor import acting
from ministry.demo import Demo, register_step
from ministry.models import Area

# category, governorate, days ago, channel, story, name (none: anonymous), what is safe.
_CASES = (
    ("violence", "EG-AST", 64, Channel.WEB, "يضربني زوجي أمام الأولاد كلما طلبت مصروف البيت، وآخر مرة كُسرت يدي.", "هناء م.", "رسالة من أختي فقط، لا تتصلوا بعد المغرب."),
    ("child_protection", "EG-GZ", 21, Channel.HOTLINE, "طفل في العاشرة يعمل في ورشة حدادة طوال اليوم وعلى جسمه آثار حروق.", "جارة الأسرة", "أي وقت صباحًا."),
    ("violence", "EG-MN", 9, Channel.WEB, "يهددني طليقي بأخذ البنات ويقف تحت البيت كل ليلة.", "منى س.", "على رقم والدتي بين العاشرة والثانية عشرة."),
    ("staff_corruption", "EG-AST", 12, Channel.WEB, "موظف في المديرية يطلب ألف جنيه عن كل طلب معاش حتى لا يرفضه، وعندي تسجيل صوتي.", "", ""),
    ("abuse", "EG-C", 5, Channel.COUNTER, "مشرف في جهة توزيع المساعدات يساوم السيدات على رقم الهاتف والخروج معه.", "صباح ع.", "لا تتصلوا، سأعود إليكم بالرقم السري."),
    ("abuse", "EG-ALX", 2, Channel.WEB, "", "", ""),
    ("violence", "EG-SHG", 30, Channel.WEB, "حدث خلاف وانتهى، أرجو عدم اتخاذ أي إجراء.", "نجلاء", ""),
)  # fmt: skip


@transaction.atomic
def _build(demo: Demo) -> str:
    chance = random.Random(f"vault {demo.seed}")  # noqa: S311  (invented people, the same each time)
    zone = ZoneInfo(settings.TIME_ZONE)
    areas = {area.code: area for area in Area.objects.governorates()}
    categories = {one.code: one for one in Category.objects.filter(is_sensitive=True)}
    cases = []
    for category, place, days, channel, story, name, safe in _CASES:
        day = demo.on - dt.timedelta(days=days)
        intake = Intake(
            token=uuid.UUID(int=chance.getrandbits(128), version=4),
            kind="wrongdoing" if category == "staff_corruption" else "complaint",
            category=categories[category],
            area=areas.get(place) or next(iter(areas.values())),
            story=story,
            privacy="confidential" if name else "anonymous",
            channel=channel,
            complainant=Person(name=name, phone=f"+2010{chance.randrange(10**8):08}") if name else None,
            safe_contact=safe,
        )
        receipt = receive(intake, at=dt.datetime.combine(day, dt.time(10), zone))
        cases.append(receipt.complaint)
    moments = [dt.datetime.combine(demo.on - dt.timedelta(days=one[2]), dt.time(13), zone) for one in _CASES]
    _work(demo, cases, moments)
    return "laid out in the vault"


def _work(demo: Demo, cases: list[Any], moments: list[dt.datetime]) -> None:
    me, other = demo.person("vault_officer"), demo.person("vault_reviewer")
    services = {one.code: one for one in SupportService.objects.all()}
    with acting(me):
        for number in (0, 1, 2, 3, 4):
            casework.assign(case=cases[number], officer=me, actor=me, now=moments[number])
        _help_to_the_end(cases[0], moments[0], me, other, services)
        casework.assess(
            case=cases[1], risk=VaultCase.Risk.DANGER, actor=me, now=moments[1],
            plan="أُبلغ خط نجدة الطفل، وتتابع الجارة الحالة يوميًا في موعد الانصراف من الورشة.",
        )  # fmt: skip
        told = referrals.ask(
            case=cases[1], service=services["child-helpline"], shares=["story"], actor=me, now=moments[1],
            purpose="زيارة عاجلة للورشة وحماية الطفل، دون ذكر اسم المبلِّغة.",
        )  # fmt: skip
        referrals.answer(referral=told, agrees=True, actor=me, now=moments[1])
        referrals.send(referral=told, actor=me, now=moments[1])
        casework.assess(
            case=cases[2], risk=VaultCase.Risk.HIGH, actor=me, now=moments[2],
            plan="تبيت هي والبنات عند والدتها، وحقيبة الأوراق عند الجارة، ورقم النجدة محفوظ باسم آخر.",
        )  # fmt: skip
        _say(
            cases[2], "وصلتنا رسالتك ونحن معك. هل توافقين على أن نعرض حالتك على مكتب استشارات قانونية؟", me, moments[2]
        )
        referrals.ask(
            case=cases[2], service=services["women-complaints"], shares=["name", "story"], actor=me, now=moments[2],
            purpose="استشارة قانونية مجانية بشأن التهديد وحضانة البنات.",
        )  # fmt: skip
        casework.name_accused(case=cases[3], name="موظف بقسم المعاشات", staff=None, actor=me, now=moments[3])
        casework.assess(case=cases[3], risk=VaultCase.Risk.LOW, plan="", actor=me, now=moments[3])
        casework.assess(case=cases[4], risk=VaultCase.Risk.MEDIUM, plan="", actor=me, now=moments[4])
        casework.propose_closing(
            case=cases[4], outcome=VaultCase.Outcome.INVESTIGATED, actor=me, now=moments[4],
            reasons="أُحيلت الواقعة إلى وحدة النزاهة بموافقة مقدمتها شفاهة، وأُوقف المشرف عن العمل.",
        )  # fmt: skip
    holder.withdraw(case=cases[6], now=moments[6])


def _say(case: VaultCase, text: str, me: Any, now: dt.datetime) -> None:
    casework.write(case=case, verb="reply", text=text, token=uuid.uuid5(case.ref, text), actor=me, now=now)


def _help_to_the_end(case: VaultCase, now: dt.datetime, me: Any, other: Any, services: dict[str, Any]) -> None:
    casework.assess(
        case=case, risk=VaultCase.Risk.HIGH, actor=me, now=now,
        plan="عند الخطر تنتقل مع الأولاد إلى بيت أختها، والأوراق في حقيبة عندها.",
    )  # fmt: skip
    _say(case, "نصدقك ولست وحدك. يمكننا ترتيب مكان آمن لك ولأولادك، والقرار لك.", me, now)
    referral = referrals.ask(
        case=case, service=services["hosting-centres"], shares=["name", "phone"], actor=me, now=now,
        purpose="استضافة آمنة لك ولأولادك لمدة شهر مع دعم نفسي.",
    )  # fmt: skip
    referrals.answer(referral=referral, agrees=True, actor=None, now=now + dt.timedelta(hours=2))
    referrals.send(referral=referral, actor=me, now=now + dt.timedelta(hours=3))
    later = now + dt.timedelta(days=35)
    referrals.report(referral=referral, result="أقامت شهرًا وعادت إلى بيت أهلها مع حكم نفقة.", actor=me, now=later)
    casework.assess(case=case, risk=VaultCase.Risk.LOW, plan="تقيم عند أهلها، ورقم الخط معها.", actor=me, now=later)
    casework.propose_closing(
        case=case,
        outcome=VaultCase.Outcome.SAFE,
        reasons="هي والأولاد في أمان، وانتهت الاستضافة بطلبها.",
        actor=me,
        now=later,
    )
    with acting(other):
        casework.confirm_closing(
            case=case, answer="نتمنى لك السلامة. يمكنك الكتابة إلينا من جديد في أي وقت.", actor=other, now=later
        )


def _is_done(_demo: Demo) -> bool:
    with opened(KEEPER):
        return VaultCase.objects.exists()


register_step("confidential cases", _build, is_done=_is_done, order=410)

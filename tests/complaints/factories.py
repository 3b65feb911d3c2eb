"""Cases for tests: taken in and dealt with through the services, all invented."""

import datetime as dt
import itertools
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from django.utils import timezone

from complaints.models import Category, Complaint, Route, Term
from complaints.services import actions, answers, calls, casework, issues, suggestions
from complaints.services.intake import Intake, Person, Receipt, receive
from complaints.views.issues import VERBS as ISSUE_VERBS
from complaints.views.verbs import VERBS
from ministry import partners
from ministry.countries import PACKS
from ministry.models import Area, Calendar, Holiday, Partner, User
from tests.ministry.factories import AreaFactory, UserFactory, country
from tests.programs.payment_factories import household

CAIRO = ZoneInfo("Africa/Cairo")
HANDLE = (
    "complaints.view_complaint",
    "complaints.add_complaint",
    "complaints.handle_complaint",
    "complaints.confirm_dismissal",
    "complaints.review_held",
)
STORY = "لم أستلم مبلغ هذا الشهر رغم وصول رسالة الصرف إلى هاتفي."
_numbers = itertools.count(1)


def at(day: int, hour: int = 10, minute: int = 0, *, month: int = 10) -> dt.datetime:
    """Return a moment of autumn 2026 in Cairo; 4 October is a Sunday, the first day of the week."""
    return dt.datetime(2026, month, day, hour, minute, tzinfo=CAIRO)


def calendar() -> Calendar:
    """Return Egypt's calendar with one holiday: Thursday 8 October 2026."""
    pack = PACKS["EG"]
    found, is_new = Calendar.objects.get_or_create(
        code="eg",
        defaults={
            "country": "EG",
            "name_ar": "التقويم",
            "weekend": list(pack.weekend),
            "opens_at": pack.opens_at,
            "closes_at": pack.closes_at,
            "time_zone": pack.time_zone,
        },
    )
    if is_new:
        Holiday.objects.create(calendar=found, on=dt.date(2026, 10, 8), name_ar="عطلة", name_en="Holiday")
    return found


def term(kind: str = "complaint", **values: Any) -> Term:
    given = {"days": 10, "interim_days": 5, "step_days": 5, "appeal_days": 10} | values
    return Term.objects.get_or_create(kind=kind, starts_on=dt.date(2020, 1, 1), defaults=given)[0]


def category(code: str = "payment", **values: Any) -> Category:
    return Category.objects.get_or_create(code=code, defaults={"name_ar": "الصرف", "name_en": "Payment"} | values)[0]


def governorate() -> Area:
    return AreaFactory(code="EG-GRM")


def unit(parent: Area | None = None) -> Area:
    number = next(_numbers)
    parent = parent or governorate()
    return Area.objects.create(
        code=f"{parent.code}-{number:03}", level=Area.Level.UNIT, parent=parent, name_ar=f"وحدة {number}"
    )


def officer(area: Area | None = None, *more: str) -> User:
    """Return somebody who deals with complaints there (default: everywhere)."""
    return staff(*HANDLE, *more, area=area)


def staff(*permissions: str, area: Area | None = None) -> User:
    """Return somebody with these rights since 2020, before all that tests freeze."""
    user = UserFactory(permissions=permissions, permissions__area=area or country())
    user.assignments.update(starts_on=dt.date(2020, 1, 1))
    return User.objects.get(pk=user.pk)


def intake(**values: Any) -> Intake:
    calendar()
    kind = values.get("kind", "complaint")
    term(kind)
    given: dict[str, Any] = {
        "token": uuid.uuid4(),
        "kind": kind,
        "category": category(),
        "area": values.pop("area", None) or governorate(),
        "story": STORY,
        "complainant": Person(name="سعاد محمود", phone="+201001234567"),
    }
    return Intake(**(given | values))


def received(when: dt.datetime | None = None, **values: Any) -> Receipt:
    return receive(intake(**values), at=when or at(4))


def case(when: dt.datetime | None = None, **values: Any) -> Complaint:
    return received(when, **values).complaint


def a_world_of_complaints(area: Area) -> dict[str, dict[str, Any]]:
    """Make cases in every state there, and return what the arguments of their addresses lead to."""
    first, second = officer(area, "beneficiaries.view_household"), officer(area)
    pdf = ContentFile(b"%PDF-1.4\n%%EOF\n", name="a.pdf")
    fresh, held = case(area=area, files=[pdf]), case(area=area, trap="x")
    promised, proposed = taken(case(area=area), first), taken(case(area=area), first)
    promised = casework.link_case(
        complaint=promised, actor=first, household=household(area=area), program=None, payment=None
    )
    promised = answered(promised, first, remedy="reverify")
    answered(proposed, first, outcome="dismissed", remedy="none")
    closed = answered(taken(case(area=area), second), second)
    Route.objects.get_or_create(category=category("walked"), defaults={"office": area})
    idea = case(area=area, kind="suggestion")
    answered(taken(idea, second), second, outcome="adopted", remedy="procedure")
    words = {"text_ar": "مقترح", "answer_ar": "اعتُمد", "nobody_is_known": True}
    published = suggestions.publish(complaint=idea, actor=second, **words)
    together = case(area=area)
    issue = issues.open_issue(title="ماكينة الصرف معطلة", complaint=together, actor=second)
    call = calls.ask_for_call(phone="+201001234567", name="سعاد")
    partner_token("walked")
    planner = staff("complaints.plan_correction")
    action = actions.plan_action(
        cause="delay", title_ar="موظف إضافي", owner=planner, due_on=timezone.localdate(), actor=planner
    )
    leads_to = {
        "publish": idea,
        "leave": together,
        "confirm_dismissal": proposed,
        "send_back": proposed,
        "reopen": closed,
        "review": closed,
    }
    return {
        "complaints:intake_step": {"step": "story"},
        "complaints:draft_file_remove": {"pk": 1},
        "complaints:case_verb": {"verb": "message"},
        "complaints:held_detail": {"code": held.code},
        "complaints:held_admit": {"code": held.code},
        "complaints:issue": {"pk": issue.pk},
        **{f"complaints:issue_verb[{verb}]": {"pk": issue.pk, "verb": verb} for verb in ISSUE_VERBS},
        "complaints:letter": {"code": closed.code},
        "complaints:suggestion_hide": {"pk": published.pk},
        "complaints:call": {"pk": call.pk},
        "complaints:action": {"pk": action.pk},
        "complaints_api:complaint": {"code": fresh.code},
        "complaints:task": {"pk": promised.tasks.get().pk},
        "complaints:detail": {"code": fresh.code},
        "document_download[complaint]": {"pk": fresh.attachments.get().document_id},
        **{f"complaints:verb[{verb}]": {"code": leads_to.get(verb, fresh).code, "verb": verb} for verb in VERBS},
    }


def partner_token(code: str = "helpline", *scopes: str) -> str:
    """Return an access token of a partner system with these scopes (default: all of complaints)."""
    partner = Partner.objects.get_or_create(code=code, defaults={"name_ar": "خط المساعدة", "name_en": "Helpline"})[0]
    for_scopes = scopes or ("complaints.create", "complaints.read")
    return partners.issue_token(partner=partner, for_scopes=for_scopes, lasts=dt.timedelta(days=1), actor=None)[1]


def taken(complaint: Complaint, by: User) -> Complaint:
    return casework.assign_case(complaint=complaint, officer=by, actor=by)


def answered(complaint: Complaint, by: User, **values: Any) -> Complaint:
    given = {"outcome": "upheld", "remedy": "apology", "cause": "delay", "reasons": "نعتذر، تم الصرف."}
    return answers.resolve_case(complaint=complaint, actor=by, **(given | values))

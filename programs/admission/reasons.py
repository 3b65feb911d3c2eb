"""The reasons about enrolments as shipped: illustrative until the ministry names its own articles."""

from dataclasses import asdict, dataclass

from ministry import reference
from programs.models import EnrolmentReason

SUSPENDED, RESUMED, GRADUATED, ENDED = (
    "enrolment_paused",
    "enrolment_resumed",
    "enrolment_graduated",
    "enrolment_ended",
)
# What the portal's own steps rest on.
NOT_ELIGIBLE, CONDITIONS, REGISTERED_TWICE = "no-longer-eligible", "conditions-missed", "registered-twice"
OTHER = {"suspend": "other-pause", "resume": "other-resume", "graduate": "other-graduation", "exit": "other-end"}

_ACT = "قانون الضمان الاجتماعي رقم 12 لسنة 2025 (للعرض) · Social Security Act no. 12 of 2025 (for demonstration)"


@dataclass(frozen=True)
class _Reason:
    code: str
    verb: str
    name_ar: str
    name_en: str
    notice_code: str
    allows_appeal: bool = True
    returns_after_months: int | None = None
    needs_words: bool = False


_REASONS = (
    _Reason("inquiry", "suspend", "بحث اجتماعي جارٍ في بيانات الأسرة", "Inquiry into the household's data", SUSPENDED),
    _Reason("recertification-missed", "suspend", "لم تُجرَ إعادة التحقق في موعدها", "Not recertified in time", SUSPENDED),
    _Reason("not-found", "suspend", "لم تُوجد الأسرة في عنوانها", "Household not found at its address", SUSPENDED),
    _Reason("absent", "suspend", "غياب الأسرة عن محل إقامتها", "Household is away from its home", SUSPENDED),
    _Reason(OTHER["suspend"], "suspend", "سبب آخر للإيقاف", "Another reason to pause", SUSPENDED, needs_words=True),
    _Reason("cleared", "resume", "انتهى البحث ولم يوجد مانع", "Inquiry ended, nothing stands against", RESUMED, False),
    _Reason("recertified", "resume", "تمت إعادة التحقق", "Recertified", RESUMED, False),
    _Reason("returned", "resume", "عادت الأسرة إلى محل إقامتها", "Household is back at its home", RESUMED, False),
    _Reason("appeal-won", "resume", "قُبل اعتراض الأسرة", "Appeal accepted", RESUMED, False),
    _Reason(OTHER["resume"], "resume", "سبب آخر للاستئناف", "Another reason to resume", RESUMED, False, None, True),
    _Reason("income-grown", "graduate", "تحسن دخل الأسرة واستغنت عن الدعم", "Income has grown enough", GRADUATED),
    _Reason("own-project", "graduate", "مشروع للأسرة يكفيها", "Lives from a project of its own", GRADUATED),
    _Reason("children-grown", "graduate", "كبر الأبناء وأتموا تعليمهم", "Children have grown up", GRADUATED),
    _Reason(OTHER["graduate"], "graduate", "سبب آخر للتخرج", "Another way to graduate", GRADUATED, needs_words=True),
    _Reason(NOT_ELIGIBLE, "exit", "لم تعد الأسرة مستوفية للشروط", "No longer meets the conditions", ENDED),
    _Reason(CONDITIONS, "exit", "تكرار عدم استيفاء الشروط", "Conditions missed repeatedly", ENDED, True, 6),
    _Reason("wrong-data", "exit", "بيانات غير صحيحة قُدمت عمدًا", "False data given on purpose", ENDED, True, 12),
    _Reason("moved-abroad", "exit", "انتقلت الأسرة خارج البلاد", "Household moved abroad", ENDED),
    _Reason("own-wish", "exit", "بناء على طلب الأسرة", "At the household's own wish", ENDED, False),
    _Reason(REGISTERED_TWICE, "exit", "الأسرة مسجلة مرتين", "Household registered twice", ENDED),
    _Reason(OTHER["exit"], "exit", "سبب آخر للخروج", "Another reason to end", ENDED, needs_words=True),
)
_BY_CODE = {reason.code: reason for reason in _REASONS}


def load() -> int:
    """Create the shipped reasons that are missing and return how many; those changed in the admin stay."""
    return sum(EnrolmentReason.objects.get_or_create(code=code, defaults=_values(code))[1] for code in _BY_CODE)


def shipped(code: str) -> EnrolmentReason:
    """Return a reason the portal itself cites, added to the table where it is missing."""
    return EnrolmentReason.objects.get_or_create(code=code, defaults=_values(code))[0]


def _values(code: str) -> dict[str, object]:
    return {key: value for key, value in asdict(_BY_CODE[code]).items() if key != "code"} | {"legal_source": _ACT}


reference.register(load, name="reasons about enrolments", order=190)

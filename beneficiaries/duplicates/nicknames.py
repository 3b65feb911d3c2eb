"""Names by which people are called instead of their own. Egyptian and Levantine usage; keys of `ministry.text`."""

from ministry.text import name_key

# Called: the names it may stand for.
_CALLED = """
    حمادة: محمد أحمد
    حمودة: محمد أحمد محمود
    حمدي: محمد أحمد
    حمدان: أحمد محمد
    ميدو: أحمد محمد
    ميمو: محمد
    أبو حميد: أحمد
    درش: مصطفى
    صطوف: مصطفى
    سطوحي: مصطفى
    خليل: إبراهيم
    هيما: إبراهيم
    برهومة: إبراهيم
    أبو خليل: إبراهيم
    جو: يوسف
    يوسي: يوسف
    سوسو: سعاد سوسن
    أبو علي: حسن علي
    علوة: علي
    لولو: علي ليلى
    سحس: حسن
    سونة: حسن
    أبو سونة: حسن
    حسونة: حسن
    حس: حسين
    حوسة: حسين
    كيمو: كريم عبد الكريم
    عبده: عبد الله عبد الرحمن
    عبود: عبد الله عبد الرحمن
    بودي: عبد الله عبد الرحمن
    رحومة: عبد الرحمن
    عزوز: عبد العزيز
    زيزو: عبد العزيز عزيز زياد
    حليم: عبد الحليم
    ميدة: عبد الحميد حميدة
    سمسم: إسماعيل سمير سماح
    سماعين: إسماعيل
    أبو السباع: إسماعيل
    عموري: عمر عمرو
    مورة: عمر عمرو
    حكيم: عبد الحكيم
    شيكو: شريف
    طاطا: طارق
    لودي: خالد وليد
    أبو الوليد: خالد
    دودو: داليا دينا محمود
    حودة: محمود
    حنفي: محمود
    بطة: فاطمة
    فطوم: فاطمة
    فاطيما: فاطمة
    طمطم: فاطمة
    توتة: فاطمة
    بطوط: فاطمة
    زوبة: زينب
    زنوبة: زينب
    زيزي: زينب عزيزة زينات
    زنزون: زينب
    نوسة: إيناس نسمة سناء
    نانا: نعمة نادية نهى
    نونو: نورهان نورا نعمة
    نوارة: نور نورا
    نور: نورهان نورا
    نور الهدى: نور هدى
    هدهد: هدى
    منمن: منى
    مونة: منى
    منون: منى منة
    ميمي: مريم أميمة منى
    مريومة: مريم
    مارو: مريم
    خدوجة: خديجة
    ديجا: خديجة
    عيشة: عائشة
    عواشة: عائشة
    شوشو: شيماء عائشة
    شيمو: شيماء
    أم الخير: خيرية
    نوجا: نجلاء نجاة
    سوكة: سكينة
    سكسكة: سكينة
    لولا: ليلى ولاء
    بوسي: بسمة بسنت
    بسبوسة: بسمة
    سوما: أسماء سماح
    سمسمة: أسماء سماح سمية
    دودي: دعاء
    أوشة: عائشة
    ياسو: ياسمين ياسر
    ياسمينا: ياسمين
    مرمر: مروة مريم
    ريري: ريهام رحاب مروة
    رورو: روان رانيا
    هوبا: هبة إيهاب
    هبهب: هبة
    إيمي: إيمان أميرة أميمة
    ميرا: أميرة
    أمورة: أميرة
    لوما: سلمى سليم
    سولي: سلمى سليمان
    توحة: فتحي فتحية
    فتوح: عبد الفتاح فتحي
    صلوحة: صلاح
    جيمي: جمال
    أبو الجماجم: جمال
    كوكي: كوثر كريمة
    كوكو: كوثر كريم
    مايكل: ميخائيل
    كيرو: كيرلس
    جوجو: جرجس جورج
    جورج: جرجس
    بيشو: بيشوي
"""


def _table() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    compounds = {"الله", "الرحمن", "العزيز", "الحليم", "الحميد", "الكريم", "الحكيم", "الفتاح", "الهدى"}
    for line in _CALLED.strip().splitlines():
        called, _colon, typed = line.strip().partition(":")
        names: list[str] = []
        for word in typed.split():
            # «عبد الله» is one name of two words.
            if word in compounds and names:
                names[-1] = f"{names[-1]} {word}"
            else:
                names.append(word)
        table.setdefault(name_key(called), set()).update(name_key(name) for name in names)
    return {called: frozenset(names - {called}) for called, names in table.items() if names - {called}}


# What somebody called so may be named; single words only are met as given names.
NICKNAMES: dict[str, frozenset[str]] = _table()


def is_nickname(first: str, second: str) -> bool:
    """Tell whether one of two given names (keys) may stand for the other, or both for one third."""
    if second in NICKNAMES.get(first, ()) or first in NICKNAMES.get(second, ()):
        return True
    return bool(NICKNAMES.get(first, frozenset()) & NICKNAMES.get(second, frozenset()))


def proper_names(given: str) -> frozenset[str]:
    """Return the names that somebody given this name may bear (without the name itself)."""
    return NICKNAMES.get(given, frozenset())


_CALLED_SO: dict[str, set[str]] = {}
for _called, _proper in NICKNAMES.items():
    for _name in _proper:
        _CALLED_SO.setdefault(_name, set()).add(_called)


def also_called(given: str) -> frozenset[str]:
    """Return every given name under which somebody given this name may also be found."""
    return proper_names(given) | frozenset(_CALLED_SO.get(given, ()))

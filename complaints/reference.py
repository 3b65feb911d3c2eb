"""What complaints start with: categories, terms, help. An administrator's changes stay."""
# ruff: noqa: E501

import datetime as dt

from complaints.models import Category, HelpArticle, Kind, SupportService, Term
from ministry import reference
from ministry.models import Area

# code, Arabic, English, Arabic hint, English hint, whether the programme is asked.
_CATEGORIES = (
    ("payment", "لم أستلم الدعم أو المبلغ ناقص", "I was not paid, or too little", "تأخر الصرف، مبلغ أقل، رسالة صرف ولم يُصرف.", "A payment is late, smaller than before, or announced and not paid.", True),
    ("refused", "رُفض طلبي أو خرجت من البرنامج", "I was refused, or taken out of a programme", "تريد معرفة السبب أو الاعتراض عليه.", "You want to know why, or to object.", True),
    ("data", "بيانات أسرتي خطأ أو قديمة", "My family's data are wrong or old", "اسم أو رقم أو عدد أفراد أو عنوان أو دخل.", "A name, a number, members, address or income.", False),
    ("registration", "التسجيل أو البحث الاجتماعي", "Registration or the visit to my home", "لم يُزَر بيتك، أو لم يصلك رد على التسجيل.", "Nobody came, or you heard nothing after registering.", False),
    ("card", "بطاقة الصرف أو مكان الصرف", "The card, or the place where I am paid", "بطاقة ضائعة أو معطلة، أو زحام أو رسوم عند الصرف.", "A lost or broken card, a crowd, or a fee asked for.", True),
    ("conditions", "شروط التعليم والصحة", "School and health conditions", "خُصم مبلغ بسبب حضور المدرسة أو زيارة الوحدة الصحية.", "Money was withheld because of school or clinic.", True),
    ("staff", "معاملة الموظفين", "How I was treated", "تأخير أو سوء معاملة أو تعذر الوصول إلى المكتب.", "Delay, rudeness, or an office you cannot get into.", False),
    ("disability", "خدمات ذوي الإعاقة", "Services for people with disabilities", "بطاقة الخدمات المتكاملة أو تيسير الوصول.", "The services card, or access.", False),
    ("ngo", "جمعية أو دار رعاية", "An association or a care home", "خدمة تقدمها جمعية أهلية أو دار مرخصة.", "A service of an association or a licensed home.", False),
    ("other", "شيء آخر", "Something else", "", "", False),
)  # fmt: skip

# Straight to the vault: seen by named officers only.
_CONFIDENTIAL = (
    ("violence", "عنف أو تهديد بالعنف", "Violence, or the threat of it", "يطّلع عليه عدد محدود من المختصين فقط، ولست مضطرًا إلى رواية ما حدث.", "Only a few named officers read this. You need not tell what happened."),
    ("abuse", "تحرش أو استغلال أو إساءة", "Harassment, exploitation or abuse", "من أي شخص، ومنهم العاملون في جهة تقدم خدمة.", "By anybody, also by people who work for a service."),
    ("child_protection", "طفل في خطر", "A child in danger", "إيذاء أو إهمال أو تشغيل أو زواج مبكر.", "Harm, neglect, labour or early marriage."),
    ("staff_corruption", "رشوة أو فساد موظف", "A bribe or a corrupt official", "لا تطّلع عليه الجهة التي يعمل بها الموظف، ويمكنك ألا تذكر اسمك.", "The official's own office does not see it; you need not give your name."),
)  # fmt: skip
# Code, kind, Arabic and English name, phone, Arabic and English hours. Illustrative: each ministry keeps its own.
_SERVICES = (
    ("child-helpline", "hotline", "خط نجدة الطفل", "Child helpline", "16000", "على مدار الساعة", "Day and night"),
    ("women-complaints", "legal", "مكتب شكاوى المرأة: استشارة قانونية", "Women's complaints office: legal advice", "15115", "من 9 صباحًا إلى 5 مساءً", "9 am to 5 pm"),
    ("hosting-centres", "shelter", "مراكز استضافة وتوجيه المرأة", "Hosting centres for women", "", "على مدار الساعة", "Day and night"),
    ("safe-clinic", "medical", "عيادة المرأة الآمنة", "Safe clinic for women", "", "أيام العمل", "Working days"),
    ("psychological-line", "psychological", "خط الدعم النفسي", "Psychological support line", "16328", "على مدار الساعة", "Day and night"),
    ("integrity-unit", "integrity", "وحدة النزاهة والتفتيش", "Integrity and inspection unit", "", "أيام العمل", "Working days"),
)  # fmt: skip

# kind: working days to the answer, to an interim reply, on each further rung, for an objection.
# Illustrative: each ministry puts its own regulation in their place.
_TERMS = {
    Kind.COMPLAINT: (15, 7, 5, 15),
    Kind.APPEAL: (20, 10, 5, 15),
    Kind.WRONGDOING: (20, 10, 5, 15),
    Kind.ENQUIRY: (5, 0, 3, 10),
    Kind.SUGGESTION: (30, 10, 10, 15),
    Kind.PRAISE: (10, 0, 10, 10),
}
_TERMS_FROM = dt.date(2020, 1, 1)
_SOURCE = "لائحة الشكاوى، المادة 7 (توضيحية)"

# code, category, Arabic and English question, Arabic and English answer.
_HELP = (
    ("not-paid-yet", "payment", "لم يصلني الدعم هذا الشهر. ماذا أفعل؟", "I was not paid this month. What can I do?",
     "راجع مواعيد الصرف أولًا؛ فقد لا يكون الموعد قد حل. إذا مضى آخر يوم للصرف فالمبلغ لا يضيع: اكتب لنا وأرفق صورة رسالة الصرف إن وجدت.",
     "Look at the dates of payment first: the day may not have come. If the last day is over the money is not lost: write to us, with a picture of the message if you have one."),
    ("why-less", "payment", "لماذا المبلغ أقل من الشهر الماضي؟", "Why is it less than last month?",
     "قد يتغير المبلغ إذا تغير عدد الأبناء أو أعمارهم، أو بسبب شروط التعليم والصحة. من حقك أن تعرف كيف حُسب المبلغ وأن تعترض.",
     "It may change with the number and ages of your children, or because of school and health conditions. You have a right to be told how it was worked out, and to object."),
    ("why-refused", "refused", "لماذا رُفض طلبي؟", "Why was I refused?",
     "نراجع بيانات أسرتك على شروط البرنامج. إذا كانت بيانات خاطئة أو ناقصة فاطلب تصحيحها، وإذا رأيت أن القرار خطأ فاعترض عليه وينظره شخص آخر.",
     "We compare your family's data with what the programme asks. If data are wrong or missing ask for a correction; if you think the decision is wrong object to it, and another person looks at it."),
    ("new-child", "data", "رُزقنا بمولود. كيف أضيفه؟", "We had a baby. How do I add it?",
     "توجه إلى الوحدة الاجتماعية ومعك شهادة الميلاد وبطاقة رب الأسرة. الإضافة مجانية.",
     "Go to your social unit with the birth certificate and the card of the head of the family. It is free."),
    ("moved", "data", "انتقلت إلى عنوان جديد", "We have moved",
     "أبلغ وحدتك الاجتماعية بالعنوان الجديد ومعك ما يثبته، حتى لا تنقطع عنك الرسائل والدعم.",
     "Tell your social unit the new address and bring a proof of it, so that letters and money still reach you."),
    ("lost-card", "card", "ضاعت بطاقة الصرف", "I have lost my card",
     "اتصل بالخط الساخن فورًا لإيقافها، ثم اطلب بطاقة جديدة من مكتب الصرف ومعك بطاقة الرقم القومي.",
     "Call the hotline at once to have it stopped; then ask for a new one where you are paid. Bring your national card."),
    ("asked-for-money", "staff", "طلب مني أحدهم مالًا مقابل الخدمة", "Somebody asked me for money",
     "جميع خدمات الوزارة مجانية. لا تدفع لأحد، وأبلغنا؛ ويمكنك أن تبلغ دون ذكر اسمك.",
     "Everything the ministry does is free. Pay nobody, and tell us; you need not give your name."),
    ("how-long", "", "متى يصلني الرد؟", "When will I have an answer?",
     "نعطيك عند الإرسال رقم متابعة وتاريخًا محددًا للرد. إذا تأخر الرد تُرفع رسالتك تلقائيًا إلى مستوى أعلى.",
     "When you send your message you are given a code and the day of the answer. If it is late it passes to a higher level by itself."),
)  # fmt: skip


def load() -> int:
    """Add what is missing; returns how many rows."""
    added = 0
    categories = {}
    for position, (code, name_ar, name_en, hint_ar, hint_en, asks_program) in enumerate(_CATEGORIES, start=1):
        categories[code], is_new = Category.objects.get_or_create(
            code=code,
            defaults={
                "name_ar": name_ar,
                "name_en": name_en,
                "hint_ar": hint_ar,
                "hint_en": hint_en,
                "asks_program": asks_program,
                "position": position * 10,
            },
        )
        added += is_new
    for position, (code, name_ar, name_en, hint_ar, hint_en) in enumerate(_CONFIDENTIAL, start=1):
        added += Category.objects.get_or_create(
            code=code,
            defaults={
                "name_ar": name_ar,
                "name_en": name_en,
                "hint_ar": hint_ar,
                "hint_en": hint_en,
                "is_sensitive": True,
                # Before «something else».
                "position": 90 + position * 2,
            },
        )[1]
    if (country := Area.objects.root()) is not None:
        for code, kind, name_ar, name_en, phone, hours_ar, hours_en in _SERVICES:
            added += SupportService.objects.get_or_create(
                code=code,
                defaults={
                    "kind": kind,
                    "area": country,
                    "name_ar": name_ar,
                    "name_en": name_en,
                    "phone": phone,
                    "hours_ar": hours_ar,
                    "hours_en": hours_en,
                },
            )[1]
    for kind, (days, interim_days, step_days, appeal_days) in _TERMS.items():
        if not Term.objects.filter(kind=kind).exists():
            Term.objects.create(
                kind=kind,
                starts_on=_TERMS_FROM,
                days=days,
                interim_days=interim_days,
                step_days=step_days,
                appeal_days=appeal_days,
                legal_source=_SOURCE,
            )
            added += 1
    for position, (code, category, name_ar, name_en, text_ar, text_en) in enumerate(_HELP, start=1):
        added += HelpArticle.objects.get_or_create(
            code=code,
            defaults={
                "category": categories.get(category),
                "name_ar": name_ar,
                "name_en": name_en,
                "text_ar": text_ar,
                "text_en": text_en,
                "position": position * 10,
            },
        )[1]
    return added


reference.register(load, name="complaints", order=60)

"""The programmes' own messages to households."""

from ministry.models import NoticeTemplate
from ministry.notices.registry import Wording, register

ADMITTED = "household_admitted"

register(
    ADMITTED,
    blanks=("program",),
    wordings={
        NoticeTemplate.Channel.SMS: Wording(
            body_ar="قُبلت أسرتك في برنامج {program}. نبلغك بموعد أول صرف ومكانه. الخدمة مجانية ولا يطلب أحد منك مالًا.",
            body_en="Your household was admitted to {program}. We will tell you when and where you are first paid. The "
            "service is free; nobody may ask you for money.",
        )
    },
)

"""Messages to people: worded in the admin, written inside the deed's transaction, sent outside of it, once.

notices.register("enrolled", blanks=("program",), wordings={"sms": Wording(body_ar="…{program}…", body_en="…")})
notices.notify("enrolled", channel="sms", recipient=phone, context={"program": name}, key=f"enrolled:{pk}")
"""

from ministry.notices.registry import Wording, register
from ministry.notices.services import mark_read, notify

__all__ = ["Wording", "mark_read", "notify", "register"]

"""The demo's many voices are made by the services, and no room is empty."""

import pytest
from django.utils import timezone

from complaints import demo_voices
from complaints.models import Call, Complaint, CorrectiveAction, Issue, IssueCase, Message, PublishedSuggestion
from ministry import reference
from ministry.models import User
from tests.complaints.factories import answered, at, case, officer, taken

pytestmark = pytest.mark.django_db


class People:
    """The demo's people, as far as these steps ask for them."""

    def __init__(self, who: User) -> None:
        self.who = who

    def person(self, _role: str) -> User:
        return self.who


def test_every_page_has_something_believable_on_it():
    reference.load_all()
    me = officer(None, "complaints.answer_calls", "complaints.plan_correction")
    for story in ("أقترح موظفًا يعرف لغة الإشارة", "لماذا لا تُرسل مواعيد الصرف قبلها بأسبوع؟"):
        idea = case(at(4), kind="suggestion", story=story)
        answered(taken(idea, me), me, outcome="adopted", remedy="procedure")
    demo_voices.build(People(me), timezone.now())
    assert IssueCase.objects.filter(left_at=None).count() == 6
    assert sorted(issue.lead_id is None for issue in Issue.objects.all()) == [False, True]
    assert Message.objects.filter(is_interim=True).count() == 4
    assert PublishedSuggestion.objects.count() == 2
    assert CorrectiveAction.objects.open().count() == 3
    assert sorted(Call.objects.for_list().values_list("tried", flat=True)) == [0, 1]
    assert Complaint.objects.count() == 8

"""Fifty people write to us at once, each with a picture, while worker, Redis and web processes are killed."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from complaints.benchmarks.intake import lost_or_doubled, under_trouble
from complaints.benchmarks.stage import redis_program, stage
from complaints.benchmarks.visitor import Acknowledged
from complaints.models import Attachment, Complaint, IntakeDraft
from complaints.services.tracking import look_up
from ministry import reference
from ministry.models import Document, Notice
from ministry.notices import services as notices
from tests.complaints.factories import officer, received

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]


def test_every_acknowledged_code_exists_once_though_worker_redis_and_web_processes_are_killed(tmp_path):
    try:
        redis_program()
    except ImproperlyConfigured as missing:
        pytest.skip(str(missing))
    reference.load_all()
    officer(), officer()
    with stage(tmp_path) as portal:
        seen, killed = under_trouble(portal, seconds=14, web=True)
    assert set(killed) == {"worker", "redis", "web"}, killed
    assert not seen.given_up, seen.given_up[:3]
    assert set(seen.statuses) == {200, 302}
    assert len(seen.acknowledged) >= 50
    assert lost_or_doubled(seen.acknowledged) == []
    # Nobody was left on the way, and there is no case that nobody holds a receipt for.
    assert Complaint.objects.count() == len(seen.acknowledged)
    assert not IntakeDraft.objects.exists()
    for one in seen.acknowledged[:20]:
        assert look_up(code=one.code, pin=one.pin, address="a") is not None
    assert not Complaint.objects.filter(officer=None).exists()
    # Each is told once, whether the queue was there or not; what waits is sent by the next round of the clock.
    told = Notice.objects.filter(template_code="complaint_received")
    assert told.count() == told.values("subject_id").distinct().count() == len(seen.acknowledged)
    for pk in notices.due(limit=10_000):
        notices.send(pk)
    assert not told.exclude(status=Notice.Status.SENT).exclude(attempts__gt=0).exists()
    # Files of requests that were cut off are rows of nobody.
    assert Attachment.objects.count() == Document.objects.count()


@pytest.mark.django_db(transaction=True)
def test_the_check_itself_finds_what_is_lost_doubled_or_changed():
    receipt = received()
    good = Acknowledged(receipt.complaint.code, receipt.pin, receipt.complaint.story, 1)
    assert lost_or_doubled([good]) == [f"{good.code} has 0 files"]
    assert "does not exist" in lost_or_doubled([Acknowledged("1234567897", "000000", "", 1)])[0]
    assert any("given 2 times" in one for one in lost_or_doubled([good, good]))
    other = Acknowledged(good.code, "x", "غير ذلك", 1)
    assert len(lost_or_doubled([other])) == 3

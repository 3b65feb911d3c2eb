"""Fifty people at once write to us, each with a picture, while worker and Redis are killed and started again."""

import threading
import time
from collections import Counter

from complaints.benchmarks.stage import Stage
from complaints.benchmarks.visitor import Acknowledged, Seen, crowd
from complaints.models import Complaint
from complaints.secrets import pin_mark
from ministry.models import Area

CLIENTS = 50
# Every so many seconds one part of the portal is killed and started again, in turn.
KILL_EVERY = 4.0


def trouble(portal: Stage, done: threading.Event, *, every: float = KILL_EVERY, web: bool = False) -> Counter[str]:
    """Kill worker and Redis in turn (and processes of the web server) until `done`; returns what was killed."""
    killed: Counter[str] = Counter()
    while not done.wait(every):
        name = ("worker", "redis")[killed.total() % 2] if not web else ("worker", "redis", "web")[killed.total() % 3]
        killed[name] += 1
        if name == "web":
            portal.kill_one_web_process()
            continue
        portal.kill(name)
        # Long enough for people to write to us while it is away.
        time.sleep(every / 4)
        portal.start_worker() if name == "worker" else portal.start_redis()
    return killed


def under_trouble(portal: Stage, *, seconds: float, web: bool = False, clients: int = CLIENTS) -> tuple[Seen, Counter]:
    """Let the crowd write to us while parts of the portal are killed."""
    done, killed = threading.Event(), Counter[str]()
    killer = threading.Thread(target=lambda: killed.update(trouble(portal, done, web=web)), daemon=True)
    killer.start()
    seen = crowd(port=portal.port, places=_places(), clients=clients, seconds=seconds)
    done.set()
    killer.join()
    return seen, killed


def lost_or_doubled(acknowledged: list[Acknowledged]) -> list[str]:
    """Return what is wrong with what people hold a receipt for: each code is one case, with its PIN, text and file."""
    codes = Counter(one.code for one in acknowledged)
    found = {
        case.code: case
        for case in Complaint.objects.filter(code__in=codes).prefetch_related("attachments", "parties", "clock")
    }
    stories = Counter(Complaint.objects.values_list("story", flat=True))
    wrong = [f"{code} was given {count} times" for code, count in codes.items() if count > 1]
    for one in acknowledged:
        case = found.get(one.code)
        if case is None:
            wrong.append(f"{one.code} does not exist")
            continue
        if case.pin_mark != pin_mark(one.code, one.pin):
            wrong.append(f"{one.code} is not opened by its PIN")
        if stories[one.story] != 1:
            wrong.append(f"what {one.code} tells is kept {stories[one.story]} times")
        if not 1 <= len(case.attachments.all()) <= one.files_sent:
            wrong.append(f"{one.code} has {len(case.attachments.all())} files")
        if len(case.parties.all()) != 1 or len(case.clock.all()) != 1:
            wrong.append(f"{one.code} has {len(case.parties.all())} people and {len(case.clock.all())} clock events")
    return wrong


def _places() -> list[int]:
    return list(Area.objects.governorates().order_by("pk").values_list("pk", flat=True))

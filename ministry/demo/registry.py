"""Where the steps of the demo are made known, and the order in which they are taken."""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from ministry import jobs
from ministry.exceptions import RuleViolation
from ministry.models import Job, User


@dataclass
class Demo:
    """What a step gets: how large and from which seed, today, a folder for files, and the people by sign-in name."""

    households: int = 2000
    seed: int = 1
    on: dt.date = field(default_factory=timezone.localdate)
    folder: Path = field(default_factory=lambda: Path(settings.DATA_DIR) / "demo")

    def person(self, username: str) -> User:
        """Return a member of the demo's staff. Called anew each time: rights are read once per instance."""
        return User.objects.get(username=username, is_demo=True)


@dataclass(frozen=True)
class DemoStep:
    """One state: `is_done` says whether it is there, `run` brings it about and tells in a sentence what it did."""

    name: str
    run: Callable[[Demo], str]
    is_done: Callable[[Demo], bool]
    order: int


_steps: list[DemoStep] = []


def register_step(name: str, run: Callable[[Demo], str], *, is_done: Callable[[Demo], bool], order: int) -> None:
    """Make a step part of the demo. Orders: core 0–99, registry 100–199, programmes 200–299, and so up the ladder."""
    _steps.append(DemoStep(name, run, is_done, order))
    _steps.sort(key=lambda step: step.order)


def build(demo: Demo, *, say: Callable[[str], None] = lambda _text: None) -> int:
    """Take every step that is not done yet, in order; return how many were taken.

    Raises:
        RuleViolation: the portal is not one where demo people may exist.
    """
    if not settings.DEMO:
        raise RuleViolation(_("Demo people may not exist here: their password is public."))
    taken = 0
    for step in _steps:
        if step.is_done(demo):
            continue
        if not taken:
            _finish_what_was_left(say)
        started = time.perf_counter()
        said = step.run(demo)
        taken += 1
        say(f"{step.name}: {said} ({time.perf_counter() - started:.1f} s)")
    return taken


def _finish_what_was_left(say: Callable[[str], None]) -> None:
    """Run the jobs of a build that was killed: while they count as active, the same work cannot be started again."""
    for job in Job.objects.active().order_by("pk"):
        try:
            jobs.run_now(job)
        except jobs.JobFailed as error:
            # No longer in the way; the step that needs it starts it anew.
            say(f"job {job.pk}: {error}")

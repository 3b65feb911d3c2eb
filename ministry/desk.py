"""What the core itself puts on the desk and into the menu."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ministry.models import Job, Notice, User
from ministry.slots import DeskTask, MenuEntry, desk_tasks, menu


def _failed_jobs(user: User) -> Iterator[DeskTask]:
    """Work of one's own that failed in the last week and was not started anew since."""
    newer = Job.objects.filter(kind=OuterRef("kind"), scope=OuterRef("scope"), pk__gt=OuterRef("pk"))
    failed = Job.objects.filter(
        ~Exists(newer),
        started_by=user,
        status=Job.Status.FAILED,
        finished_at__gt=timezone.now() - timedelta(days=7),
    )
    if count := failed.count():
        yield DeskTask(
            text=_("Work that stopped with an error"),
            url=f"{reverse('job_list')}?status=failed",
            count=count,
            tone="bad",
        )


def _unread_notices(user: User) -> Iterator[DeskTask]:
    if count := Notice.objects.in_portal(user).unread().count():
        yield DeskTask(text=_("Unread notices"), url=reverse("notice_list"), count=count, tone="info")


def register() -> None:
    """Fill the core's own slots."""
    desk_tasks.register(_failed_jobs, order=10)
    desk_tasks.register(_unread_notices, order=900)
    menu.register(MenuEntry(_("Audit"), "audit_list", ("ministry.view_auditentry",), icon="shield"), order=910)
    menu.register(
        MenuEntry(_("Background work"), "job_list", ("ministry.view_job", "ministry.cancel_job"), icon="clock"),
        order=900,
    )

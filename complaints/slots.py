"""What complaints put into the pages of the core and of the household file."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from beneficiaries.slots import HouseholdPanel, household_panels
from complaints.models import Call, Complaint, RemedyTask
from complaints.queries.cases import of_household
from complaints.services.vault import casework as vault
from ministry import formats
from ministry.querysets import within
from ministry.slots import DeskFigure, DeskTask, MenuEntry, ServiceCard, desk_figures, desk_tasks, menu, service_cards

if TYPE_CHECKING:
    from ministry.models import User


def register() -> None:
    """Register menu, card, tasks, figure and the household file's panel."""
    menu.register(
        MenuEntry(
            label=_("Complaints"),
            url_name="complaints:list",
            permissions=("complaints.view_complaint",),
            icon="message",
            prefixes=("/desk/complaints/",),
        ),
        order=60,
    )
    service_cards.register(
        ServiceCard(
            title=_("Complain, ask, suggest"),
            text=_("Without an account, also without your name. You are told the day by which we answer."),
            url_name="complaints:public",
            icon="message",
        ),
        order=5,
    )
    menu.register(
        MenuEntry(
            label=_("Confidential cases"),
            url_name="complaints:vault",
            permissions=("complaints.view_vaultcase",),
            icon="lock",
            prefixes=("/desk/vault/",),
        ),
        order=62,
    )
    desk_tasks.register(_tasks, order=60)
    desk_tasks.register(_vault_tasks, order=58)
    desk_figures.register(_figures, order=60)
    household_panels.register(
        HouseholdPanel(
            code="complaints",
            title=_("Complaints"),
            template_name="complaints/_household_panel.html",
            context=of_household,
            permission="complaints.view_complaint",
        ),
        order=60,
    )


def _tasks(user: "User") -> Iterable[DeskTask]:
    address = reverse("complaints:list")
    if user.has_perm("complaints.handle_complaint"):
        mine = Complaint.objects.visible_to(user, "complaints.handle_complaint")
        counts = (
            (mine.open().of_officer(user), _("Cases you deal with"), "me", "info"),
            (mine.open().filter(officer=None), _("Cases nobody has taken"), "nobody", "warn"),
            (mine.filter(needs_review=True), _("Cases that left somebody unsatisfied"), "review", "warn"),
        )
        for cases, text, waiting, tone in counts:
            if count := cases.count():
                yield DeskTask(text=text, url=f"{address}?waiting={waiting}", count=count, tone=tone)
        late = mine.open().of_officer(user).filter(due_on__lt=timezone.localdate()).count()
        if late:
            yield DeskTask(text=_("Your cases that are late"), url=f"{address}?waiting=late", count=late, tone="bad")
    if user.has_perm("complaints.confirm_dismissal"):
        second = Complaint.objects.visible_to(user, "complaints.confirm_dismissal").waiting_for_second(user).count()
        if second:
            yield DeskTask(
                text=_("Dismissals that need a second person"),
                url=f"{address}?waiting=second",
                count=second,
                tone="warn",
            )
    paths = user.area_paths_with("complaints.review_held")
    if paths and (held := Complaint.objects.held().filter(within(paths, "area")).count()):
        yield DeskTask(text=_("Entries in the held box"), url=reverse("complaints:held"), count=held, tone="warn")
    if user.has_perm("complaints.answer_calls") and (calls := Call.objects.open().count()):
        due = Call.objects.open().filter(due_on__lte=timezone.localdate()).exists()
        yield DeskTask(
            text=_("People who asked to be called"),
            url=reverse("complaints:calls"),
            count=calls,
            tone="warn" if due else "info",
        )
    if count := RemedyTask.objects.visible_to(user).open().count():
        yield DeskTask(
            text=_("Remedies promised to complainants"), url=reverse("complaints:tasks"), count=count, tone="warn"
        )


def _figures(user: "User") -> Iterable[DeskFigure]:
    if not user.has_perm("complaints.view_complaint"):
        return
    cases = Complaint.objects.visible_to(user)
    late = cases.overdue(timezone.localdate()).count()
    yield DeskFigure(
        label=_("Open complaints"),
        value=formats.number(cases.open().count()),
        url=f"{reverse('complaints:list')}?waiting=open",
        note=_("{count} late").format(count=formats.number(late)) if late else "",
        tone="bad" if late else "ok",
    )


def _vault_tasks(user: "User") -> Iterable[DeskTask]:
    """What waits in the vault, for those who hold a right in it and for nobody else."""
    if not user.has_perm("complaints.view_vaultcase"):
        return
    address, found = reverse("complaints:vault"), vault.waiting(user, timezone.localdate())
    for name, text, query, tone in (
        ("danger", _("Confidential cases: danger now"), "risk=4_danger&waiting=open", "bad"),
        ("late", _("Confidential cases whose first look is late"), "waiting=nobody", "bad"),
        ("new", _("Confidential cases nobody has taken"), "waiting=nobody", "warn"),
        ("mine", _("Confidential cases you deal with"), "waiting=me", "info"),
        ("second", _("Confidential cases that wait for a second look"), "waiting=second", "warn"),
    ):
        if found[name]:
            yield DeskTask(text=text, url=f"{address}?{query}", count=found[name], tone=tone)

"""What the core shows of funds."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext_lazy

from ministry.models import Area, User
from ministry.slots import DeskTask, MenuEntry, desk_tasks, menu
from programs.models import Allotment

menu.register(
    MenuEntry(
        gettext_lazy("Funds"),
        "programs:budget_line_list",
        ("programs.view_budgetline",),
        icon="scale",
        prefixes=("/desk/funds/",),
    ),
    order=42,
)


def fund_tasks(user: User) -> Iterable[DeskTask]:
    """Return the allotments that others proposed and this person may confirm."""
    if not user.has_perm("programs.confirm_allotment", Area.objects.root()):
        return
    lines = list(
        Allotment.objects.filter(status=Allotment.Status.PROPOSED)
        .exclude(proposed_by=user)
        .values_list("budget_line", flat=True)[:100]
    )
    if lines:
        url = (
            reverse("programs:budget_line", args=lines[:1])
            if len(set(lines)) == 1
            else reverse("programs:budget_line_list")
        )
        yield DeskTask(gettext_lazy("Allotments to confirm"), url, count=len(lines), tone="warn")


desk_tasks.register(fund_tasks, order=42)

"""What change requests put on the desk, into the menu and into the household file."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.models import ChangeRequest, Household, Recertification
from beneficiaries.slots import HouseholdPanel, TimelineItem, household_panels, timeline_sources
from ministry import formats
from ministry.models import User
from ministry.slots import DeskTask, MenuEntry, desk_tasks, menu
from ministry.views.paging import count_rows

VIEW = "beneficiaries.view_changerequest"
ADD = "beneficiaries.add_changerequest"
Status = ChangeRequest.Status
# The verbs that have a button of their own beside «another change».
SHORTCUTS = ("move", "head", "split", "join")
# As many closed requests as a panel shows; the list has them all.
_SHOWN = 10


def change_tasks(user: User) -> Iterator[DeskTask]:
    """Return what waits: requests to decide on, one's own drafts, and one's own that were overtaken."""
    address = reverse("beneficiaries:change_list")
    if user.area_paths_with("beneficiaries.approve_changerequest"):
        waiting = ChangeRequest.objects.waiting_for(user).count()
        if waiting:
            yield DeskTask(
                gettext_lazy("Changes in households to approve or refuse"),
                f"{address}?status=submitted",
                count=waiting,
                tone="warn",
            )
    if user.area_paths_with(ADD):
        drafts = ChangeRequest.objects.filter(requested_by=user, status=Status.DRAFT).count()
        if drafts:
            yield DeskTask(
                gettext_lazy("Your change requests that are not submitted yet"),
                f"{address}?status=draft&mine=yes",
                count=drafts,
            )


def changes_panel(household: Household, reader: User) -> dict[str, Any]:
    """Return the requests about a household, open ones first, and what the reader may ask for."""
    requests = list(ChangeRequest.objects.of_household(household.pk).visible_to(reader).order_by("-id")[:50])
    shown = [one for one in requests if one.is_open] + [one for one in requests if not one.is_open][:_SHOWN]
    may_add = household.status != Household.Status.INACTIVE and reader.has_perm(ADD, household.area)
    labels = dict(ChangeRequest.Kind.choices)
    return {
        "requests": shown,
        "household_ref": household.household_ref,
        "may_add": may_add,
        "recertification": Recertification.objects.filter(household=household).first(),
        "may_visit": household.status != Household.Status.INACTIVE
        and reader.has_perm("beneficiaries.add_recertificationvisit", household.area),
        "shortcuts": [
            (labels[kind], reverse("beneficiaries:change_create", args=[household.household_ref, kind]))
            for kind in SHORTCUTS
        ],
    }


def change_moments(household: Household, reader: User) -> Iterable[TimelineItem]:
    """Return what happened to the requests about a household, for the timeline of its file."""
    if not reader.has_perm(VIEW, household.area):
        return
    requests = (
        ChangeRequest.objects.of_household(household.pk)
        .exclude(status=Status.DRAFT)
        .select_related("requested_by", "decided_by")
    )
    visits = household.recertification_visits.select_related("visited_by")
    for visit in visits:
        yield TimelineItem(
            visit.created_at,
            _("Visited on {day}: {outcome}").format(
                day=formats.day(visit.visited_on), outcome=visit.get_outcome_display()
            ),
            _(" · ").join(filter(None, (_("by {person}").format(person=visit.visited_by), visit.note))),
            tone="ok" if visit.outcome == "unchanged" else "warn",
        )
    for one in requests:
        label, url = one.get_kind_display(), one.get_absolute_url()
        if one.submitted_at:
            yield TimelineItem(
                one.submitted_at,
                _("Change asked for: {change}").format(change=label),
                _("by {person}").format(person=one.requested_by),
                url,
                "info",
            )
        if one.decided_at:
            refused = one.status == Status.REFUSED
            title = _("Change refused: {change}") if refused else _("Change approved: {change}")
            yield TimelineItem(
                one.decided_at,
                title.format(change=label),
                _(" · ").join(filter(None, (_("by {person}").format(person=one.decided_by), one.reason))),
                url,
                "bad" if refused or one.status == Status.OVERTAKEN else "ok",
            )


def recertification_tasks(user: User) -> Iterator[DeskTask]:
    """Return how many households of one's area should have been visited by now."""
    if user.area_paths_with("beneficiaries.add_recertificationvisit"):
        overdue, _is_estimate = count_rows(
            Recertification.objects.visible_to(user, "beneficiaries.add_recertificationvisit").overdue(
                timezone.localdate()
            )
        )
        if overdue:
            yield DeskTask(
                gettext_lazy("Households whose data should have been confirmed by now"),
                f"{reverse('beneficiaries:recertification_list')}?due=overdue",
                count=overdue,
                tone="warn",
            )


menu.register(
    MenuEntry(
        gettext_lazy("Changes"),
        "beneficiaries:change_list",
        (VIEW,),
        icon="refresh",
        prefixes=("/desk/changes/",),
    ),
    order=12,
)
menu.register(
    MenuEntry(
        gettext_lazy("Recertification"),
        "beneficiaries:recertification_list",
        ("beneficiaries.view_recertification",),
        icon="calendar",
        prefixes=("/desk/recertification",),
    ),
    order=13,
)
desk_tasks.register(change_tasks, order=8)
desk_tasks.register(recertification_tasks, order=40)
household_panels.register(
    HouseholdPanel(
        code="changes",
        title=gettext_lazy("Changes in the household"),
        template_name="beneficiaries/changes/_household_panel.html",
        context=changes_panel,
        permission=VIEW,
    ),
    order=5,
)
timeline_sources.register(change_moments)

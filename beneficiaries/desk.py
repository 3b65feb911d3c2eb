"""What the registry puts on the desk, into the menu and on the public map."""

from collections.abc import Iterator

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beneficiaries.models import (
    DuplicatePair,
    Household,
    HouseholdMerge,
    ImportBatch,
    Merge,
    Registration,
    ScoringModel,
)
from ministry import formats
from ministry.models import Area, User
from ministry.slots import (
    AreaMeasure,
    DeskFigure,
    DeskTask,
    MenuEntry,
    area_measures,
    desk_figures,
    desk_tasks,
    menu,
)
from ministry.views.paging import count_rows

menu.register(
    MenuEntry(
        gettext_lazy("Households"),
        "beneficiaries:household_list",
        ("beneficiaries.view_household",),
        icon="family",
        prefixes=("/desk/households/",),
    ),
    order=10,
)
menu.register(
    MenuEntry(
        gettext_lazy("Registrations"),
        "beneficiaries:registration_list",
        ("beneficiaries.view_registration",),
        icon="edit",
        prefixes=("/desk/registrations/",),
    ),
    order=12,
)
menu.register(
    MenuEntry(
        gettext_lazy("Imports"),
        "beneficiaries:import_list",
        ("beneficiaries.view_importbatch",),
        icon="upload",
        prefixes=("/desk/imports/",),
    ),
    order=20,
)
menu.register(
    MenuEntry(
        gettext_lazy("Duplicates"),
        "beneficiaries:duplicate_list",
        ("beneficiaries.decide_duplicatepair",),
        icon="merge",
        prefixes=("/desk/duplicates/",),
    ),
    order=15,
)
menu.register(
    MenuEntry(
        gettext_lazy("Scores"),
        "beneficiaries:score_list",
        ("beneficiaries.view_scorefit",),
        icon="scale",
        prefixes=("/desk/scores/",),
    ),
    order=25,
)


def _counted(total: int, is_estimate: bool) -> str:
    shown = formats.number(total)
    return _("about {count}").format(count=shown) if is_estimate else shown


def registry_tasks(user: User) -> Iterator[DeskTask]:
    """Return what waits for somebody who decides on pairs or imports, or verifies households."""
    paths = user.area_paths_with("beneficiaries.decide_duplicatepair")
    if paths:
        pairs, _is_estimate = count_rows(
            DuplicatePair.objects.open().visible_to(user, "beneficiaries.decide_duplicatepair")
        )
        if pairs:
            yield DeskTask(
                gettext_lazy("People who may be registered twice: decide"),
                f"{reverse('beneficiaries:duplicate_list')}?status=open",
                count=pairs,
                tone="warn",
            )
    if user.area_paths_with("beneficiaries.confirm_merge") and (merges := Merge.objects.waiting_for(user).count()):
        yield DeskTask(
            gettext_lazy("Merges that wait for a second person: confirm or refuse"),
            f"{reverse('beneficiaries:merge_list')}?waiting=yes",
            count=merges,
            tone="warn",
        )
    if user.area_paths_with("beneficiaries.confirm_merge") and (
        joinings := HouseholdMerge.objects.waiting_for(user).count()
    ):
        yield DeskTask(
            gettext_lazy("Households registered twice that wait for a second person: confirm or refuse"),
            f"{reverse('beneficiaries:household_merge_list')}?waiting=yes",
            count=joinings,
            tone="warn",
        )
    if user.area_paths_with("beneficiaries.verify_household"):
        pairs, _is_estimate = count_rows(
            DuplicatePair.objects.to_be_visited().visible_to(user, "beneficiaries.verify_household")
        )
        if pairs:
            yield DeskTask(
                gettext_lazy("People to visit: are they registered twice?"),
                f"{reverse('beneficiaries:duplicate_list')}?status=visit",
                count=pairs,
                tone="warn",
            )
    if user.area_paths_with("beneficiaries.commit_importbatch"):
        imports = ImportBatch.objects.visible_to(user, "beneficiaries.commit_importbatch")
        # Whoever asked cannot agree.
        if asked := imports.waiting_for_undo().exclude(undo_asked_by=user).count():
            yield DeskTask(
                gettext_lazy("Imports that somebody asks to undo: decide"),
                f"{reverse('beneficiaries:import_list')}?status=undo_asked",
                count=asked,
                tone="warn",
            )
        if batches := imports.waiting_for_review().count():
            yield DeskTask(
                gettext_lazy("Register files that wait for your decision"),
                f"{reverse('beneficiaries:import_list')}?status=in_review",
                count=batches,
                tone="warn",
            )
    if user.area_paths_with("beneficiaries.verify_household"):
        households, _is_estimate = count_rows(
            Household.objects.visible_to(user, "beneficiaries.verify_household").filter(
                status=Household.Status.REGISTERED
            )
        )
        if households:
            yield DeskTask(
                gettext_lazy("Households to check and verify"),
                f"{reverse('beneficiaries:household_list')}?status=registered",
                count=households,
            )


def registration_tasks(user: User) -> Iterator[DeskTask]:
    """Return the person's own open registrations, and those of others that wait for a second person."""
    address = reverse("beneficiaries:registration_list")
    if user.area_paths_with("beneficiaries.add_registration"):
        mine = Registration.objects.visible_to(user).filter(started_by=user)
        if returned := mine.filter(status=Registration.Status.RETURNED).count():
            yield DeskTask(
                gettext_lazy("Registrations sent back to you"),
                f"{address}?whose=mine&status=returned",
                count=returned,
                tone="warn",
            )
        if drafts := mine.filter(status=Registration.Status.DRAFT).count():
            yield DeskTask(
                gettext_lazy("Registrations you have begun"), f"{address}?whose=mine&status=draft", count=drafts
            )
    if user.area_paths_with("beneficiaries.verify_registration"):
        waiting = (
            Registration.objects.visible_to(user, "beneficiaries.verify_registration")
            .waiting()
            .exclude(submitted_by=user)
        )
        if count := waiting.count():
            yield DeskTask(
                gettext_lazy("Registrations to verify"), f"{address}?status=submitted", count=count, tone="warn"
            )


def scoring_tasks(user: User) -> Iterator[DeskTask]:
    """Return the versions of scoring models that wait for a second person, to those who may be that person."""
    if user.has_perm("beneficiaries.approve_scoringmodel", Area.objects.root()):
        waiting = (
            ScoringModel.objects.filter(status=ScoringModel.Status.SUBMITTED)
            .exclude(prepared_by=user)
            .exclude(submitted_by=user)
        )
        if count := waiting.count():
            yield DeskTask(
                gettext_lazy("Scoring models that wait for a second person: approve or send back"),
                reverse("beneficiaries:score_list"),
                count=count,
                tone="warn",
            )


def registry_figures(user: User) -> Iterator[DeskFigure]:
    """Return how many households are registered where the person works, and how many pairs are open."""
    if user.area_paths_with("beneficiaries.view_household"):
        yield DeskFigure(
            gettext_lazy("Registered households"),
            _counted(*count_rows(Household.objects.visible_to(user).active())),
            url=reverse("beneficiaries:household_list"),
        )
    if user.area_paths_with("beneficiaries.view_duplicatepair"):
        pairs, is_estimate = count_rows(DuplicatePair.objects.open().visible_to(user))
        yield DeskFigure(
            gettext_lazy("Possible duplicates"),
            _counted(pairs, is_estimate),
            url=f"{reverse('beneficiaries:duplicate_list')}?status=open",
            tone="warn" if pairs else "ok",
        )


def households_by_governorate() -> dict[str, int]:
    """Return how many households are registered in each governorate, by its code."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT governorate.code, sum(counted.households)::bigint
            FROM (
                SELECT area_id, count(*) AS households FROM beneficiaries_household
                WHERE status <> 'inactive' GROUP BY area_id
            ) counted
            JOIN ministry_area area ON area.id = counted.area_id
            JOIN ministry_area governorate
              ON governorate.level = 'governorate' AND starts_with(area.path, governorate.path)
            GROUP BY governorate.code""")
        return dict(cursor.fetchall())


desk_tasks.register(registry_tasks, order=10)
desk_tasks.register(registration_tasks, order=5)
desk_tasks.register(scoring_tasks, order=15)
desk_figures.register(registry_figures, order=10)
area_measures.register(
    AreaMeasure(
        "households",
        gettext_lazy("Registered households"),
        gettext_lazy("registered households"),
        households_by_governorate,
    ),
    order=10,
)

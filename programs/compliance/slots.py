"""What the core and the household file show of conditions."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext_lazy

from beneficiaries.slots import HouseholdPanel, household_panels
from ministry import documents
from ministry.models import User
from ministry.slots import DeskTask, desk_tasks
from programs.models import CompliancePeriod
from programs.queries import compliance as queries
from programs.services.versions import country

household_panels.register(
    HouseholdPanel(
        code="conditions",
        title=gettext_lazy("Conditions"),
        template_name="programs/_household_conditions.html",
        context=queries.household_conditions,
        permission="programs.view_compliancerecord",
    ),
    order=30,
)


def compliance_tasks(user: User) -> Iterable[DeskTask]:
    """Return what waits for this person: decisions, rows of files, and periods to close."""
    waiting = sum(
        asked(user).count() for asked in (queries.excuses_to_decide, queries.appeals_to_decide, queries.exits_to_decide)
    )
    if waiting:
        yield DeskTask(
            gettext_lazy("Excuses, appeals and proposed exits to decide"),
            reverse("programs:compliance_waiting"),
            count=waiting,
            tone="warn",
        )
    if user.has_perm("programs.add_conditionupload", country()):
        rows = queries.open_errors().count()
        if rows:
            yield DeskTask(
                gettext_lazy("Rows of reports that could not be taken in"),
                reverse("programs:compliance_errors"),
                count=rows,
                tone="info",
            )


desk_tasks.register(compliance_tasks, order=35)


def _may_read_reports(user: User, period_id: int) -> bool:
    # SECURITY: files of reports name children with their national numbers.
    is_theirs = user.has_perm("programs.add_conditionupload", country())
    return is_theirs and CompliancePeriod.objects.visible_to(user).filter(pk=period_id).exists()


documents.allow("programs.complianceperiod", _may_read_reports)

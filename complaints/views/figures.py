"""Figures: for everybody by month, and for the desk as things stand."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import TemplateView, View

from complaints.models import Category, Cause, Channel, Complaint, Kind, Level, Remedy
from complaints.queries import breakdowns, figures
from complaints.queries.figures import LEAST, Month
from complaints.queries.vault import received_in_the_last_year
from ministry import formats
from ministry.exports import csv_response
from ministry.views.mixins import PageMixin, StaffPageMixin

Text = str | Promise
MONTHS = 12
_HEADINGS = (
    gettext_lazy("Month"),
    gettext_lazy("Received"),
    gettext_lazy("Closed"),
    gettext_lazy("Closed of received (flow)"),
    gettext_lazy("Answered in time (of those received)"),
    gettext_lazy("Median, working days"),
    gettext_lazy("Nine in ten within, working days"),
    gettext_lazy("Objections"),
    gettext_lazy("Objections found justified"),
    gettext_lazy("Satisfied"),
)


def _label(by: str, code: str) -> Text:
    if by == "category":
        return str(Category.objects.filter(code=code).first() or code)
    enumeration: Any = {"kind": Kind, "channel": Channel, "remedy": Remedy, "cause": Cause}[by]
    return str(enumeration(code).label)


def _months() -> list[Month]:
    """Return the whole months before this one: the present month is not over."""
    this_month = timezone.localdate().replace(day=1)
    last = this_month - dt.timedelta(days=1)
    first = last.replace(day=1)
    for _step in range(MONTHS - 1):
        first = (first - dt.timedelta(days=1)).replace(day=1)
    return figures.months(first, last, settings.TIME_ZONE)


def _cells(month: Month, is_hidden: bool) -> list[Any]:
    """Return a month's row as it may be published: months with few cases say only that there were few."""
    if is_hidden:
        few = formats.suppressed(month.received) if month.received < LEAST else "—"
        return [formats.month(month.month), few, *["—"] * 8]
    return [
        formats.month(month.month),
        formats.number(month.received),
        formats.suppressed(month.closed),
        formats.percent(month.flow) if month.closed >= LEAST or not month.closed else "—",
        formats.percent(month.cohort) if month.on_time >= LEAST or not month.on_time else "—",
        formats.number(month.median, 1) if month.closed >= LEAST and month.median is not None else "—",
        formats.number(month.ninth, 1) if month.closed >= LEAST and month.ninth is not None else "—",
        formats.suppressed(month.appeals),
        formats.percent(month.upheld_share) if month.decided_again >= LEAST else "—",
        formats.percent(month.satisfaction) if month.rated >= LEAST else "—",
    ]


class PublicFiguresView(PageMixin, TemplateView):
    """How complaints are answered, for everybody to see."""

    template_name = "complaints/figures.html"
    title = gettext_lazy("How we answer complaints")
    lead = gettext_lazy("By month, counted from the cases themselves. Confidential cases are in none of these figures.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        months = _months()
        hidden = figures.hidden_months(months)
        rows = [_cells(month, month.month in hidden) for month in months]
        tables = [
            {"title": _("Month by month"), "headings": _HEADINGS, "rows": rows},
            *self._parts(months),
            *_actions(),
        ]
        return super().get_context_data(
            stats=_stats(months),
            tables=tables,
            note=_("Counts from one to nine are shown as <10, and one more where it could be worked out from the sum."),
            csv_url=reverse("complaints:public_csv"),
            confidential=_confidential(),
            **kwargs,
        )

    def _parts(self, months: list[Month]) -> list[dict[str, Any]]:
        zone = timezone.get_current_timezone()
        since = dt.datetime.combine(months[-1].month, dt.time(), zone)
        until = dt.datetime.combine(timezone.localdate().replace(day=1), dt.time(), zone)
        titles = {
            "kind": _("By kind"),
            "category": _("By what it is about"),
            "channel": _("By the way it reached us"),
            "remedy": _("What was done"),
            "cause": _("Why it happened"),
        }
        tables = []
        for by, title in titles.items():
            counts = figures.published(figures.parts(by, since, until))
            rows = sorted(counts.items(), key=lambda pair: -(pair[1] or 0))
            shown = [
                (_label(by, code), formats.number(count) if count is not None else _hidden()) for code, count in rows
            ]
            if shown:
                tables.append({"title": title, "headings": (title, _("Cases")), "rows": shown})
        return tables


def _confidential() -> str:
    """Say how many confidential cases the last year brought, in the country as a whole; a small number is hidden."""
    year, count = received_in_the_last_year(timezone.localdate())
    return format_html(
        _("Confidential cases in the whole country in {year}: {count}."),
        year=formats.digits(str(year)),
        count=formats.suppressed(count),
    )


def _actions() -> list[dict[str, Any]]:
    """Return what is done so that what repeats does not happen again; owners are not named in public."""
    rows = [
        (
            action.title,
            action.get_cause_display(),
            f"{action.get_status_display()}: {action.result}" if action.result else action.get_status_display(),
            formats.short_day(action.due_on),
        )
        for action in figures.actions()
    ]
    headings = (_("What is done about it"), _("Why it happened"), _("Status"), _("To be done by"))
    return [{"title": _("So that it does not happen again"), "headings": headings, "rows": rows}] if rows else []


def _hidden() -> Any:
    return formats.suppressed(1)


def _stats(months: list[Month]) -> list[dict[str, Any]]:
    received = sum(month.received for month in months)
    on_time = sum(month.on_time for month in months)
    rated, satisfied = sum(month.rated for month in months), sum(month.satisfied for month in months)
    year = _("in twelve months")
    return [
        {"label": _("Received"), "value": formats.suppressed(received), "note": year},
        {
            "label": _("Answered in time"),
            "value": formats.percent(on_time / received * 100) if received >= LEAST else "—",
            "note": _("of those received"),
        },
        {"label": _("Objections"), "value": formats.suppressed(sum(month.appeals for month in months)), "note": year},
        {
            "label": _("Satisfied"),
            "value": formats.percent(satisfied / rated * 100) if rated >= LEAST else "—",
            "note": _("of those who answered"),
        },
    ]


class PublicCsvView(View):
    """The same months as a file, with the same cells hidden."""

    http_method_names = ("get", "head")

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        header = [
            *("month", "received", "closed", "flow_percent", "on_time_of_received", "cohort_percent"),
            *("median_days", "p90_days", "appeals", "appeals_upheld_percent", "satisfied_percent"),
        ]
        months = _months()
        hidden = figures.hidden_months(months)
        rows = [[f"{month.month:%Y-%m}", *_csv_cells(month, month.month in hidden)] for month in months]
        return csv_response("complaints.csv", header, rows)


def _csv_cells(month: Month, is_hidden: bool) -> list[object]:
    def count(number: int) -> object:
        return number if number == 0 or number >= LEAST else f"<{LEAST}"

    def share(value: float | None, of: int) -> object:
        return round(value) if value is not None and of >= LEAST else ""

    if is_hidden:
        return [f"<{LEAST}" if 0 < month.received < LEAST else "", *[""] * 9]
    days = (month.median, month.ninth) if month.closed >= LEAST else ("", "")
    return [
        count(month.received),
        count(month.closed),
        share(month.flow, month.closed),
        count(month.on_time),
        share(month.cohort, month.on_time),
        *days,
        count(month.appeals),
        share(month.upheld_share, month.decided_again),
        share(month.satisfaction, month.rated),
    ]


class DeskFiguresView(StaffPageMixin, TemplateView):
    """Load, lateness and what waits, in the reader's areas."""

    permission_required = "complaints.view_complaint"
    template_name = "complaints/figures.html"
    title = gettext_lazy("Complaints in figures")

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [(_("Complaints"), reverse("complaints:list")), (self.title, "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        cases, today = Complaint.objects.visible_to(user), timezone.localdate()
        address = reverse("complaints:list")
        open_cases, late = cases.open().count(), cases.overdue(today).count()
        stats = [
            {"label": _("Open"), "value": formats.number(open_cases), "url": f"{address}?waiting=open"},
            {
                "label": _("Late"),
                "value": formats.number(late),
                "url": f"{address}?waiting=late",
                "tone": "bad" if late else "ok",
            },
            {
                "label": _("Nobody has it"),
                "value": formats.number(cases.open().filter(officer=None).count()),
                "url": f"{address}?waiting=nobody",
            },
            {
                "label": _("To be reviewed"),
                "value": formats.number(cases.filter(needs_review=True).count()),
                "url": f"{address}?waiting=review",
            },
        ]
        paths = user.area_paths_with("complaints.view_complaint")
        tables = [
            _ages(paths, user.pk),
            *(_breakdown(what, paths, user.pk) for what in _DIVIDED),
            _causes(paths, user.pk),
        ]
        return super().get_context_data(
            stats=stats,
            tables=[table for table in tables if table["rows"]],
            note=_(
                "Answered, in time and days: of the last ninety days, by the first answer; opened again is not in time."
            ),
            actions_url=reverse("complaints:actions"),
            **kwargs,
        )


_DIVIDED: dict[str, Text] = {
    "office": gettext_lazy("By office"),
    "category": gettext_lazy("By what it is about"),
    "channel": gettext_lazy("By the way it reached us"),
    "level": gettext_lazy("By level"),
}


def _ages(paths: list[str], reader: int) -> dict[str, Any]:
    rows = []
    for first, last, count in breakdowns.ages(paths, reader):
        span = formats.isolated_ltr(f"{formats.number(first)}–{formats.number(last)}") if last is not None else ""
        words = (
            _("{days} days").format(days=span)
            if span
            else _("More than {days} days").format(days=formats.number(first - 1))
        )
        rows.append((words, formats.number(count)))
    return {"title": _("How old open cases are"), "headings": (_("Since they arrived"), _("Cases")), "rows": rows}


def _breakdown(what: str, paths: list[str], reader: int) -> dict[str, Any]:
    title = str(_DIVIDED[what])
    headings = (
        title, _("Open"), _("Late"), _("Answered"), _("In time"), _("Median, working days"),
        _("Nine in ten within, working days"), _("Opened again"),
    )  # fmt: skip
    english = (get_language() or "ar").startswith("en")
    enumerations: dict[str, Any] = {"channel": Channel, "level": Level}
    rows = []
    for part in breakdowns.by(what, paths, reader):
        name: Text = part.name_en if english and part.name_en else part.name_ar
        name = enumerations[what](part.name_ar).label if what in enumerations else name
        rows.append(
            (
                name,
                *(formats.number(count) for count in (part.open, part.late, part.answered)),
                formats.percent(part.on_time_share) if part.on_time_share is not None else "—",
                *(formats.number(days, 1) if days is not None else "—" for days in (part.median, part.ninth)),
                formats.number(part.appeals),
            )
        )
    return {"title": title, "headings": headings, "rows": rows}


def _causes(paths: list[str], reader: int) -> dict[str, Any]:
    rows = [
        (
            Cause(row["cause"]).label,
            formats.number(row["lately"]),
            formats.number(row["before"]),
            formats.number(row["actions"]),
        )
        for row in breakdowns.growing_causes(paths, reader)
    ]
    headings = (_("Why it happened"), _("Last ninety days"), _("Ninety days before"), _("Corrective actions under way"))
    return {"title": _("Causes that repeat"), "headings": headings, "rows": rows}

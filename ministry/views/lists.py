"""The list page that every app uses: search, filters with chips, sorting, paging; one address for page and fragment."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic.base import TemplateView
from django_filters import FilterSet

from ministry import formats
from ministry.views.mixins import FragmentMixin, StaffPageMixin, Text
from ministry.views.paging import PAGE_SIZE, Page, count_rows, keyset_page, numbered_page


@dataclass(frozen=True)
class Column:
    """A column: its name in address and template, its heading, and the fields it sorts by (none: not at all)."""

    name: str
    label: str | Promise
    order_by: tuple[str, ...] = ()
    numeric: bool = False
    is_header: bool = False


@dataclass(frozen=True)
class Heading:
    """A column's heading on this page: where its link leads and how the rows stand."""

    column: Column
    # Value of `sort` that a click asks for; empty where the column does not sort.
    sort: str = ""
    # "ascending", "descending" or nothing, as `aria-sort` wants it.
    direction: str = ""


@dataclass(frozen=True)
class Chip:
    """An active filter: what it says, and the address without it."""

    text: str
    query: str


class ListPage(StaffPageMixin, FragmentMixin, TemplateView):
    """A list of records with everything around it.

    Subclasses set `title`, `model` (or `get_queryset`, starting from `visible_to`), `columns`, `row_template_name`
    (the cells of one row; it gets `row` and `columns`), and where they apply `filterset_class` (a filter called `q` is
    the search box), `default_sort`, `actions_template_name`, the texts for an empty list.
    """

    template_name = "components/list_page.html"
    fragment_template_name = "components/_results.html"
    model: type[Model]
    filterset_class: type[FilterSet] | None = None
    columns: tuple[Column, ...] = ()
    row_template_name: str
    # A column's name, with a minus for falling order. Without it: the model's own ordering.
    default_sort: str = ""
    page_size: int = PAGE_SIZE
    # True for lists of millions: pages follow a key instead of numbers, and sorting columns must not be null.
    keyset: bool = False
    caption: Text = ""
    empty_title: Text = ""
    empty_text: Text = ""
    empty_icon: str = "inbox"

    def get_queryset(self) -> QuerySet:
        queryset = self.model._default_manager.all().visible_to(self.request.user)  # type: ignore[attr-defined]
        return queryset.for_list() if hasattr(queryset, "for_list") else queryset

    def get_columns(self) -> tuple[Column, ...]:
        return self.columns

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.filterset = None
        queryset = self.get_queryset()
        status = 200
        if self.filterset_class:
            self.filterset = self.filterset_class(data=request.GET, queryset=queryset, request=request)
            if self.filterset.form.is_valid():
                queryset = self.filterset.qs
            else:
                # A filter that is not understood must not show everything as if it had been applied.
                queryset, status = queryset.none(), 400
        page = self.cut(queryset)
        return self.render_to_response(self.get_context_data(page=page, **kwargs), status=status)

    def current_sort(self) -> tuple[Column | None, bool]:
        """Return the column the rows are sorted by, and whether in falling order."""
        sortable = {column.name: column for column in self.get_columns() if column.order_by}
        for asked in (self.request.GET.get("sort", ""), self.default_sort):
            if asked.removeprefix("-") in sortable:
                return sortable[asked.removeprefix("-")], asked.startswith("-")
        return None, False

    def count(self, queryset: QuerySet) -> tuple[int, bool]:
        """Return how many rows a keyset list has, and whether that is an estimate."""
        return count_rows(queryset)

    def cut(self, queryset: QuerySet) -> Page:
        """Return the page of rows that the address asks for."""
        column, descending = self.current_sort()
        ordering: list[str] = []
        if column:
            ordering = [
                name.removeprefix("-") if descending and name.startswith("-") else f"-{name}" if descending else name
                for name in column.order_by
            ]
        if self.keyset:
            return keyset_page(
                queryset,
                ordering or ["pk"],
                after=self.request.GET.get("after"),
                before=self.request.GET.get("before"),
                size=self.page_size,
                count=self.count,
            )
        if ordering:
            queryset = queryset.order_by(*ordering, "pk")
        return numbered_page(queryset, self.request.GET.get("page"), self.page_size)

    def headings(self) -> list[Heading]:
        """Return the headings with their sort links."""
        current, descending = self.current_sort()
        headings = []
        for column in self.get_columns():
            if not column.order_by:
                headings.append(Heading(column))
            elif current and column.name == current.name:
                turned = column.name if descending else f"-{column.name}"
                headings.append(Heading(column, turned, "descending" if descending else "ascending"))
            else:
                headings.append(Heading(column, column.name))
        return headings

    def query_without(self, *names: str) -> str:
        """Return the address's query without these parameters, and without the page, which no longer fits."""
        query = self.request.GET.copy()
        for name in (*names, "page", "after", "before"):
            query.pop(name, None)
        return f"?{query.urlencode()}" if query else "?"

    def chips(self, form: BaseForm) -> list[Chip]:
        """Return one chip for each active filter."""
        chips = []
        for name, value in form.cleaned_data.items():
            if value in (None, "", []) or (hasattr(value, "__len__") and len(value) == 0):
                continue
            field = form.fields[name]
            # Ranges spread over several parameters: registered_min, registered_max.
            suffixes = getattr(field.widget, "suffixes", None)
            names = [f"{name}_{suffix}" for suffix in suffixes] if suffixes else [name]
            text = format_html(_("{filter}: {value}"), filter=field.label, value=_display(field, value))
            chips.append(Chip(text, self.query_without(*names)))
        return chips

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = self.filterset.form if self.filterset else None
        chips = self.chips(form) if form is not None and form.is_valid() else []
        return super().get_context_data(
            **{
                "columns": {column.name: column for column in self.get_columns()},
                "headings": self.headings(),
                "row_template_name": self.row_template_name,
                "filter_form": form,
                "sort": self.request.GET.get("sort", ""),
                "chips": chips,
                "clear_query": self.query_without(*(form.data.keys() if form is not None else ())),
                "caption": self.caption or self.get_title(),
                "empty_title": self.empty_title or _("There is nothing here yet"),
                "empty_text": self.empty_text,
                "empty_icon": self.empty_icon,
            }
            | kwargs
        )


def _display(field: Any, value: Any) -> str:
    """Return a filter's value as the reader would say it."""
    if value is True:
        return _("yes")
    if value is False:
        return _("no")
    if isinstance(value, slice):
        return _display_range(value)
    if hasattr(value, "year"):
        return formats.short_day(value)
    choices = {
        str(key): label
        for group, labels in getattr(field, "choices", [])
        for key, label in (labels if isinstance(labels, list | tuple) else [(group, labels)])
    }
    if isinstance(value, list | tuple | QuerySet):
        first, *others = (str(choices.get(str(getattr(one, "pk", one)), one)) for one in value)
        if not others:
            return first
        return ngettext("{first} and {count} other", "{first} and {count} others", len(others)).format(
            first=first, count=formats.number(len(others))
        )
    return choices.get(str(value), value)


def _display_range(value: slice) -> str:
    start, stop = (
        formats.short_day(end) if hasattr(end, "year") else formats.number(end) for end in (value.start, value.stop)
    )
    if start and stop:
        return format_html(_("from {start} to {stop}"), start=start, stop=stop)
    return format_html(_("from {start}"), start=start) if start else format_html(_("up to {stop}"), stop=stop)

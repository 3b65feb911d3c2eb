"""What templates say in one word: icons, status tags, cells, error summaries, dates, amounts. Always loaded."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import template
from django.db.models import Model
from django.forms import BaseForm
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from ministry import formats
from ministry.deeds import deed_label, kind_label
from ministry.icons import DIRECTIONAL, PATHS
from ministry.jobs.kinds import label_of
from ministry.models import Job

register = template.Library()

register.filter("deed", deed_label)
register.filter("record_kind", kind_label)
register.filter("number", formats.number)
register.filter("percent", formats.percent)
register.filter("signed", formats.signed)
register.filter("day", formats.day)
register.filter("short_day", formats.short_day)
register.filter("month", formats.month)
register.filter("clock", formats.clock)
register.filter("moment", formats.moment)
register.filter("ago", formats.ago)
register.filter("masked", formats.masked)
register.filter("digits", formats.digits)
register.filter("suppressed", formats.suppressed)
register.filter("bdi", formats.isolated)
register.filter("ltr", formats.isolated_ltr)


@register.filter
def money(amount: Decimal | int | None, currency: str = "") -> SafeString | str:
    """Return an amount in its currency, or in the country's."""
    return formats.money(amount, currency)


@register.filter
def job_label(job: Job) -> str:
    """Return what a job is called in words."""
    return label_of(job)


@register.filter
def at(mapping: Any, key: Any) -> Any:
    """Return `mapping[key]`, or nothing."""
    return mapping.get(key, "")


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Return an icon as inline SVG; without `label` it is decoration and hidden from screen readers."""
    classes = "icon turns" if name in DIRECTIONAL else "icon"
    # SECURITY: PATHS holds only the portal's own drawings.
    drawing = mark_safe(PATHS[name])  # noqa: S308
    if label:
        return format_html(
            '<svg class="{}" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>', classes, label, drawing
        )
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>', classes, drawing
    )


# The tone of a status where its model names none (`STATUS_TONES`). The word always says it as well.
_TONES = {
    **dict.fromkeys(("approved", "active", "complete", "completed", "eligible", "paid", "verified", "succeeded"), "ok"),
    **dict.fromkeys(("sent", "delivered", "released", "resolved", "enrolled", "matched", "in_force", "met"), "ok"),
    **dict.fromkeys(("in_review", "needs_information", "suspended", "held", "doubtful", "cancelling"), "warn"),
    **dict.fromkeys(("rejected", "refused", "failed", "not_eligible", "overdue", "exited", "bounced", "bad"), "bad"),
    **dict.fromkeys(("submitted", "running", "queued", "prepared", "started", "open", "new", "reconciling"), "info"),
}


@register.simple_tag
def badge(label: Any, tone: str = "") -> SafeString:
    """Return a status tag: a word, a dot and a tint (`ok`, `warn`, `bad`, `info`, or none)."""
    return format_html('<span class="badge {}">{}</span>', tone, label)


@register.simple_tag
def status(record: Model, field: str = "status") -> SafeString:
    """Return the tag of a record's status, in the words of its enumeration.

    The tone comes from the model's `<FIELD>_TONES` ({value: tone}) where it has one.
    """
    value = getattr(record, field)
    label = getattr(record, f"get_{field}_display")()
    tones = getattr(record, f"{field.upper()}_TONES", _TONES)
    return badge(label, tones.get(value, ""))


@register.inclusion_tag("components/_error_summary.html")
def error_summary(*forms: BaseForm) -> dict[str, Any]:
    """List every error of the forms, each linked to its field, in the words that stand beside it."""
    items: list[tuple[str, str]] = []
    for form in forms:
        if not form.is_bound:
            continue
        for name, errors in form.errors.as_data().items():
            href, label = "", ""
            if name in form.fields:
                field = form[name]
                # A group of radios or boxes has no id of its own: its first option has.
                target = field.id_for_label or (f"{field.auto_id}_0" if field.auto_id else "")
                href, label = f"#{target}" if target else "", str(field.label)
            for error in errors:
                for message in error.messages:
                    # «Fill this in» says nothing away from its field.
                    is_general = error.code in {"required", "invalid_choice"} and label
                    text = _("{field}: {message}").format(field=label, message=message) if is_general else message
                    items.append((href, text))
    return {"items": items}


@register.filter
def is_wrong(form: Any) -> bool:
    """Return whether a form came back with errors."""
    return bool(getattr(form, "is_bound", False) and form.errors)


class CellNode(template.Node):
    """`{% cell column %}…{% endcell %}`: a table cell that carries its column's name for narrow screens."""

    def __init__(self, column: FilterExpression, nodelist: NodeList) -> None:
        self.column = column
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        column = self.column.resolve(context)
        content = mark_safe(self.nodelist.render(context).strip())  # noqa: S308  (already escaped by the nodes)
        if column.is_header:
            return format_html('<th scope="row">{}</th>', content)
        return format_html(
            '<td data-label="{}"{}>{}</td>',
            column.label,
            mark_safe(' class="number"') if column.numeric else "",
            content,
        )


@register.tag
def cell(parser: Parser, token: Token) -> CellNode:
    """Parse `{% cell column %}…{% endcell %}`."""
    pieces = token.split_contents()
    if len(pieces) != 2:
        raise template.TemplateSyntaxError("cell takes one argument: the column")
    nodelist = parser.parse(("endcell",))
    parser.delete_first_token()
    return CellNode(parser.compile_filter(pieces[1]), nodelist)


@register.simple_tag
def sentence(parts: Iterable[Any]) -> SafeString:
    """Return facts about a thing on one line, a middle dot between them; empty ones are left out."""
    return mark_safe(" · ".join(conditional_escape(part) for part in parts if part not in ("", None)))  # noqa: S308


@register.filter
def iso(value: dt.date | dt.datetime | None) -> str:
    """Return a date or instant for a `<time datetime>`."""
    return value.isoformat() if value else ""

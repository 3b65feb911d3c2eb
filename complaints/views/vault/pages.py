"""The list of confidential cases, one case on one screen, its files."""

from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View

from complaints.filters import VaultFilter
from complaints.models import Category, VaultCase, VaultEvent, VaultFile
from complaints.services.vault import casework
from complaints.views.vault.mixins import VIEW, VaultPageMixin
from complaints.views.vault.verbs import VERBS
from complaints.workflows import VAULT
from ministry import formats
from ministry.views.lists import Column, ListPage

Text = str | Promise
_SHOWN_EVENTS = 60


class VaultListView(VaultPageMixin, ListPage):
    """Confidential cases of the reader's areas, the most dangerous first."""

    permission_required = VIEW
    model, filterset_class = VaultCase, VaultFilter
    title = gettext_lazy("Confidential cases")
    lead = gettext_lazy("Seen by named officers only. Opening a case is written down.")
    columns = (
        Column("about", gettext_lazy("About"), is_header=True),
        Column("risk", gettext_lazy("Risk"), ("risk",)),
        Column("status", gettext_lazy("Status")),
        Column("area", gettext_lazy("Place")),
        Column("received_at", gettext_lazy("Received"), ("received_at",)),
        Column("officer", gettext_lazy("Officer")),
    )
    default_sort = "-risk"
    row_template_name = "complaints/vault/_row.html"
    actions_template_name = "complaints/vault/_actions.html"
    empty_title = gettext_lazy("There is no confidential case")
    empty_text = gettext_lazy("They come from the web page and the hotline, and from nowhere else.")

    def get_queryset(self) -> QuerySet[VaultCase]:
        return VaultCase.objects.visible_to(self.request.user).for_list()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        names = {one.code: one.name for one in Category.objects.all()}
        today = timezone.localdate()
        for case in context["page"]:
            case.what = names.get(case.matter) or _("Erased")
            case.is_late = case.first_look_is_late(today)
        return context


class VaultCaseView(VaultPageMixin, TemplateView):
    """A case on one screen. That it was opened, and by whom, is written down."""

    template_name = "complaints/vault/case.html"

    def get_title(self) -> Text:
        return self.case.about

    def get_lead(self) -> Text:
        case = self.case
        return format_html(
            _("Code {code}, received {day}"),
            code=formats.isolated_ltr(str(case)),
            day=formats.day(case.received_at),
        )

    def get_crumbs(self) -> list[tuple[Text, str]]:
        return [(VaultListView.title, reverse("complaints:vault")), (self.case.about, "")]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        casework.note_opening(case=self.case, actor=self.user)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        case, user = self.case, self.request.user
        works = user.has_perm("complaints.work_vaultcase", case.area)
        return super().get_context_data(
            case=case,
            rows=self._rows(),
            risk_tone=VaultCase.RISK_TONES.get(VaultCase.Risk(case.risk), ""),
            said=list(case.messages.select_related("by").order_by("-at", "-id")),
            files=list(case.files.defer("content")),
            may_read_files=works,
            referrals=list(case.referrals.select_related("service").order_by("-id")),
            events=self._events(),
            can_take=self._can_take(),
            verbs=self._verbs(),
            **kwargs,
        )

    def _rows(self) -> list[tuple[Text, Any]]:
        case = self.case
        named = "، ".join(str(one.staff or one.name or _("Erased")) for one in case.accused.select_related("staff"))
        return [
            (_("What it is"), case.get_kind_display()),
            (_("Place"), case.area.name),
            (_("Reached us by"), case.get_channel_display()),
            (_("Named in the case"), named or _("Nobody")),
            (_("Officer"), str(case.officer) if case.officer else _("Nobody has it yet")),
            (_("First look by"), formats.day(case.look_by)),
            (_("Answer due"), formats.day(case.due_on)),
            (_("Outcome"), case.get_outcome_display() if case.outcome else ""),
            (_("Words are kept until"), formats.day(case.erase_on) if case.erase_on else ""),
        ]

    def _events(self) -> list[SimpleNamespace]:
        found = self.case.events.select_related("by").order_by("-id")[:_SHOWN_EVENTS]
        tones = {VaultEvent.What.CLOSED: "ok", VaultEvent.What.REFUSED: "bad"}
        return [
            SimpleNamespace(
                at=one.at,
                text=one.get_what_display(),
                by=one.by,
                tone=tones.get(VaultEvent.What(one.what), ""),
            )
            for one in found
        ]

    def _can_take(self) -> bool:
        case, user = self.case, self.request.user
        return (
            "assign" in VAULT.available(status=case.status, actor=user, area=case.area) and case.officer_id != user.pk
        )

    def _verbs(self) -> list[tuple[Text, str]]:
        case, user = self.case, self.request.user
        open_to, idle = set(VAULT.available(status=case.status, actor=user, area=case.area)), self._idle()
        in_charge = case.officer_id == user.pk
        return [
            (verb.label, reverse("complaints:vault_verb", args=[case.ref, code]))
            for code, verb in VERBS.items()
            if verb.transition in open_to - idle and (in_charge or not verb.in_charge) and verb.is_offered
        ]

    def _idle(self) -> set[str]:
        """Return the verbs for which there is nothing to do them with: no open question, nothing to send, no file."""
        case, idle = self.case, set()
        states = {(one.consent, one.sent_at is not None) for one in case.referrals.all()}
        if not states & {("asked", False), ("given", False)}:
            idle.add("consent")
        if ("given", False) not in states:
            idle.add("send")
        if ("given", True) not in states:
            idle.add("report")
        if not case.files.filter(scan__in=[VaultFile.Scan.UNSCANNED, VaultFile.Scan.PENDING]).exists():
            idle.add("admit")
        return idle


class VaultFileView(VaultPageMixin, View):
    """Hands out one file of a case; that it was opened is written down."""

    permission_required = "complaints.work_vaultcase"
    http_method_names = ("get", "head", "options")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        file = self.case.files.filter(pk=kwargs["pk"]).defer("content").first() if kwargs["pk"] < 2**63 else None
        if file is None:
            raise Http404
        content = casework.open_file(file=file, actor=self.user)
        return HttpResponse(
            content,
            content_type=file.content_type,
            headers={
                # SECURITY: always a download, never shown in the portal's own origin.
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "sandbox; default-src 'none'",
            },
        )

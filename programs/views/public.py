"""What each programme gives and asks, for everybody."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from ministry.views.mixins import PageMixin
from programs.models import Program
from programs.queries.programs import rules_in_words, versions_in_force


class PublicProgramListView(PageMixin, TemplateView):
    """The programmes that have a version in force today."""

    template_name = "programs/public_program_list.html"
    title = _("Programmes and who qualifies")
    lead = _("What each programme pays and what it asks, as it is in force today.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        versions = sorted(versions_in_force(timezone.localdate()).values(), key=lambda version: version.program.code)
        return super().get_context_data(
            versions=[version for version in versions if version.program.is_active], **kwargs
        )


class PublicProgramView(PageMixin, TemplateView):
    """One programme: whom it is for, what it pays, what it asks."""

    template_name = "programs/public_program.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        program = Program.objects.filter(code=kwargs["code"], is_active=True).first()
        version = versions_in_force(timezone.localdate()).get(program.pk) if program else None
        if program is None or version is None:
            raise Http404
        self.program = program
        return super().get_context_data(
            program=program,
            version=version,
            components=version.components.all(),
            rules=rules_in_words(version),
            **kwargs,
        )

    def get_title(self) -> str:
        return self.program.name

    def get_lead(self) -> str:
        return self.program.purpose

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return [(PublicProgramListView.title, reverse("programs:public_program_list")), (self.program.name, "")]

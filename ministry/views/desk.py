"""The staff home: what waits for me, four figures, panels of the apps."""

from itertools import chain, islice
from typing import Any

from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from ministry.context import post_of
from ministry.slots import DeskTask, desk_figures, desk_panels, desk_tasks
from ministry.views.mixins import StaffPageMixin, Text

# The most pressing first; equals stay in the order of their apps.
_URGENCY = {"bad": 0, "warn": 1, "info": 2, "ok": 3}


class DeskView(StaffPageMixin, TemplateView):
    """Shows each person what they can act on; apps fill it through slots."""

    template_name = "ministry/desk.html"

    def get_title(self) -> Text:
        name = self.request.user.get_full_name() or str(self.request.user)
        return _("Welcome, {name}").format(name=name)

    def get_lead(self) -> Text:
        return post_of(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        tasks: list[DeskTask] = sorted(
            chain.from_iterable(provider(user) for provider in desk_tasks), key=lambda task: _URGENCY.get(task.tone, 2)
        )
        panels = []
        for panel in desk_panels:
            if panel.permissions and not any(user.has_perm(name) for name in panel.permissions):
                continue
            context = panel.context(self.request)
            if context is not None:
                panels.append({"template_name": panel.template_name, "context": context})
        return super().get_context_data(
            tasks=tasks,
            # Four figures at most: a wall of numbers tells nobody anything.
            figures=list(islice(chain.from_iterable(provider(user) for provider in desk_figures), 4)),
            panels=panels,
            **kwargs,
        )

"""What the pages of the vault have in common: they are drawn while it is open to their reader, and kept nowhere."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from complaints.models import VaultCase
from complaints.vault import opened
from ministry.views.mixins import StaffPageMixin

VIEW = "complaints.view_vaultcase"


class VaultPageMixin(StaffPageMixin):
    """A page of the vault, for those who hold a right in it."""

    permission_required: str | tuple[str, ...] = VIEW
    kwargs: dict[str, Any]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return super().dispatch(request, *args, **kwargs)
        with opened(request.user):
            response = super().dispatch(request, *args, **kwargs)
            if isinstance(response, TemplateResponse):
                response.render()
        response.headers["Cache-Control"] = "no-store, private"
        return response

    @property
    def case(self) -> VaultCase:
        """The case among those the person may see."""
        if not hasattr(self, "_case"):
            try:
                ref = uuid.UUID(self.kwargs["ref"])
            except ValueError as error:
                raise Http404 from error
            visible = VaultCase.objects.visible_to(self.request.user).for_list()
            self._case = get_object_or_404(visible, ref=ref)
        return self._case

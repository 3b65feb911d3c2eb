"""Holds that are settled, and the lists of a cycle: what was made, and making one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.forms import Form as EmptyForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import FormView

from ministry import formats
from ministry.views.mixins import ConfirmPageMixin, FormPageMixin
from programs.models import Payment
from programs.payments.forms import PaymentFileForm
from programs.payments.holds import count_cleared
from programs.services import payment_cycles as services
from programs.services.payment_files import FileAlreadyMade, make_payment_file
from programs.services.payments import release_cleared_holds
from programs.views.payment_cycles import CyclePageMixin
from programs.workflows import PAYMENT_CYCLE


class ReleaseHoldsView(CyclePageMixin, ConfirmPageMixin, FormView):
    """Lifts every hold whose duplicate has been decided."""

    permission_required = "programs.add_paymentcycle"
    form_class = EmptyForm
    title = gettext_lazy("Lift the holds that are settled")
    submit_label = gettext_lazy("Lift them")
    is_destructive = False

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return self.cycle_crumbs(self.title)

    def get_question(self) -> str:
        count = count_cleared(self.cycle.pk)
        return ngettext(
            "{count} payment is on hold for a duplicate that is settled. It goes into the next list.",
            "{count} payments are on hold for duplicates that are settled. They go into the next list.",
            count,
        ).format(count=formats.number(count))

    def get_cancel_url(self) -> str:
        return self.cycle.get_absolute_url()

    def form_valid(self, form: BaseForm) -> HttpResponse:
        count = release_cleared_holds(cycle=self.cycle, actor=self.request.user)
        messages.success(
            self.request,
            ngettext("{count} hold was lifted.", "{count} holds were lifted.", count).format(
                count=formats.number(count)
            ),
        )
        return redirect(self.cycle)


class PaymentFilesView(CyclePageMixin, FormPageMixin, FormView):
    """The lists of a cycle: what was made, and making one."""

    form_class = PaymentFileForm
    template_name = "programs/payment_files.html"
    title = gettext_lazy("Files for the paying agent")
    submit_label = gettext_lazy("Make the file")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.request.user.has_perm(PAYMENT_CYCLE.permission_of("make_file"), services.country_area()):
            raise PermissionDenied
        return super().post(request, *args, **kwargs)

    def get_crumbs(self) -> list[tuple[str | Promise, str]]:
        return self.cycle_crumbs(self.title)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        verbs = services.available_verbs(self.cycle, user)
        return super().get_context_data(
            cycle=self.cycle,
            files=self.cycle.files.select_related("made_by", "document"),
            ready=Payment.objects.filter(cycle=self.cycle, status=Payment.Status.READY).count(),
            may_make_file="make_file" in verbs,
            may_download=user.has_perm("programs.release_paymentcycle", services.country_area()),
            **kwargs,
        )

    def form_valid(self, form: BaseForm) -> HttpResponse:
        try:
            make_payment_file(cycle=self.cycle, file_format=form.cleaned_data["format"], actor=self.request.user)
        except FileAlreadyMade as known:
            messages.info(self.request, known.message)
        else:
            messages.success(self.request, _("The file is being made. It appears in the list below when it is ready."))
        return redirect("programs:cycle_files", self.cycle.pk)

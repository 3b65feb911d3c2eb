"""What the portal's pages have in common: who may come in, titles, fragments, refusals, forms."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.mixins import AccessMixin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.views.generic.base import ContextMixin, TemplateResponseMixin, View
from django.views.generic.edit import FormMixin

from ministry.exceptions import DomainError
from ministry.models import Area, User

Text = str | Promise


def signed_in(request: HttpRequest) -> User:
    """Return the person of a request that only signed-in people may make.

    Raises:
        PermissionDenied: nobody is signed in.
    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


class PageMixin(ContextMixin):
    """A page with a title (its one `h1`, and the start of `<title>`), a lead, a trail and actions."""

    title: Text = ""
    lead: Text = ""
    # A template with the buttons beside the title.
    actions_template_name: str = ""

    def get_title(self) -> Text:
        return self.title

    def get_lead(self) -> Text:
        return self.lead

    def get_crumbs(self) -> list[tuple[Text, str]]:
        """Return the trail as (label, address); the last without an address."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        defaults = {
            "page_title": self.get_title(),
            "page_lead": self.get_lead(),
            "crumbs": self.get_crumbs(),
            "page_actions_template": self.actions_template_name,
        }
        return super().get_context_data(**(defaults | kwargs))


class StaffPageMixin(PageMixin, AccessMixin, View):
    """A page for signed-in staff. Without the permission it answers 403; nobody is sent to sign-in first.

    The second factor is asked for by `SecondFactorMiddleware`, for pages, admin and API alike. Whose rows a page shows
    is decided by `visible_to` in `get_queryset`; what lies outside is 404.
    """

    # Its `user` is a `User` wherever a page looks at it; where the type has to say so, take `self.user`.
    request: Any

    # PUT would do what POST does, past the forms.
    http_method_names: Sequence[str] = ("get", "post", "head", "options")
    # Any one of these opens the page; empty means every signed-in person.
    permission_required: str | tuple[str, ...] = ()
    # What is done here binds everywhere: it takes the permission for the whole country, not just for a part of it.
    binds_country: bool = False

    @property
    def user(self) -> User:
        """The signed-in person who looks or acts."""
        return signed_in(self.request)

    def has_permission(self) -> bool:
        names = (self.permission_required,) if isinstance(self.permission_required, str) else self.permission_required
        area = Area.objects.root() if self.binds_country else None
        return not names or any(self.request.user.has_perm(name, area) for name in names)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            # A fragment would put the sign-in page into the middle of a page: the whole page is sent there instead.
            if getattr(request, "htmx", None):
                return HttpResponse(status=401, headers={"HX-Refresh": "true"})
            return self.handle_no_permission()
        if not self.has_permission():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


def wants_fragment(request: HttpRequest) -> bool:
    """Return whether htmx asks for a part of the page only."""
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.boosted and not htmx.history_restore_request


class FragmentMixin(TemplateResponseMixin):
    """Answers htmx with `fragment_template_name`, everybody else with the whole page, from one address."""

    fragment_template_name: str = ""

    def get_template_names(self) -> list[str]:
        if self.fragment_template_name and wants_fragment(self.request):
            return [self.fragment_template_name]
        return super().get_template_names()

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        patch_vary_headers(response, ["HX-Request"])
        return response


class DomainErrorMixin(View):
    """Shows what a service refused as a message on the page it came from, with status 409.

    On a form page (`FormPageMixin`) the message stands in the form's error summary and what was typed stays. On other
    pages the page is drawn again by `get`, with the refusal on top.
    """

    refusal: str = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except DomainError as error:
            if request.method in {"GET", "HEAD"} or not hasattr(self, "get"):
                raise  # the error page for 409 (`RefusalMiddleware`)
            self.refusal = error.message
            response = self.get(request, *args, **kwargs)
            response.status_code = 409
            return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**({"refusal": self.refusal} | kwargs))  # type: ignore[misc]


class FormPageMixin(PageMixin, FormMixin):
    """A page with a form: 422 where a field is wrong, 409 where the service refuses; typed text stays in both."""

    template_name: str | None = "components/form_page.html"
    submit_label: Text = ""
    # Where «cancel» leads; no link without it.
    cancel_url: Text = ""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if hasattr(self, "get_object"):
            self.object = self.get_object()
        form = self.get_form()
        if not form.is_valid():
            return self.form_invalid(form)
        try:
            return self.form_valid(form)
        except DomainError as error:
            form.add_error(None, error.message)
            return self.form_refused(form)

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 422
        return response

    def form_refused(self, form: BaseForm) -> HttpResponse:
        response = super().form_invalid(form)
        response.status_code = 409
        return response

    def get_cancel_url(self) -> str:
        return str(self.cancel_url)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **({"submit_label": self.submit_label, "cancel_url": self.get_cancel_url()} | kwargs)
        )


class VisibleObjectMixin:
    """Finds the record among those the person may see: what lies outside is 404, as if it did not exist."""

    model: type[Model]

    def get_queryset(self) -> QuerySet:
        return self.model._default_manager.all().visible_to(self.request.user)  # type: ignore[attr-defined]


class ConfirmPageMixin(FormPageMixin):
    """A page of its own that names the thing before something that cannot be undone is done."""

    template_name: str | None = "components/confirm_page.html"
    # The sentence that says what will happen, and whether the main button is red.
    question: Text = ""
    is_destructive: bool = True

    def get_question(self) -> Text:
        return self.question

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **({"question": self.get_question(), "is_destructive": self.is_destructive} | kwargs)
        )

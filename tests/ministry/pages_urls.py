"""Addresses of the page tests: one list, one form, one page that refuses, besides the portal's own."""

import django_filters
from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.generic import FormView, TemplateView

from ministry.exceptions import RuleViolation
from ministry.forms import AreaField, DateTypedField, DigitsField, MoneyField, PhoneField
from ministry.models import User
from ministry.urls import handler400, handler403, handler404, handler500
from ministry.urls import urlpatterns as portal
from ministry.views.lists import Column, ListPage
from ministry.views.mixins import DomainErrorMixin, FormPageMixin, StaffPageMixin

__all__ = ["handler400", "handler403", "handler404", "handler500"]


class PeopleFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(field_name="username", lookup_expr="icontains", label="Search")
    language = django_filters.ChoiceFilter(choices=[("ar", "Arabic"), ("en", "English")], label="Language")
    joined = django_filters.DateFromToRangeFilter(field_name="date_joined", label="Joined")

    class Meta:
        model = User
        fields: list[str] = []


class PeopleView(ListPage):
    title = "People"
    permission_required = "ministry.view_user"
    filterset_class = PeopleFilter
    columns = (
        Column("name", "Name", ("username",), is_header=True),
        Column("language", "Language"),
        Column("joined", "Joined", ("date_joined",)),
    )
    default_sort = "name"
    row_template_name = "tests/_person_row.html"
    page_size = 3

    def get_queryset(self):
        return User.objects.filter(username__startswith="listed")


class EndlessPeopleView(PeopleView):
    keyset = True


class PersonForm(forms.Form):
    name = forms.CharField(label="Name")
    national_number = DigitsField(length=14, label="National number")
    born_on = DateTypedField(label="Birth date", required=False)
    phone = PhoneField(label="Phone", required=False)
    income = MoneyField(label="Income", required=False)
    area = AreaField(label="Area", required=False)
    sex = forms.ChoiceField(label="Sex", choices=[("f", "Female"), ("m", "Male")], widget=forms.RadioSelect)


class PersonView(FormPageMixin, FormView):
    form_class = PersonForm
    title = "A person"
    success_url = "/people/"

    def form_valid(self, form):
        if form.cleaned_data["name"] == "Nobody":
            raise RuleViolation("Nobody cannot be registered.")
        return super().form_valid(form)


class RefusingView(StaffPageMixin, DomainErrorMixin, TemplateView):
    template_name = "ministry/privacy.html"
    title = "A record"

    def post(self, request: HttpRequest) -> HttpResponse:
        raise RuleViolation("The record is closed.")


def breaks(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def refuses(request: HttpRequest) -> HttpResponse:
    raise RuleViolation("Not while the cycle is open.")


urlpatterns = [
    *portal,
    path("people/", PeopleView.as_view()),
    path("people/endless/", EndlessPeopleView.as_view()),
    path("person/", PersonView.as_view()),
    path("refusing/", RefusingView.as_view()),
    path("breaks/", breaks),
    path("refuses/", refuses),
]

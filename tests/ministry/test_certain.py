import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory

from ministry.certain import certain, declared_as
from ministry.forms.choices import offered_by
from ministry.models import User
from ministry.views.mixins import signed_in


class TestCertain:
    @pytest.mark.parametrize("value", [0, "", False, ()])
    def test_gives_what_is_there_however_little_it_is(self, value):
        assert certain(value) is value

    def test_does_not_pass_on_what_is_missing(self):
        with pytest.raises(ValueError, match="missing"):
            certain(None)


class TestDeclaredAs:
    def test_gives_a_part_of_the_class_or_of_one_made_from_it(self):
        field = forms.TypedChoiceField(choices=[("a", "A")])
        assert declared_as(forms.ChoiceField, field) is field

    def test_names_both_classes_when_it_is_another(self):
        with pytest.raises(TypeError, match="CharField is not a ChoiceField"):
            declared_as(forms.ChoiceField, forms.CharField())


def test_what_a_field_offers_is_a_list_of_pairs():
    assert offered_by(forms.ChoiceField(choices=lambda: [("a", "A"), ("b", "B")])) == [("a", "A"), ("b", "B")]


class TestSignedIn:
    def test_gives_the_person(self):
        request = RequestFactory().get("/")
        request.user = User(username="somebody")
        assert signed_in(request) is request.user

    def test_refuses_nobody(self):
        request = RequestFactory().get("/")
        request.user = AnonymousUser()
        with pytest.raises(PermissionDenied):
            signed_in(request)

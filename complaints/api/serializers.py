"""The shape of what partner systems send."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers

from complaints.models import STORY_MAX, Category, Complaint, Kind
from ministry.api.reading import TextField
from ministry.forms import PhoneField
from ministry.models import Area
from ministry.text import clean, digits
from programs.models import Program


class PhoneNumberField(TextField):
    """A phone number as people write it; kept as +201012345678."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        try:
            return PhoneField(required=False).clean(text)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages[0], code="phone") from error


class PersonSerializer(serializers.Serializer):
    """Who complains, or speaks for them."""

    name = TextField(max_length=200, required=False, allow_blank=True, default="")
    phone = PhoneNumberField(max_length=40, required=False, allow_blank=True, default="")
    national_id = TextField(max_length=40, required=False, allow_blank=True, default="")
    sex = serializers.ChoiceField(choices=["F", "M"], required=False)
    has_disability = serializers.BooleanField(required=False, allow_null=True, default=None)

    def validate_name(self, value: str) -> str:
        return clean(value)

    def validate_national_id(self, value: str) -> str:
        return digits(value)[:20]


class HelperSerializer(serializers.Serializer):
    name = TextField(max_length=200)
    phone = PhoneNumberField(max_length=40, required=False, allow_blank=True, default="")
    relation = TextField(max_length=100, required=False, allow_blank=True, default="")

    def validate_name(self, value: str) -> str:
        return clean(value)


class IntakeSerializer(serializers.Serializer):
    """A case. Unknown fields are refused: what is not kept must not seem to be."""

    kind = serializers.ChoiceField(choices=Kind.values)
    category = serializers.SlugRelatedField(
        slug_field="code", queryset=Category.objects.filter(is_active=True, is_sensitive=False)
    )
    area = serializers.SlugRelatedField(slug_field="code", queryset=Area.objects.all())
    program = serializers.SlugRelatedField(
        slug_field="code", queryset=Program.objects.filter(is_active=True), required=False, allow_null=True
    )
    story = TextField(max_length=STORY_MAX)
    language = serializers.ChoiceField(choices=["ar", "en"], default="ar")
    privacy = serializers.ChoiceField(choices=Complaint.Privacy.values, default=Complaint.Privacy.NAMED)
    complainant = PersonSerializer(required=False, allow_null=True)
    helper = HelperSerializer(required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := sorted(str(name) for name in data.keys() - self.fields.keys())):
            raise serializers.ValidationError(
                {name[:60]: serializers.ErrorDetail("There is no such field.", code="unknown") for name in unknown[:20]}
            )
        return super().to_internal_value(data)

    def validate_story(self, value: str) -> str:
        if not clean(value):
            raise serializers.ValidationError("The story holds nothing that can be read.", code="blank")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        person = attrs.get("complainant") or {}
        if attrs["privacy"] == Complaint.Privacy.ANONYMOUS:
            if any(person.values()) or attrs.get("helper"):
                raise serializers.ValidationError(
                    {"complainant": "An anonymous case names nobody; leave it out."}, code="anonymous"
                )
        elif not (person.get("name") or person.get("phone")):
            raise serializers.ValidationError(
                {"complainant": "Give a name or a phone number, or choose the privacy «anonymous»."}, code="required"
            )
        return attrs


class SmsSerializer(serializers.Serializer):
    """What the gateway hands in: one message, or one part of a long one."""

    text = TextField(max_length=1000, allow_blank=True, trim_whitespace=False)
    group = TextField(max_length=60, required=False, allow_blank=True, default="")
    part = serializers.IntegerField(min_value=1, max_value=20, default=1)
    parts = serializers.IntegerField(min_value=1, max_value=20, default=1)

    def get_fields(self) -> dict[str, serializers.Field]:
        # «from» is no name a class may give.
        return {"from": TextField(max_length=40), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["part"] > attrs["parts"]:
            raise serializers.ValidationError({"part": "There is no such part."}, code="part")
        if attrs["parts"] > 1 and not attrs["group"]:
            raise serializers.ValidationError({"group": "Say which message the parts belong to."}, code="required")
        return attrs

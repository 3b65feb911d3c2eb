"""Form fields shared by all apps."""

from ministry.forms.fields import DateTypedField, DigitsField, MoneyField, NumberField, PhoneField

__all__ = ["DateTypedField", "DigitsField", "MoneyField", "NumberField", "PhoneField"]

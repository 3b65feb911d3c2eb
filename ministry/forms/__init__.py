"""Form fields shared by all apps."""

from ministry.forms.fields import AreaField, DateTypedField, DigitsField, MoneyField, NumberField, PhoneField

__all__ = ["AreaField", "DateTypedField", "DigitsField", "MoneyField", "NumberField", "PhoneField"]

"""Who works, and what the household lives on."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from beneficiaries.registration.fields import HOUSEHOLDS, INDIVIDUALS, NumberCell, flag
from beneficiaries.registration.forms import Group, SectionForm

# From this age on it is asked whether somebody works.
WORKS_FROM_AGE = 6


class WorkForm(SectionForm):
    """Work of each person, and the income of all."""

    income_monthly = NumberCell(
        HOUSEHOLDS,
        "income_monthly",
        label=_("Income of all members in a usual month, in {currency}"),
        help_text=_("Wages, sales, pensions, remittances. Leave it empty where nobody knows; 0 means none at all."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        income = self.fields["income_monthly"]
        income.label = str(income.label).format(currency=self.file.currency)
        for person in self.file.people:
            if person.age is None or person.age >= WORKS_FROM_AGE:
                self.fields[f"works_{person.number}"] = flag(INDIVIDUALS, "works", person.question_of_work)

    @property
    def groups(self) -> Iterator[dict[str, Any]]:
        self.layout = (
            Group(tuple(name for name in self.fields if name != "income_monthly"), title=_("Who works?")),
            Group(("income_monthly",), title=_("Income")),
        )
        return super().groups

    def works(self, number: int) -> str:
        """Return the plain answer for one person."""
        return self.cleaned_data.get(f"works_{number}", "")

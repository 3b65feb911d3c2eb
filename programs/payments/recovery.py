"""Taking an overpayment back from later months: the rule in words and in Python, and its part of the statement.

`recovered` says what `DEBTS` says; a test holds the two against each other.
"""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal


def recovered(*, payable: Decimal, debts: Sequence[Decimal], at_most: Decimal, minor_units: int) -> list[Decimal]:
    """Return what one month takes back of each debt, the oldest first.

    All of them together take at most `at_most` per cent of what is payable that month, after steps of conditions and
    back-pay; rounded down to the currency's minor unit, so that the household never loses by rounding. A debt takes no
    more than is left of it. With 400 payable, 20 per cent and debts of 50 and 100: 50 of the first, 30 of the second.
    """
    left = (payable * at_most / 100).quantize(Decimal(1).scaleb(-minor_units), ROUND_DOWN)
    amounts = []
    for debt in debts:
        amount = max(min(debt, left), Decimal(0))
        left -= amount
        amounts.append(amount)
    return amounts


# What is left of each overpayment two people confirmed. Lines of every cycle that was not given up count, also of one
# that is not approved yet: the money is spoken for.
_DEBTS = """
    SELECT overpayment.id AS overpayment_id, overpayment.household_id,
           overpayment.amount - coalesce((
               SELECT sum(line.amount) FROM programs_entitlementline line WHERE line.overpayment_id = overpayment.id
           ), 0) AS rest
    FROM programs_overpayment overpayment
    WHERE overpayment.program_id = {program} AND overpayment.status = 'confirmed'
      AND overpayment.recovered_from <= {period}
"""
DEBTS = f"SELECT * FROM ({_DEBTS}) debt WHERE rest > 0"  # noqa: S608 - our own text

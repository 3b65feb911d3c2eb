"""What the social insurance fund answers about people's formal income."""

from collections.abc import Iterable
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from beneficiaries.models import Membership
from beneficiaries.services.facts import refresh_facts
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.models import User
from ministry.sql import SqlValue

_ANSWERS = "FROM unnest(%s::varchar[], %s::numeric(12, 3)[]) AS answer (person_ref, amount)"


@transaction.atomic
def record_formal_incomes(*, answers: Iterable[tuple[str, Decimal]], actor: User | None, source: str) -> int:
    """Store the fund's answers, pairs of person number and monthly formal income, and refresh the facts they touch.

    An income of zero is an answer: the fund knows of none. People the answer leaves out keep what they had, and so
    stay unknown where nothing was known. Repeating it changes nothing. Returns how many people got another figure.

    Raises:
        RuleViolation: a person is not in the register, is named twice, or has a negative income. Nothing is stored.
    """
    rows = list(answers)
    columns: list[SqlValue] = [[person_ref for person_ref, _amount in rows], [amount for _person_ref, amount in rows]]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT answer.person_ref {_ANSWERS} LEFT JOIN beneficiaries_individual person USING (person_ref)"
            " GROUP BY 1 HAVING count(*) > 1 OR min(answer.amount) < 0 OR min(person.id) IS NULL ORDER BY 1 LIMIT 1",
            columns,
        )
        if wrong := cursor.fetchone():
            raise RuleViolation(
                _(
                    "The answer for person {person} cannot be used. Each person must be in the register and be named "
                    "once, with an income of zero or more."
                ).format(person=wrong[0])
            )
        cursor.execute(
            f"UPDATE beneficiaries_individual person SET formal_income_monthly = answer.amount {_ANSWERS}"  # noqa: S608
            " WHERE answer.person_ref = person.person_ref"
            " AND person.formal_income_monthly IS DISTINCT FROM answer.amount RETURNING person.id",
            columns,
        )
        changed = [person_id for (person_id,) in cursor.fetchall()]
    audit.record(
        actor=actor,
        action="formal_incomes.recorded",
        note=source,
        data={"answers": len(rows), "changed": len(changed)},
    )
    if changed:
        households = Membership.objects.current().filter(individual__in=changed).values_list("household_id", flat=True)
        refresh_facts(set(households))
    return len(changed)

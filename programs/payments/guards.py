"""What the database itself refuses about money, whoever asks: triggers of the payment tables.

Guards over tables filled in bulk look at all rows of a statement at once (transition tables); row guards stand only
where their `WHEN` condition costs nothing.
"""

import pgtrigger

from ministry.guards import NoTruncate


def _statement(
    name: str, operation: pgtrigger.Operation, func: str, declare: list[tuple[str, str]] | None = None, **tables: str
) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),
        func=func,
        declare=declare,
    )


def _refuse(name: str, operation: pgtrigger.Operation, condition: str, message: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=operation,
        condition=pgtrigger.Condition(condition),
        func=f"RAISE EXCEPTION 'portal: {message}';",
    )


def _changed(*columns: str) -> str:
    return " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)


# The only ways a cycle goes; the verbs are in programs.workflows.
_CYCLE_STEPS = (
    "draft>prepared",
    "draft>cancelled",
    "prepared>in_review",
    "prepared>cancelled",
    "in_review>draft",
    "in_review>approved",
    "in_review>cancelled",
    "approved>released",
    "released>reconciling",
    "released>closed",
    "reconciling>closed",
)
_CYCLE_MONEY = (
    "program_id",
    "version_id",
    "period",
    "agent_id",
    "currency",
    "budget_line_id",
    "households",
    "lines",
    "total",
    "prepared_by_id",
    "prepared_at",
    "submitted_by_id",
    "submitted_at",
)
_APPROVED = "('approved', 'released', 'reconciling', 'closed')"

PAYMENT_CYCLE = [
    _refuse("starts_as_draft", pgtrigger.Insert, "NEW.status <> 'draft'", "a payment cycle starts as a draft"),
    _refuse(
        "status_in_order",
        pgtrigger.Update,
        "OLD.status <> NEW.status AND (OLD.status || '>' || NEW.status) NOT IN ({})".format(
            ", ".join(f"'{step}'" for step in _CYCLE_STEPS)
        ),
        "a payment cycle cannot take this step",
    ),
    _refuse(
        "approved_stands",
        pgtrigger.Update,
        f"OLD.status IN {_APPROVED} AND ({_changed(*_CYCLE_MONEY, 'approved_by_id', 'approved_at')})",
        "an approved payment cycle does not change",
    ),
    _refuse(
        "released_stands",
        pgtrigger.Update,
        f"OLD.released_at IS NOT NULL AND ({_changed('released_by_id', 'released_at')})",
        "a released payment cycle does not change",
    ),
    pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
    NoTruncate(),
]

_ENTITLEMENT_INSERT = """
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT cycle_id, program_id, period FROM new_rows) line
        LEFT JOIN programs_paymentcycle cycle ON cycle.id = line.cycle_id
        WHERE cycle.id IS NULL OR cycle.status NOT IN ('draft', 'prepared')
           OR cycle.program_id <> line.program_id OR cycle.period <> line.period
    ) THEN
        RAISE EXCEPTION 'portal: lines are added only while their payment cycle is being prepared';
    END IF;
    IF EXISTS (
        SELECT 1 FROM new_rows line
        LEFT JOIN programs_enrolment enrolment ON enrolment.id = line.enrolment_id
        WHERE enrolment.id IS NULL OR enrolment.household_id <> line.household_id
           OR enrolment.program_id <> line.program_id
    ) OR EXISTS (
        SELECT 1 FROM (SELECT DISTINCT area_id FROM new_rows) line
        LEFT JOIN ministry_area area ON area.id = line.area_id WHERE area.id IS NULL
    ) OR EXISTS (
        SELECT 1 FROM new_rows line
        LEFT JOIN beneficiaries_individual person ON person.id = line.payee_id
        WHERE line.payee_id IS NOT NULL AND person.id IS NULL
    ) THEN
        RAISE EXCEPTION 'portal: a line names an enrolment, area or person that does not exist';
    END IF;
    IF EXISTS (
        SELECT 1 FROM new_rows line
        WHERE (line.withheld_amount <> 0 OR line.back_pay_amount <> 0 OR line.pro_rata_amount <> 0
               OR line.recovered_amount <> 0)
          AND (line.withheld_amount, line.back_pay_amount, line.pro_rata_amount, line.recovered_amount) <> (
              SELECT coalesce(sum(part.amount) FILTER (WHERE part.kind = 'withheld'), 0),
                     coalesce(sum(part.amount) FILTER (WHERE part.kind = 'back_pay'), 0),
                     coalesce(sum(part.amount) FILTER (WHERE part.kind = 'pro_rata'), 0),
                     coalesce(sum(part.amount) FILTER (WHERE part.kind = 'recovery'), 0)
              FROM programs_entitlementline part WHERE part.entitlement_id = line.id)
    ) THEN
        RAISE EXCEPTION 'portal: what an entitlement withholds or pays back stands in lines of its own';
    END IF;
    RETURN NULL;
"""

_DELETE = """
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT cycle_id FROM old_rows) line
        JOIN programs_paymentcycle cycle ON cycle.id = line.cycle_id
        WHERE cycle.status NOT IN ('draft', 'prepared', 'in_review')
    ) THEN
        RAISE EXCEPTION 'portal: lines of an approved payment cycle stand';
    END IF;
    {more}
    RETURN NULL;
"""

_NO_PAYMENT_LEFT = """
    IF EXISTS (SELECT 1 FROM old_rows line JOIN programs_payment payment ON payment.entitlement_id = line.id) THEN
        RAISE EXCEPTION 'portal: a payment would lose its entitlement';
    END IF;
"""

ENTITLEMENT = [
    _statement("insert_while_preparing", pgtrigger.Insert, _ENTITLEMENT_INSERT, new="new_rows"),
    _statement("delete_before_approval", pgtrigger.Delete, _DELETE.format(more=_NO_PAYMENT_LEFT), old="old_rows"),
    pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update),
    NoTruncate(),
]

# A first attempt belongs to the preparation; a further one follows an undelivered one of a released cycle. Either
# pays exactly what the household is due.
_PAYMENT_INSERT = """
    IF EXISTS (
        SELECT 1 FROM new_rows payment
        LEFT JOIN programs_entitlement entitlement ON entitlement.id = payment.entitlement_id
        WHERE entitlement.id IS NULL OR entitlement.cycle_id <> payment.cycle_id
           OR entitlement.amount <> payment.amount
    ) THEN
        RAISE EXCEPTION 'portal: a payment must pay exactly what its entitlement says';
    END IF;
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT cycle_id, attempt > 1 AS again FROM new_rows) payment
        JOIN programs_paymentcycle cycle ON cycle.id = payment.cycle_id
        WHERE CASE WHEN payment.again THEN cycle.status NOT IN ('released', 'reconciling')
                   ELSE cycle.status NOT IN ('draft', 'prepared') END
    ) THEN
        RAISE EXCEPTION 'portal: payments are added while preparing, or as a further attempt after release';
    END IF;
    IF EXISTS (
        SELECT 1 FROM new_rows payment
        WHERE payment.attempt > 1 AND NOT EXISTS (
            SELECT 1 FROM programs_payment former
            WHERE former.entitlement_id = payment.entitlement_id AND former.attempt = payment.attempt - 1
              AND former.status IN ('returned', 'failed')
        )
    ) THEN
        RAISE EXCEPTION 'portal: a further attempt follows a returned or failed payment';
    END IF;
    RETURN NULL;
"""

# «paid>returned»: money put on a wallet and sent back uncollected. «failed>paid», «returned>paid»: a person accepted
# a later report of the agent; the unique live payment keeps a further attempt from standing beside it.
# EXECUTE plans it for the rows at hand, as for the history of rows (`ministry/guards.py`). Counted, not EXISTS: the
# planner takes half of the rows for wrong ones, and would look for a first one row against row, of which there is none.
_PAYMENT_UPDATE = """
    EXECUTE $statement$
        SELECT count(*) > 0
        FROM new_rows payment
        JOIN old_rows former USING (id)
        JOIN programs_paymentcycle cycle ON cycle.id = payment.cycle_id
        WHERE former.status <> payment.status AND NOT CASE former.status || '>' || payment.status
            WHEN 'held>ready' THEN cycle.status IN ('prepared', 'in_review', 'approved', 'released', 'reconciling')
            WHEN 'ready>held' THEN
                cycle.status IN ('prepared', 'in_review', 'approved', 'released', 'reconciling')
            WHEN 'ready>sent' THEN cycle.status IN ('released', 'reconciling')
            WHEN 'held>cancelled' THEN cycle.status IN ('released', 'reconciling')
            WHEN 'ready>cancelled' THEN cycle.status IN ('released', 'reconciling')
            WHEN 'sent>paid' THEN cycle.status IN ('released', 'reconciling')
            WHEN 'sent>returned' THEN cycle.status IN ('released', 'reconciling')
            WHEN 'sent>failed' THEN cycle.status IN ('released', 'reconciling')
            WHEN 'paid>returned' THEN cycle.status IN ('released', 'reconciling')
            WHEN 'failed>paid' THEN cycle.status IN ('released', 'reconciling')
            WHEN 'returned>paid' THEN cycle.status IN ('released', 'reconciling')
            ELSE false
        END
    $statement$ INTO is_wrong;
    IF is_wrong THEN
        RAISE EXCEPTION 'portal: a payment cannot take this step now';
    END IF;
    RETURN NULL;
"""

PAYMENT = [
    _statement("insert_in_order", pgtrigger.Insert, _PAYMENT_INSERT, new="new_rows"),
    _statement(
        "status_in_order",
        pgtrigger.Update,
        _PAYMENT_UPDATE,
        declare=[("is_wrong", "boolean")],
        old="old_rows",
        new="new_rows",
    ),
    _statement("delete_before_approval", pgtrigger.Delete, _DELETE.format(more=""), old="old_rows"),
    _refuse(
        "money_stands",
        pgtrigger.Update,
        # A payee is named once: at preparation, or later where the household had no head.
        _changed("entitlement_id", "cycle_id", "attempt", "amount", "currency", "payment_ref")
        + " OR (OLD.payee_id IS NOT NULL AND OLD.payee_id IS DISTINCT FROM NEW.payee_id)",
        "amount, payee and number of a payment do not change",
    ),
    NoTruncate(),
]

OVERPAYMENT = [
    _refuse("starts_proposed", pgtrigger.Insert, "NEW.status <> 'proposed'", "an overpayment starts as a proposal"),
    _refuse(
        "found_stands",
        pgtrigger.Update,
        _changed("program_id", "amount", "currency", "recovered_from", "reason", "proposed_by_id"),
        "an overpayment stands as it was found",
    ),
    # It follows the people of a household that was registered twice, and comes back with them: as the lineage of the
    # merge, which nobody can rewrite, says of this very row.
    pgtrigger.Trigger(
        name="owed_by_the_same_people",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("OLD.household_id IS DISTINCT FROM NEW.household_id"),
        func="""
            IF NOT EXISTS (
                SELECT FROM beneficiaries_mergestep step
                WHERE step.record_type = 'programs.overpayment' AND step.record_id = OLD.id
                  AND (((step.before ->> 'household_id')::bigint, (step.after ->> 'household_id')::bigint)
                       = (OLD.household_id, NEW.household_id)
                    OR ((step.after ->> 'household_id')::bigint, (step.before ->> 'household_id')::bigint)
                       = (OLD.household_id, NEW.household_id))
            ) THEN
                RAISE EXCEPTION 'portal: an overpayment stands as it was found';
            END IF;
            RETURN NEW;
        """,
    ),
    _refuse(
        "status_in_order",
        pgtrigger.Update,
        "OLD.status <> NEW.status AND (OLD.status || '>' || NEW.status)"
        " NOT IN ('proposed>confirmed', 'proposed>refused', 'confirmed>waived')",
        "an overpayment cannot take this step",
    ),
    pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
]

RECONCILIATION_FILE = [
    _refuse(
        "content_stands",
        pgtrigger.Update,
        _changed("document_id", "sha256", "uploaded_by_id", "uploaded_at"),
        "a report stands as it came in",
    ),
    pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
    NoTruncate(),
]

RECONCILIATION_ROW = [
    _refuse(
        "content_stands",
        pgtrigger.Update,
        _changed(
            "file_id",
            "row_number",
            "ref_text",
            "status_text",
            "amount_text",
            "paid_on_text",
            "agent_ref",
            "payment_ref",
            "status",
            "amount",
            "paid_on",
        ),
        "a row of a report stands as it came in",
    ),
    _refuse(
        "decision_stands",
        pgtrigger.Update,
        f"OLD.resolution <> '' AND ({_changed('resolution', 'resolution_note', 'resolved_by_id', 'resolved_at')})",
        "a decision about a row of a report stands",
    ),
    pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
    NoTruncate(),
]

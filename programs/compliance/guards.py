"""What the database itself refuses about conditions: what was found and taken stands, except where it is put right."""

import pgtrigger

from ministry.guards import NoTruncate


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


PERIOD = [
    _refuse("starts_open", pgtrigger.Insert, "NEW.status <> 'open'", "a period starts open"),
    _refuse(
        "status_in_order",
        pgtrigger.Update,
        "OLD.status <> NEW.status AND (OLD.status || '>' || NEW.status) NOT IN ('open>closing', 'closing>closed')",
        "a period cannot take this step",
    ),
    _refuse(
        "span_stands",
        pgtrigger.Update,
        _changed("program_id", "version_id", "months", "starts_on", "ends_on", "opened_by_id"),
        "the span of a period does not change",
    ),
    pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
    NoTruncate(),
]

# Reports are taken until the period is closed; the row lock makes a report and the closing wait for each other.
REPORT = [
    pgtrigger.Trigger(
        name="only_while_open",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[("state", "text")],
        func="""
            SELECT period.status INTO state FROM programs_complianceperiod period
            WHERE period.id = NEW.period_id FOR SHARE;
            IF state IS DISTINCT FROM 'open' THEN
                RAISE EXCEPTION 'portal: reports are taken only while their period is open';
            END IF;
            RETURN NEW;
        """,
    ),
    pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
    NoTruncate(),
]

RECORD = [
    _refuse(
        "finding_stands",
        pgtrigger.Update,
        _changed("period_id", "condition_id", "enrolment_id", "individual_id", "value", "source", "found_at")
        + " OR (OLD.outcome <> NEW.outcome AND NOT (OLD.outcome = 'not_met' AND NEW.outcome = 'excused'))",
        "a finding stands; a miss can only be excused",
    ),
    pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
    NoTruncate(),
]

STEP = [
    _refuse(
        "step_stands",
        pgtrigger.Update,
        _changed(
            "period_id",
            "enrolment_id",
            "individual_id",
            "rung_id",
            "kind",
            "share_percent",
            "of_household",
            "months",
            "taken_at",
        ),
        "a step stands as it was taken",
    ),
    _refuse(
        "status_in_order",
        pgtrigger.Update,
        "OLD.status <> NEW.status AND (OLD.status || '>' || NEW.status) NOT IN"
        " ('in_force>frozen', 'in_force>lifted', 'in_force>decided', 'frozen>in_force', 'frozen>lifted')",
        "a step cannot change in this way",
    ),
    pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
    NoTruncate(),
]


def decided_once(*columns: str) -> list[pgtrigger.Trigger]:
    """What somebody asked for stands as it was asked, and what was decided about it stands as it was decided."""
    return [
        _refuse(
            "decision_stands",
            pgtrigger.Update,
            _changed(*columns)
            + " OR (OLD.decided_at IS NOT NULL AND ("
            + _changed("status", "decided_by_id", "decided_at", "decision_note")
            + "))",
            "a decision stands",
        ),
        pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
        NoTruncate(),
    ]


def _statement(name: str, operation: pgtrigger.Operation, func: str, **tables: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),
        func=func,
    )


LINE = [
    _statement(
        "insert_with_entitlement",
        pgtrigger.Insert,
        """
        IF EXISTS (
            SELECT 1 FROM (SELECT DISTINCT entitlement_id FROM new_rows) line
            JOIN programs_entitlement entitlement ON entitlement.id = line.entitlement_id
            JOIN programs_paymentcycle cycle ON cycle.id = entitlement.cycle_id
            WHERE cycle.status NOT IN ('draft', 'prepared')
               OR (entitlement.withheld_amount, entitlement.back_pay_amount, entitlement.pro_rata_amount,
                   entitlement.recovered_amount) <> (
                   SELECT coalesce(sum(amount) FILTER (WHERE kind = 'withheld'), 0),
                          coalesce(sum(amount) FILTER (WHERE kind = 'back_pay'), 0),
                          coalesce(sum(amount) FILTER (WHERE kind = 'pro_rata'), 0),
                          coalesce(sum(amount) FILTER (WHERE kind = 'recovery'), 0)
                   FROM programs_entitlementline WHERE entitlement_id = entitlement.id)
        ) THEN
            RAISE EXCEPTION 'portal: lines of an entitlement must add up to what it withholds and pays back';
        END IF;
        IF EXISTS (
            SELECT 1 FROM new_rows line JOIN programs_entitlementline former ON former.id = line.repays_id
            JOIN programs_entitlement then_due ON then_due.id = former.entitlement_id
            JOIN programs_entitlement now_due ON now_due.id = line.entitlement_id
            WHERE former.kind <> 'withheld' OR former.amount <> line.amount OR former.step_id <> line.step_id
               OR (then_due.household_id <> now_due.household_id AND then_due.enrolment_id <> now_due.enrolment_id)
               OR then_due.cycle_id = now_due.cycle_id
        ) THEN
            RAISE EXCEPTION 'portal: what is paid back is what was withheld from the same household';
        END IF;
        IF EXISTS (
            SELECT 1 FROM new_rows line
            JOIN programs_overpayment overpayment ON overpayment.id = line.overpayment_id
            JOIN programs_entitlement due ON due.id = line.entitlement_id
            WHERE overpayment.status <> 'confirmed' OR overpayment.household_id <> due.household_id
               OR overpayment.program_id <> due.program_id OR overpayment.recovered_from > due.period
               OR overpayment.amount < (
                   SELECT sum(taken.amount) FROM programs_entitlementline taken
                   WHERE taken.overpayment_id = overpayment.id)
        ) THEN
            RAISE EXCEPTION 'portal: no more is recovered than the same household was overpaid';
        END IF;
        RETURN NULL;
        """,
        new="new_rows",
    ),
    _statement(
        "delete_before_approval",
        pgtrigger.Delete,
        """
        IF EXISTS (
            SELECT 1 FROM old_rows line JOIN programs_entitlement entitlement ON entitlement.id = line.entitlement_id
            JOIN programs_paymentcycle cycle ON cycle.id = entitlement.cycle_id
            WHERE cycle.status NOT IN ('draft', 'prepared', 'in_review')
        ) THEN
            RAISE EXCEPTION 'portal: lines of an approved payment cycle stand';
        END IF;
        RETURN NULL;
        """,
        old="old_rows",
    ),
    pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update),
    NoTruncate(),
]

"""What the database refuses about control: reports and readings stand, and nobody approves figures unread.

The condition of an approval is asked of the cycle's row, when it becomes approved, whoever writes it.
"""

import pgtrigger

from ministry.guards import NoTruncate

# Which payments of a cycle are on hold, and for what, as one text. A hold that is lifted while another is put on
# leaves count and sum as they were; it does not leave this.
HELD_DIGEST = """
    SELECT md5(coalesce(string_agg(payment.id || payment.hold_reason, ',' ORDER BY payment.id), ''))
    FROM programs_payment payment WHERE payment.cycle_id = {cycle} AND payment.status = 'held'
"""

_READ = f"""
    IF NOT EXISTS (
        SELECT 1
        FROM programs_controlreading reading
        JOIN programs_controlreport report ON report.id = reading.report_id
        WHERE reading.reader_id = NEW.approved_by_id AND report.cycle_id = NEW.id
          AND report.id = (SELECT max(id) FROM programs_controlreport WHERE cycle_id = NEW.id)
          AND report.prepared_at = NEW.prepared_at AND report.lines = NEW.lines AND report.total = NEW.total
          AND report.held_digest = ({HELD_DIGEST.format(cycle="NEW.id")})
    ) THEN
        RAISE EXCEPTION 'portal: whoever approves a payment cycle has read the control report of its present figures';
    END IF;
    RETURN NULL;
"""  # noqa: S608 - no outside value

PAYMENT_CYCLE = [
    pgtrigger.Trigger(
        # After the row's own constraints and `commits_funds`: whoever lacks something else is told that first.
        name="reading_precedes_approval",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("status"),
        condition=pgtrigger.Condition("OLD.status <> NEW.status AND NEW.status = 'approved'"),
        func=_READ,
    ),
]

_DRAWN = ("sample_id", "position", "entitlement_id", "governorate_id", "governorate_lines")

VERIFICATION_VISIT = [
    pgtrigger.Trigger(
        name="drawn_stands",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(
            " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in _DRAWN)
            + " OR (OLD.result <> '' AND NEW.result = '')"
        ),
        func="RAISE EXCEPTION 'portal: what was drawn stands, and an answer is corrected, not taken away';",
    ),
    pgtrigger.Trigger(
        name="drawn_while_drawing",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("NEW.result <> ''"),
        func="RAISE EXCEPTION 'portal: a line is drawn before it is looked up';",
    ),
    pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
    NoTruncate(),
]

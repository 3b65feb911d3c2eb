"""What the database itself refuses about funds, and the entries it writes by itself.

Entries about payment cycles are made by the statement that changes the cycle or its payments, in the same
transaction: no service can forget one, no retry can make two. People only allot, two of them, and correct an
allotment by its opposite.
"""

import pgtrigger

from ministry.guards import AppendOnly, NoTruncate

_REFUSE_CHANGES = AppendOnly(), NoTruncate()

# A line is locked before anything draws on it: of two cycles approved at once, the second sees what the first took.
# `FOR NO KEY UPDATE` lets foreign keys be checked meanwhile.
_ENTRY = """
    IF pg_trigger_depth() < 2 AND EXISTS (SELECT 1 FROM new_rows WHERE kind <> 'allotment') THEN
        RAISE EXCEPTION 'portal: entries about payments are written by the payments themselves';
    END IF;
    IF EXISTS (
        SELECT 1 FROM new_rows entry
        LEFT JOIN programs_allotment allotment ON allotment.id = entry.allotment_id
        WHERE entry.kind = 'allotment' AND (
            allotment.id IS NULL OR allotment.status <> 'confirmed'
            OR allotment.budget_line_id <> entry.budget_line_id OR allotment.amount <> entry.amount
            OR allotment.corrects_id IS DISTINCT FROM entry.corrects_id
            OR allotment.decided_by_id IS DISTINCT FROM entry.entered_by_id)
    ) THEN
        RAISE EXCEPTION 'portal: what is allotted is what two people agreed to';
    END IF;
    IF EXISTS (
        SELECT 1 FROM new_rows entry JOIN programs_fundentry former ON former.id = entry.corrects_id
        WHERE former.budget_line_id <> entry.budget_line_id OR former.amount <> -entry.amount
           OR former.kind <> 'allotment' OR former.corrects_id IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'portal: an entry is corrected by its opposite';
    END IF;
    PERFORM 1 FROM programs_budgetline
    WHERE id IN (SELECT budget_line_id FROM new_rows WHERE kind = 'commitment' OR amount < 0)
    ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM programs_fundentry entry
        WHERE entry.budget_line_id IN (SELECT budget_line_id FROM new_rows WHERE kind = 'commitment' OR amount < 0)
        GROUP BY entry.budget_line_id
        HAVING sum(CASE entry.kind WHEN 'allotment' THEN entry.amount WHEN 'release' THEN entry.amount
                                   WHEN 'commitment' THEN -entry.amount ELSE 0 END) < 0
    ) THEN
        RAISE EXCEPTION 'portal: a budget line cannot commit more than it was allotted';
    END IF;
    IF EXISTS (
        SELECT 1 FROM programs_fundentry entry
        WHERE entry.cycle_id IN (SELECT cycle_id FROM new_rows WHERE kind <> 'commitment' AND cycle_id IS NOT NULL)
        GROUP BY entry.cycle_id
        HAVING sum(CASE entry.kind WHEN 'commitment' THEN entry.amount WHEN 'return' THEN entry.amount
                                   ELSE -entry.amount END) < 0
    ) THEN
        RAISE EXCEPTION 'portal: a payment cycle cannot spend more than was committed for it';
    END IF;
    RETURN NULL;
"""

FUND_ENTRY = [
    pgtrigger.Trigger(
        name="entered_in_order",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        func=_ENTRY,
    ),
    *_REFUSE_CHANGES,
]

_ALLOTMENT_FIELDS = ("budget_line_id", "amount", "corrects_id", "reason", "proposed_by_id", "proposed_at")
_DECISION = ("status", "decided_by_id", "decided_at", "decision_note")


def _changed(*columns: str) -> str:
    return " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)


ALLOTMENT = [
    pgtrigger.Trigger(
        name="asked_stands",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(
            _changed(*_ALLOTMENT_FIELDS) + f" OR (OLD.status <> 'proposed' AND ({_changed(*_DECISION)}))"
        ),
        func="RAISE EXCEPTION 'portal: an allotment stands as it was proposed and decided';",
    ),
    pgtrigger.Trigger(
        name="starts_proposed",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("NEW.status <> 'proposed'"),
        func="RAISE EXCEPTION 'portal: an allotment starts as a proposal';",
    ),
    pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
    NoTruncate(),
]

BUDGET_LINE = [
    pgtrigger.Trigger(
        name="line_stands",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(_changed("source_id", "program_id", "year", "currency")),
        func="RAISE EXCEPTION 'portal: source, programme and year of a budget line do not change';",
    ),
    pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
    NoTruncate(),
]

# On the cycle. What is committed is the sum of the payments themselves, read again when it is approved. At the end
# what did not reach anybody is free again.
_CYCLE = """
    IF NEW.status = 'approved' THEN
        IF NEW.budget_line_id IS NULL THEN
            RAISE EXCEPTION 'portal: an approved payment cycle is paid from a budget line';
        END IF;
        SELECT coalesce(sum(amount), 0) INTO moved FROM programs_payment WHERE cycle_id = NEW.id;
        IF moved <> NEW.total THEN
            RAISE EXCEPTION 'portal: the total of a payment cycle is the sum of its payments';
        END IF;
        IF moved > 0 THEN
            INSERT INTO programs_fundentry (budget_line_id, kind, amount, cycle_id, entered_by_id, entered_at)
            VALUES (NEW.budget_line_id, 'commitment', moved, NEW.id, NEW.approved_by_id, clock_timestamp());
        END IF;
    ELSIF NEW.budget_line_id IS NOT NULL THEN
        SELECT sum(CASE kind WHEN 'commitment' THEN amount WHEN 'return' THEN amount ELSE -amount END) INTO moved
        FROM programs_fundentry WHERE cycle_id = NEW.id;
        IF moved > 0 THEN
            INSERT INTO programs_fundentry (budget_line_id, kind, amount, cycle_id, entered_by_id, entered_at)
            VALUES (NEW.budget_line_id, 'release', moved, NEW.id, NEW.closed_by_id, clock_timestamp());
        END IF;
    END IF;
    RETURN NULL;
"""

PAYMENT_CYCLE = [
    pgtrigger.Trigger(
        name="commits_funds",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("status"),
        condition=pgtrigger.Condition("OLD.status <> NEW.status AND NEW.status IN ('approved', 'closed')"),
        declare=[("moved", "numeric")],
        func=_CYCLE,
    ),
    pgtrigger.Trigger(
        name="line_of_its_program",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("budget_line_id"),
        condition=pgtrigger.Condition("NEW.budget_line_id IS NOT NULL"),
        func="""
            IF NOT EXISTS (
                SELECT 1 FROM programs_budgetline line
                WHERE line.id = NEW.budget_line_id AND line.program_id = NEW.program_id
                  AND line.year = extract(year FROM NEW.period) AND line.currency = NEW.currency
            ) THEN
                RAISE EXCEPTION 'portal: a cycle is paid from a budget line of its programme, year and currency';
            END IF;
            RETURN NEW;
        """,
    ),
]

# On the payments: one entry for each cycle and list that a statement moves. Money is out while a payment is sent or
# paid. What a later report says had arrived after all takes its return back.
# EXECUTE plans it for the rows at hand, as for the history of rows (`ministry/guards.py`).
_PAYMENT = """
    EXECUTE $statement$
    INSERT INTO programs_fundentry (budget_line_id, kind, amount, cycle_id, batch, entered_by_id, entered_at)
    SELECT cycle.budget_line_id, moved.kind, sum(moved.amount), cycle.id, moved.batch,
           nullif(current_setting('portal.actor', true), '')::bigint, clock_timestamp()
    FROM (
        SELECT payment.cycle_id, payment.batch,
               CASE WHEN former.status = 'ready' THEN 'payment' ELSE 'return' END AS kind,
               CASE WHEN former.status <> 'ready' AND payment.status IN ('sent', 'paid')
                    THEN -payment.amount ELSE payment.amount END AS amount
        FROM new_rows payment
        JOIN old_rows former USING (id)
        WHERE (former.status IN ('sent', 'paid')) <> (payment.status IN ('sent', 'paid'))
    ) moved
    JOIN programs_paymentcycle cycle ON cycle.id = moved.cycle_id AND cycle.budget_line_id IS NOT NULL
    GROUP BY cycle.budget_line_id, cycle.id, moved.kind, moved.batch
    HAVING sum(moved.amount) <> 0
    $statement$;
    RETURN NULL;
"""

PAYMENT = [
    pgtrigger.Trigger(
        name="moves_funds",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
        func=_PAYMENT,
    ),
]

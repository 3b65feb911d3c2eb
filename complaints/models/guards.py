"""What the database itself refuses about complaints, whoever asks."""

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


def changed(*columns: str) -> str:
    return " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)


COMPLAINT = [
    # What somebody told us stands as they told it.
    _refuse(
        "told_stands",
        pgtrigger.Update,
        changed("code", "token", "story", "channel", "received_at", "kind", "language", "privacy"),
        "what a complaint says does not change",
    ),
    # The clock of a final case: a changed calendar rewrites nothing. Only reopening (a new round) starts another.
    _refuse(
        "final_clock_stands",
        pgtrigger.Update,
        "OLD.status IN ('closed', 'withdrawn', 'set_aside') AND OLD.round = NEW.round AND ("
        + changed("closed_at", "days_used", "term_days", "due_on", "was_on_time", "status")
        + ")",
        "the clock of a closed case stands",
    ),
    # Closed means put right: nothing that was promised is left to do, and somebody has decided.
    pgtrigger.Trigger(
        name="closes_when_all_is_done",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition("NEW.status = 'closed' AND OLD.status <> 'closed'"),
        func="""
            IF EXISTS (SELECT 1 FROM complaints_remedytask task
                       WHERE task.complaint_id = NEW.id AND task.status = 'open') THEN
                RAISE EXCEPTION 'portal: a case is closed only when its remedy is done';
            END IF;
            IF NOT EXISTS (SELECT 1 FROM complaints_resolution answer
                           WHERE answer.complaint_id = NEW.id AND answer.round = NEW.round
                             AND answer.status = 'final') THEN
                RAISE EXCEPTION 'portal: a case is closed only by an answer';
            END IF;
            RETURN NEW;
        """,
    ),
    pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
    NoTruncate(),
]

# Nobody deals with a case that names them, nor with one in whose earlier round they decided.
ASSIGNMENT = [
    pgtrigger.Trigger(
        name="nobody_judges_themselves",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func="""
            IF EXISTS (SELECT 1 FROM complaints_party party
                       WHERE party.complaint_id = NEW.complaint_id AND party.staff_id = NEW.officer_id) THEN
                RAISE EXCEPTION 'portal: an officer named in a case cannot handle it';
            END IF;
            IF EXISTS (SELECT 1 FROM complaints_resolution answer
                       JOIN complaints_complaint complaint ON complaint.id = answer.complaint_id
                       WHERE answer.complaint_id = NEW.complaint_id AND answer.round < complaint.round
                         AND NEW.officer_id IN (answer.decided_by_id, answer.confirmed_by_id)) THEN
                RAISE EXCEPTION 'portal: an objection goes to another person';
            END IF;
            RETURN NEW;
        """,
    ),
    pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
]

RESOLUTION = [
    _refuse(
        "answer_stands",
        pgtrigger.Update,
        "OLD.status = 'final'",
        "an answer that was given does not change",
    ),
    pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
]

TASK = [
    _refuse("done_stands", pgtrigger.Update, "OLD.status <> 'open'", "a remedy that is done does not change"),
    pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
]

"""Database triggers of admissions and of what follows them."""

import pgtrigger


def reasons_fit() -> pgtrigger.Trigger:
    """The reason of an enrolment is one for the state it is in: nobody is «paused» because it «graduated»."""
    return pgtrigger.Trigger(
        name="reasons_fit",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        condition=pgtrigger.Condition("NEW.reason_id IS NOT NULL"),
        func="""
            IF NOT EXISTS (
                SELECT FROM programs_enrolmentreason r
                WHERE r.id = NEW.reason_id
                  AND NEW.status = CASE r.verb WHEN 'suspend' THEN 'suspended' WHEN 'resume' THEN 'enrolled'
                                               ELSE 'exited' END
            ) THEN
                RAISE EXCEPTION 'portal: reason % does not fit an enrolment that is %', NEW.reason_id, NEW.status;
            END IF;
            RETURN NEW;
        """,
    )


def no_return_before_its_day() -> pgtrigger.Trigger:
    """Nobody is admitted again before the time has passed that the reason of the last end asks for."""
    return pgtrigger.Trigger(
        name="no_return_before_its_day",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        declare=[("early", "bigint")],
        # EXECUTE: planned for the rows at hand, one or a whole list.
        func="""
            EXECUTE $statement$
                SELECT n.household_id FROM new_rows n
                JOIN programs_enrolment e
                  ON e.household_id = n.household_id AND e.program_id = n.program_id AND e.status = 'exited'
                JOIN programs_enrolmentreason r ON r.id = e.reason_id AND r.returns_after_months IS NOT NULL
                WHERE n.status <> 'exited'
                  AND n.enrolled_on < (e.ended_on + make_interval(months => r.returns_after_months))::date
                LIMIT 1
            $statement$ INTO early;
            IF early IS NOT NULL THEN
                RAISE EXCEPTION 'portal: household % cannot come back yet', early;
            END IF;
            RETURN NULL;
        """,
    )

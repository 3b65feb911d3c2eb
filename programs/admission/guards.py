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


_LIVE = "('enrolled', 'suspended')"


def places_are_never_exceeded() -> pgtrigger.Trigger:
    """No admission beyond the places of the area, and none where a plan gives no places.

    The lines of the plan in force are locked before they are counted: of two people at once the second sees whom the
    first admitted. A household that moves into an area is not put out; it only leaves less room for the next.
    """
    return pgtrigger.Trigger(
        name="places_are_never_exceeded",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        declare=[("plan", "record"), ("wrong", "bigint")],
        func=f"""
            FOR plan IN
                SELECT DISTINCT ON (p.program_id) p.id, p.program_id FROM programs_placeplan p
                JOIN (
                    SELECT n.program_id, max(n.enrolled_on) AS on_day FROM new_rows n WHERE n.status IN {_LIVE}
                    GROUP BY n.program_id
                ) admitted ON admitted.program_id = p.program_id
                WHERE p.status = 'in_force' AND p.starts_on <= admitted.on_day
                ORDER BY p.program_id, p.starts_on DESC, p.id DESC
            LOOP
                CONTINUE WHEN NOT EXISTS (SELECT FROM programs_areaquota q WHERE q.plan_id = plan.id);
                -- The plan's row, not its lines: they never change, it is what admissions wait for one another on.
                PERFORM 1 FROM programs_placeplan WHERE id = plan.id FOR NO KEY UPDATE;
                EXECUTE $statement$
                    SELECT n.household_id FROM new_rows n
                    JOIN beneficiaries_household h ON h.id = n.household_id JOIN ministry_area a ON a.id = h.area_id
                    WHERE n.program_id = $2 AND n.status IN {_LIVE} AND NOT EXISTS (
                        SELECT FROM programs_areaquota q JOIN ministry_area qa ON qa.id = q.area_id
                        WHERE q.plan_id = $1 AND starts_with(a.path, qa.path))
                    LIMIT 1
                $statement$ INTO wrong USING plan.id, plan.program_id;
                IF wrong IS NOT NULL THEN
                    RAISE EXCEPTION 'portal: there are no places where household % lives', wrong;
                END IF;
                EXECUTE $statement$
                    SELECT q.id FROM programs_areaquota q JOIN ministry_area qa ON qa.id = q.area_id
                    WHERE q.plan_id = $1
                      AND EXISTS (
                        SELECT FROM new_rows n JOIN beneficiaries_household h ON h.id = n.household_id
                        JOIN ministry_area a ON a.id = h.area_id
                        WHERE n.program_id = $2 AND starts_with(a.path, qa.path))
                      AND q.places < (
                        SELECT count(*) FROM programs_enrolment e
                        JOIN beneficiaries_household h ON h.id = e.household_id
                        JOIN ministry_area a ON a.id = h.area_id
                        WHERE e.program_id = $2 AND e.status IN {_LIVE} AND starts_with(a.path, qa.path))
                    LIMIT 1
                $statement$ INTO wrong USING plan.id, plan.program_id;
                IF wrong IS NOT NULL THEN
                    RAISE EXCEPTION 'portal: no place is left in area quota %', wrong;
                END IF;
            END LOOP;
            RETURN NULL;
        """,  # noqa: S608 - constants of this module
    )


def plans_stand_once_decided() -> pgtrigger.Trigger:
    """What was proposed does not change, and a decision about it stands."""
    columns = ("program_id", "version_id", "starts_on", "monthly_limit", "reason", "proposed_by_id", "proposed_at")
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return pgtrigger.Trigger(
        name="plans_stand_once_decided",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP = 'DELETE' THEN
                RAISE EXCEPTION 'portal: plans of places stay';
            END IF;
            IF OLD.status <> 'proposed' OR ({old}) IS DISTINCT FROM ({new}) THEN
                RAISE EXCEPTION 'portal: plan of places % is decided, or was proposed so', OLD.id;
            END IF;
            RETURN NEW;
        """,
    )


def quotas_do_not_nest() -> pgtrigger.Trigger:
    """Lines come only while their plan is proposed, and none lies within another: each household has one."""
    return pgtrigger.Trigger(
        name="quotas_do_not_nest",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func="""
            PERFORM 1 FROM programs_placeplan p WHERE p.id = NEW.plan_id AND p.status = 'proposed' FOR SHARE;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'portal: plan of places % is decided', NEW.plan_id;
            END IF;
            IF EXISTS (
                SELECT FROM programs_areaquota q
                JOIN ministry_area other ON other.id = q.area_id JOIN ministry_area own ON own.id = NEW.area_id
                WHERE q.plan_id = NEW.plan_id
                  AND (starts_with(other.path, own.path) OR starts_with(own.path, other.path))
            ) THEN
                RAISE EXCEPTION 'portal: area % lies within another one of the plan', NEW.area_id;
            END IF;
            RETURN NEW;
        """,
    )


def lists_stand_once_decided() -> pgtrigger.Trigger:
    """A list that was decided about, and what it rests on, does not change."""
    columns = ("program_id", "version_id", "run_id", "plan_id", "on_date", "committed", "prepared_by_id")
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return pgtrigger.Trigger(
        name="lists_stand_once_decided",
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP = 'DELETE' THEN
                RAISE EXCEPTION 'portal: lists of admissions stay';
            END IF;
            IF OLD.status <> 'drawn' OR ({old}) IS DISTINCT FROM ({new}) THEN
                RAISE EXCEPTION 'portal: list of admissions % is decided, or was drawn so', OLD.id;
            END IF;
            RETURN NEW;
        """,
    )


def entries_while_drawn() -> pgtrigger.Trigger:
    """Nobody is put on a list that was decided about."""
    return pgtrigger.Trigger(
        name="entries_while_drawn",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        func="""
            IF EXISTS (
                SELECT FROM programs_admissionlist l
                WHERE l.id IN (SELECT n.list_id FROM new_rows n) AND l.status <> 'drawn'
            ) THEN
                RAISE EXCEPTION 'portal: nobody is added to a list that was decided';
            END IF;
            RETURN NULL;
        """,
    )

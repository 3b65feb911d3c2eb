"""Database triggers of the programmes: what is in force, or has been found, does not change any more."""

import pgtrigger

_FIXED = (
    "(OLD.program_id, OLD.number, OLD.starts_on, OLD.base_amount, OLD.component_members_max, OLD.scoring_model_id,"
    " OLD.misses_forgotten_after, OLD.withheld_at_most, OLD.recovered_at_most, OLD.entry_by_days, OLD.exit_by_days,"
    " OLD.edited_by_ids)"
    " IS DISTINCT FROM"
    " (NEW.program_id, NEW.number, NEW.starts_on, NEW.base_amount, NEW.component_members_max, NEW.scoring_model_id,"
    " NEW.misses_forgotten_after, NEW.withheld_at_most, NEW.recovered_at_most, NEW.entry_by_days, NEW.exit_by_days,"
    " NEW.edited_by_ids)"
)


def only_drafts_change() -> tuple[pgtrigger.Trigger, pgtrigger.Trigger]:
    """What a version asks and gives changes, and a version goes away, only while it is a draft."""
    return (
        pgtrigger.Trigger(
            name="only_drafts_change",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition(f"OLD.status <> 'draft' AND {_FIXED}"),
            func="RAISE EXCEPTION 'portal: version % is no longer a draft', OLD.id;",
        ),
        pgtrigger.Trigger(
            name="only_drafts_go",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            condition=pgtrigger.Condition("OLD.status <> 'draft'"),
            func="RAISE EXCEPTION 'portal: version % is no longer a draft', OLD.id;",
        ),
    )


def only_drafts_of(version_of_row: str) -> pgtrigger.Trigger:
    """Rows that make up a version come, change and go only while it is a draft.

    `version_of_row` selects the version's id from `{row}`. The version is share-locked: an edit waits for a
    submission under way, and then finds the version fixed.
    """
    return pgtrigger.Trigger(
        name="only_drafts_change",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("fixed", "bigint")],
        func=f"""
            IF TG_OP <> 'INSERT' THEN
                SELECT v.id INTO fixed FROM programs_programversion v
                WHERE v.id = ({version_of_row.format(row="OLD")}) AND v.status <> 'draft' FOR SHARE;
            END IF;
            IF TG_OP <> 'DELETE' AND fixed IS NULL THEN
                SELECT v.id INTO fixed FROM programs_programversion v
                WHERE v.id = ({version_of_row.format(row="NEW")}) AND v.status <> 'draft' FOR SHARE;
            END IF;
            IF fixed IS NOT NULL THEN
                RAISE EXCEPTION 'portal: version % is no longer a draft', fixed;
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,  # noqa: S608 - the selects are our own, written beside the models
    )


def groups_hang_together() -> pgtrigger.Trigger:
    """A group stands in one of its own version, and never in itself, at whatever depth."""
    return pgtrigger.Trigger(
        name="groups_hang_together",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        condition=pgtrigger.Condition("NEW.parent_id IS NOT NULL"),
        func="""
            IF NOT EXISTS (
                SELECT FROM programs_rulegroup p WHERE p.id = NEW.parent_id AND p.version_id = NEW.version_id
            ) THEN
                RAISE EXCEPTION 'portal: rule group % stands in a group of another version', NEW.id;
            END IF;
            IF EXISTS (
                WITH RECURSIVE above AS (
                    SELECT NEW.parent_id AS id
                    UNION
                    SELECT g.parent_id FROM programs_rulegroup g JOIN above a ON g.id = a.id
                )
                SELECT FROM above WHERE id = NEW.id
            ) THEN
                RAISE EXCEPTION 'portal: rule group % stands in itself', NEW.id;
            END IF;
            RETURN NEW;
        """,
    )


def complete_runs_stay() -> pgtrigger.Trigger:
    """A complete run keeps what it found; only the note that its decisions were removed may be added."""
    return pgtrigger.Trigger(
        name="complete_runs_stay",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(
            "OLD.status = 'complete' AND (OLD.version_id, OLD.on_date, OLD.status, OLD.rules_sha256, OLD.eligible,"
            " OLD.not_eligible, OLD.needs_information, OLD.completed_at) IS DISTINCT FROM"
            " (NEW.version_id, NEW.on_date, NEW.status, NEW.rules_sha256, NEW.eligible,"
            " NEW.not_eligible, NEW.needs_information, NEW.completed_at)"
        ),
        func="RAISE EXCEPTION 'portal: eligibility check % is complete', OLD.id;",
    )


def finished_what_ifs_stay() -> pgtrigger.Trigger:
    """A comparison that is finished keeps what was tried, when, and by which text of rules."""
    columns = ("version_id", "base_id", "on_date", "rules_sha256", "base_rules_sha256", "completed_at")
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return pgtrigger.Trigger(
        name="finished_what_ifs_stay",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(f"OLD.completed_at IS NOT NULL AND ({old}) IS DISTINCT FROM ({new})"),
        func="RAISE EXCEPTION 'portal: comparison % is finished', OLD.id;",
    )


def what_a_check_found_stays() -> pgtrigger.Trigger:
    """What a check found is not rewritten, and a decision about it stands; only a waiting one is still moved."""
    columns = ("program_id", "household_id", "kind", "before_run_id", "run_id", "before", "after", "failed", "unknown",
               "enrolment_id", "found_at")  # fmt: skip
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return pgtrigger.Trigger(
        name="what_a_check_found_stays",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(
            f"(({old}) IS DISTINCT FROM ({new}) OR OLD.status NOT IN ('open', 'exit_proposed'))"
        ),
        func="RAISE EXCEPTION 'portal: change of eligibility % is decided, or was found so', OLD.id;",
    )

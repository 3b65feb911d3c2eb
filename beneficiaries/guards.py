"""Database triggers of the registry: a formula that people have submitted or approved does not change any more."""

import pgtrigger


def only_draft_models_change() -> tuple[pgtrigger.Trigger, pgtrigger.Trigger]:
    """What a scoring model computes changes, and a model goes away, only while it is a draft."""
    return (
        pgtrigger.Trigger(
            name="only_drafts_change",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition(
                "OLD.status <> 'draft' AND (OLD.code, OLD.version, OLD.intercept)"
                " IS DISTINCT FROM (NEW.code, NEW.version, NEW.intercept)"
            ),
            func="RAISE EXCEPTION 'portal: scoring model % is no longer a draft', OLD.id;",
        ),
        pgtrigger.Trigger(
            name="only_drafts_go",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            condition=pgtrigger.Condition("OLD.status <> 'draft'"),
            func="RAISE EXCEPTION 'portal: scoring model % is no longer a draft', OLD.id;",
        ),
    )


def only_terms_of_drafts_change() -> pgtrigger.Trigger:
    """Terms come, change and go only while their model is a draft.

    The model is share-locked: an edit waits for a submission under way, and then finds the model fixed.
    """
    return pgtrigger.Trigger(
        name="only_drafts_change",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("fixed", "bigint")],
        func="""
            IF TG_OP <> 'INSERT' THEN
                SELECT m.id INTO fixed FROM beneficiaries_scoringmodel m
                WHERE m.id = OLD.scoring_model_id AND m.status <> 'draft' FOR SHARE;
            END IF;
            IF TG_OP <> 'DELETE' AND fixed IS NULL THEN
                SELECT m.id INTO fixed FROM beneficiaries_scoringmodel m
                WHERE m.id = NEW.scoring_model_id AND m.status <> 'draft' FOR SHARE;
            END IF;
            IF fixed IS NOT NULL THEN
                RAISE EXCEPTION 'portal: scoring model % is no longer a draft', fixed;
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


_PROPOSED = (
    "pair_id",
    "survivor_id",
    "merged_id",
    "kept_household_id",
    "closed_household_id",
    "new_head_id",
    "taken",
    "whole_id",
    "proposed_by_id",
    "note",
)


def household_merges_stand() -> tuple[pgtrigger.Trigger, pgtrigger.Trigger]:
    """Which two files were to be joined, and why, stays as it was proposed; a joining never goes away."""
    columns = ("kept_household_id", "closed_household_id", "proposed_by_id", "note")
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return (
        pgtrigger.Trigger(
            name="what_was_proposed_stands",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition(changed),
            func="RAISE EXCEPTION 'portal: what was proposed in joining % does not change', OLD.id;",
        ),
        pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
    )


def merges_stand() -> tuple[pgtrigger.Trigger, pgtrigger.Trigger, pgtrigger.Trigger]:
    """What was proposed is what is confirmed and undone; a part is decided with its whole; none ever goes away."""
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in _PROPOSED)
    return (
        pgtrigger.Trigger(
            name="what_was_proposed_stands",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition(changed),
            func="RAISE EXCEPTION 'portal: what was proposed in merge % does not change', OLD.id;",
        ),
        pgtrigger.Trigger(
            name="a_part_is_decided_with_its_whole",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition("NEW.whole_id IS NOT NULL AND OLD.status IS DISTINCT FROM NEW.status"),
            func="""
                IF NOT EXISTS (SELECT FROM beneficiaries_householdmerge whole
                               WHERE whole.id = NEW.whole_id AND whole.status = NEW.status) THEN
                    RAISE EXCEPTION 'portal: merge % is a part of a joining and is decided with it', OLD.id;
                END IF;
                RETURN NEW;
            """,
        ),
        pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
    )


def somebody_answers() -> tuple[pgtrigger.Trigger, pgtrigger.Trigger]:
    """A household in which somebody lives keeps a head: looked at when the transaction ends.

    Only what can take a head away is watched, so that entering millions of members costs nothing.
    """
    look = """
        IF EXISTS (SELECT FROM beneficiaries_membership WHERE household_id = OLD.household_id AND left_on IS NULL)
           AND NOT EXISTS (SELECT FROM beneficiaries_membership
                           WHERE household_id = OLD.household_id AND left_on IS NULL AND relationship = 'head') THEN
            RAISE EXCEPTION 'portal: household % would be left without a head', OLD.household_id
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    """
    return (
        pgtrigger.Trigger(
            name="keeps_a_head",
            when=pgtrigger.After,
            operation=pgtrigger.Update,
            timing=pgtrigger.Deferred,
            condition=pgtrigger.Condition(
                "OLD.relationship = 'head' AND OLD.left_on IS NULL AND (NEW.left_on IS NOT NULL"
                " OR NEW.relationship <> 'head' OR NEW.household_id <> OLD.household_id)"
            ),
            func=look,
        ),
        pgtrigger.Trigger(
            name="keeps_a_head_for_good",
            when=pgtrigger.After,
            operation=pgtrigger.Delete,
            timing=pgtrigger.Deferred,
            condition=pgtrigger.Condition("OLD.relationship = 'head' AND OLD.left_on IS NULL"),
            func=look,
        ),
    )


def requests_stay_as_submitted() -> tuple[pgtrigger.Trigger, ...]:
    """A change request is fixed once submitted, moves only forward, and never to a status without what it would do."""
    return (
        pgtrigger.FSM(
            name="only_forward",
            field="status",
            transitions=[
                ("draft", "submitted"),
                ("draft", "withdrawn"),
                ("submitted", "approved"),
                ("submitted", "refused"),
                ("submitted", "withdrawn"),
                ("approved", "applied"),
                ("approved", "overtaken"),
            ],
        ),
        pgtrigger.Trigger(
            name="begins_as_draft",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            condition=pgtrigger.Condition("NEW.status <> 'draft'"),
            func="RAISE EXCEPTION 'portal: a change request begins as a draft';",
        ),
        pgtrigger.Trigger(
            name="fixed_once_submitted",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition(
                "OLD.status <> 'draft' AND (OLD.kind, OLD.household_id, OLD.other_household_id, OLD.effective_on,"
                " OLD.answers, OLD.note, OLD.requested_by_id) IS DISTINCT FROM (NEW.kind, NEW.household_id,"
                " NEW.other_household_id, NEW.effective_on, NEW.answers, NEW.note, NEW.requested_by_id)"
                " OR OLD.decided_by_id IS NOT NULL AND (OLD.decided_by_id, OLD.decided_at)"
                " IS DISTINCT FROM (NEW.decided_by_id, NEW.decided_at)"
            ),
            func="RAISE EXCEPTION 'portal: change request % is fixed', OLD.id;",
        ),
        pgtrigger.Trigger(
            name="changes_something",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition("OLD.status <> NEW.status AND NEW.status IN ('submitted', 'applied')"),
            func="""
                IF NOT EXISTS (SELECT FROM beneficiaries_changeline l WHERE l.request_id = NEW.id
                               AND l.stage = CASE NEW.status WHEN 'applied' THEN 'applied' ELSE 'planned' END) THEN
                    RAISE EXCEPTION 'portal: change request % changes nothing', NEW.id;
                END IF;
                RETURN NEW;
            """,
        ),
        pgtrigger.Protect(name="kept_for_good", operation=pgtrigger.Delete),
    )


def only_of_requests(*statuses: tuple[str, str]) -> pgtrigger.Trigger:
    """Rows of a request come, change and go only while it is in a status that lets them: (condition on row, status).

    The request is share-locked: an edit waits for a submission under way, and then finds the request fixed.
    """
    permitted = " OR ".join(f"({row}) AND r.status = '{status}'" for row, status in statuses)
    old = permitted.replace("ROW.", "OLD.")
    new = permitted.replace("ROW.", "NEW.")
    return pgtrigger.Trigger(
        name="only_while_open",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP <> 'INSERT' THEN
                PERFORM FROM beneficiaries_changerequest r WHERE r.id = OLD.request_id AND ({old}) FOR SHARE;
                IF NOT FOUND THEN RAISE EXCEPTION 'portal: change request % is fixed', OLD.request_id; END IF;
            END IF;
            IF TG_OP <> 'DELETE' THEN
                PERFORM FROM beneficiaries_changerequest r WHERE r.id = NEW.request_id AND ({new}) FOR SHARE;
                IF NOT FOUND THEN RAISE EXCEPTION 'portal: change request % is fixed', NEW.request_id; END IF;
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


def finished_fits_stay() -> tuple[pgtrigger.Trigger, pgtrigger.Trigger]:
    """What a fit was asked does not change; what it found does not change once it is complete. No fit goes away."""
    asked = ("survey_id", "survey_sha256", "columns", "half", "is_log", "poverty_line", "coverage", "candidates")
    found = ("result", "model_sha256", "completed_at")
    asked_changes = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in asked)
    found_changes = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in found)
    return (
        pgtrigger.Trigger(
            name="finished_fits_stay",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition(f"{asked_changes} OR OLD.completed_at IS NOT NULL AND ({found_changes})"),
            func="RAISE EXCEPTION 'portal: fit % stays as it is', OLD.id;",
        ),
        pgtrigger.Protect(name="kept_for_good", operation=pgtrigger.Delete),
    )

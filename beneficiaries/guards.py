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
    "proposed_by_id",
    "note",
)


def merges_stand() -> tuple[pgtrigger.Trigger, pgtrigger.Trigger]:
    """What was proposed is what is confirmed and undone; a merge never goes away."""
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in _PROPOSED)
    return (
        pgtrigger.Trigger(
            name="what_was_proposed_stands",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition(changed),
            func="RAISE EXCEPTION 'portal: what was proposed in merge % does not change', OLD.id;",
        ),
        pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
    )

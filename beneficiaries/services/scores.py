"""Scoring households, and putting a scoring model in force."""

from collections.abc import Iterable
from functools import partial

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.facts.statement import Scope
from beneficiaries.models import ScoreTerm, ScoringModel
from beneficiaries.scores import check_term
from beneficiaries.scores.expression import score
from beneficiaries.signals import scoring_model_approved
from beneficiaries.workflows import SCORING_MODEL
from ministry import audit
from ministry.exceptions import RuleViolation
from ministry.jobs import start
from ministry.models import Area, Job, User
from ministry.sql import SqlParams

JOB_KIND = "beneficiaries.scores"
# The model whose score in force stands among the facts as `pmt_score`.
PMT = "pmt"


def score_households(model: ScoringModel, household_ids: Iterable[int]) -> int:
    """Score the given households by one model; returns how many scores are new or changed."""
    ids = tuple(sorted(set(household_ids)))
    return score_scope(model, Scope(household_ids=ids)) if ids else 0


def score_scope(model: ScoringModel, scope: Scope) -> int:
    """Score the households of a scope, from their stored facts, and write only what differs.

    Households without facts (inactive ones) lose their score. A model in force with the code `pmt` also writes the
    fact `pmt_score`. Repeating it changes nothing.
    """
    expression = score(model, model.terms.all())
    params: SqlParams = {**scope.params(timezone.localdate()), "model": model.pk}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""
            DELETE FROM beneficiaries_score stored
            WHERE stored.scoring_model_id = %(model)s AND {scope.households("stored.household_id")}
              AND NOT EXISTS (
                  SELECT FROM beneficiaries_householdfacts f WHERE f.household_id = stored.household_id
              )""",  # noqa: S608 - made of the catalogue's columns and placeholders only
            params,
        )
        changed = cursor.rowcount
        cursor.execute(
            f"""
            MERGE INTO beneficiaries_score stored
            USING (
                SELECT f.household_id, {expression} AS value
                FROM beneficiaries_householdfacts f WHERE {scope.households("f.household_id")}
            ) fresh
            ON stored.scoring_model_id = %(model)s AND stored.household_id = fresh.household_id
            WHEN MATCHED AND stored.value IS DISTINCT FROM fresh.value
            THEN UPDATE SET value = fresh.value, computed_at = now()
            WHEN NOT MATCHED THEN INSERT (scoring_model_id, household_id, value, computed_at)
                 VALUES (%(model)s, fresh.household_id, fresh.value, now())""",  # noqa: S608
            params,
        )
        changed += cursor.rowcount
        if model.code == PMT and model.status == ScoringModel.Status.IN_FORCE:
            cursor.execute(
                f"""
                UPDATE beneficiaries_householdfacts f SET pmt_score = stored.value
                FROM beneficiaries_score stored
                WHERE stored.scoring_model_id = %(model)s AND stored.household_id = f.household_id
                  AND {scope.households("f.household_id")} AND f.pmt_score IS DISTINCT FROM stored.value""",  # noqa: S608
                params,
            )
    return changed


def pmt_expression() -> str:
    """Return the score in force as an expression over a row of facts `f`, or nothing when no model is in force."""
    model = ScoringModel.objects.filter(code=PMT, status=ScoringModel.Status.IN_FORCE).first()
    return score(model, model.terms.all()) if model else ""


def score_in_force(scope: Scope) -> int:
    """Score the households of a scope by every model in force; returns how many scores are new or changed."""
    models = ScoringModel.objects.filter(status=ScoringModel.Status.IN_FORCE).prefetch_related("terms")
    return sum(score_scope(model, scope) for model in models)


def start_scoring(*, model: ScoringModel, actor: User | None) -> Job:
    """Queue the scoring of all households by one model.

    Raises:
        JobAlreadyActive: this model is being applied.
    """
    return start(kind=JOB_KIND, scope=f"model:{model.pk}", params={"model_id": model.pk}, actor=actor)


def check_model(model: ScoringModel) -> None:
    """Refuse a model that could not be computed as it stands.

    Raises:
        RuleViolation: it has no term, or a term has a fault; the message names each of them.
    """
    terms = list(model.terms.all())
    if not terms:
        raise RuleViolation(_("The model has no terms: everybody would get the same score."))
    faults = [
        _("Term “{term}”: {fault}").format(term=term, fault=error.message)
        for term in terms
        for error in check_term(term)
    ]
    if faults:
        raise RuleViolation(" ".join(faults))


@transaction.atomic
def submit_scoring_model(*, model: ScoringModel, actor: User) -> ScoringModel:
    """Hand a draft to a second person; from here on it no longer changes.

    Raises:
        PermissionDenied: the actor may not write models.
        TransitionNotAllowed: it is no draft.
        RuleViolation: it cannot be computed as it stands.
    """
    model = ScoringModel.objects.select_for_update().get(pk=model.pk)
    transition = SCORING_MODEL.check("submit", status=model.status, actor=actor, area=Area.objects.root())
    check_model(model)
    model.status = transition.target
    model.prepared_by = model.prepared_by or actor
    model.submitted_by = actor
    model.save(update_fields=["status", "prepared_by", "submitted_by"])
    audit.record(actor=actor, action="scoring_model.submitted", target=model)
    return model


@transaction.atomic
def send_back_scoring_model(*, model: ScoringModel, actor: User, note: str) -> ScoringModel:
    """Return a model that is not in force yet to its writer, with a reason.

    Raises:
        PermissionDenied: the actor may not approve models.
        TransitionNotAllowed: it is a draft, or was in force.
        RuleViolation: no reason is given.
    """
    model = ScoringModel.objects.select_for_update().get(pk=model.pk)
    transition = SCORING_MODEL.check("send_back", status=model.status, actor=actor, area=Area.objects.root())
    if not note.strip():
        raise RuleViolation(_("Say why you send the model back."))
    model.status = transition.target
    model.approved_by = None
    model.save(update_fields=["status", "approved_by"])
    audit.record(actor=actor, action="scoring_model.sent_back", target=model, note=note)
    return model


@transaction.atomic
def approve_scoring_model(*, model: ScoringModel, actor: User, note: str = "") -> ScoringModel:
    """Put a model in force from its first day on: today, unless a later day was set when it was written.

    The version in force until then is superseded, and all households are scored. Two approvers pressing at once yield
    one approval and one TransitionNotAllowed.

    Raises:
        PermissionDenied: the actor may not approve models.
        TransitionNotAllowed: it is not waiting for approval.
        RuleViolation: the actor wrote or submitted it, or it cannot be computed as it stands.

    Source: two-person rule for whatever decides about people (decision record on rights).
    """
    model = _locked_among_versions(model)
    transition = SCORING_MODEL.check("approve", status=model.status, actor=actor, area=Area.objects.root())
    if actor.pk in {model.prepared_by_id, model.submitted_by_id}:
        raise RuleViolation(_("The person who approves a model must differ from the one who submitted it."))
    check_model(model)
    model.status = transition.target
    model.approved_by = actor
    model.save(update_fields=["status", "approved_by"])
    audit.record(actor=actor, action="scoring_model.approved", target=model, note=note)
    if model.starts_on is None or model.starts_on <= timezone.localdate():
        _begin(model, actor)
    return model


@transaction.atomic
def begin_due_models() -> int:
    """Put in force the approved models whose first day has come; return how many. Repeating it changes nothing."""
    due = ScoringModel.objects.filter(status=ScoringModel.Status.APPROVED, starts_on__lte=timezone.localdate())
    begun = 0
    for model in due.order_by("starts_on", "pk"):
        locked = _locked_among_versions(model)
        # Sent back, or begun by another process, since it was read.
        if locked.status == ScoringModel.Status.APPROVED:
            _begin(locked, None)
            begun += 1
    return begun


def _locked_among_versions(model: ScoringModel) -> ScoringModel:
    versions = ScoringModel.objects.select_for_update().filter(code=model.code).order_by("pk")
    return next(version for version in versions if version.pk == model.pk)


def _begin(model: ScoringModel, actor: User | None) -> None:
    """Let an approved model, whose versions are locked, take the place of the one in force.

    Without an actor it is the clock that does it; who approved it stands on the model.
    """
    in_force = ScoringModel.Status.IN_FORCE
    ScoringModel.objects.filter(code=model.code, status=in_force).update(status=ScoringModel.Status.SUPERSEDED)
    model.status = in_force
    model.in_force_on = timezone.localdate()
    model.save(update_fields=["status", "in_force_on"])
    audit.record(actor=actor, action="scoring_model.begun", target=model)
    transaction.on_commit(partial(scoring_model_approved.send_robust, ScoringModel, model_id=model.pk))


def save_term(term: ScoreTerm) -> ScoreTerm:
    """Save a term of a draft after checking that it can be computed.

    Raises:
        RuleViolation: it cannot; the message says why.
    """
    if faults := [error.message for error in check_term(term)]:
        raise RuleViolation(" ".join(faults))
    term.save()
    return term

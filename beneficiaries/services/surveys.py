"""Bringing a survey in, naming its columns, fitting models from it, and drafting a model as a new version."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from importlib import import_module
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from beneficiaries.facts import CATALOGUE
from beneficiaries.fitting.candidates import OUT, candidates, forms_of
from beneficiaries.fitting.columns import problems
from beneficiaries.fitting.report import measure_of, report
from beneficiaries.fitting.survey import SurveyHousehold, facts_of, halves, read_survey
from beneficiaries.fitting.words import finding_sentence, model_source
from beneficiaries.imports.reading import UnreadableFile
from beneficiaries.models import ScoreFit, ScoreTerm, ScoringModel, Survey
from beneficiaries.queries.scores import score_model_in_force
from beneficiaries.services.scores import PMT, save_term
from beneficiaries.workflows import SCORING_MODEL
from ministry import audit, documents, jobs
from ministry.documents.inspection import TABLES
from ministry.exceptions import RuleViolation
from ministry.models import Area, User

CHECK_KIND = "beneficiaries.survey_check"
FIT_KIND = "beneficiaries.score_fit"
# Below this many in each half neither the model nor its errors say anything.
FEWEST_HOUSEHOLDS = 100


def _check_right(actor: User | None, permission: str) -> None:
    """Refuse who may not do this for the whole country: a model binds every household. The operator may (None)."""
    if actor is not None and not actor.has_perm(permission, Area.objects.root()):
        raise PermissionDenied


@transaction.atomic
def open_survey(*, file: File, name: str, source: str, actor: User | None) -> Survey:
    """Keep a survey file; its columns are named next.

    Raises:
        PermissionDenied: the actor may not bring surveys in.
        DocumentRefused: the file is no table, or not safe to keep.
    """
    _check_right(actor, "beneficiaries.add_survey")
    document = documents.store(file, subject=None, actor=actor, allowed=TABLES)
    survey = Survey.objects.create(name=name, source=source, document=document, uploaded_by=actor)
    type(document).objects.filter(pk=document.pk).update(subject_type=survey._meta.label_lower, subject_id=survey.pk)
    audit.record(actor=actor, action="survey.opened", target=survey, data={"sha256": document.sha256})
    return survey


@transaction.atomic
def name_survey_columns(
    *, survey: Survey, columns: Mapping[str, str], actor: User | None, tell_worker: bool = True
) -> Survey:
    """Note which column is what, and have every cell of the file read.

    Raises:
        PermissionDenied: the actor may not bring surveys in.
        RuleViolation: a column that is needed was not named, or one thing was named twice.
        JobAlreadyActive: the survey is being read.
    """
    _check_right(actor, "beneficiaries.add_survey")
    survey = Survey.objects.select_for_update().get(pk=survey.pk)
    named = {name: target for name, target in columns.items() if target}
    if wrong := problems(named):
        raise RuleViolation(" ".join(wrong))
    survey.columns = named
    survey.status = Survey.Status.CHECKING
    survey.problem = ""
    survey.job = jobs.start(
        kind=CHECK_KIND,
        scope=f"survey:{survey.pk}",
        params={"survey": survey.pk},
        actor=actor,
        tell_worker=tell_worker,
    )
    survey.save(update_fields=["columns", "status", "problem", "job"])
    audit.record(actor=actor, action="survey.columns_named", target=survey, data={"columns": len(named)})
    return survey


@transaction.atomic
def check_survey(*, survey_id: int) -> dict[str, int]:
    """Read every cell and note what was found; return the counts. Reading it again finds the same."""
    survey = Survey.objects.select_for_update(of=("self",)).select_related("document").get(pk=survey_id)
    try:
        households, findings = _read(survey, survey.columns)
    except UnreadableFile as error:
        survey.status, survey.problem = Survey.Status.FAILED, finding_sentence(error.reason)
        survey.save(update_fields=["status", "problem"])
        return {"households": 0}
    survey.households = len(households)
    survey.findings = findings.as_json() | {"facts": sorted(facts_of(households), key=list(CATALOGUE).index)}
    survey.status = Survey.Status.READY
    if len(households) < 2 * FEWEST_HOUSEHOLDS:
        survey.status = Survey.Status.FAILED
        survey.problem = _(
            "Only {count} households could be read; at least {needed} are needed to learn from one half and try the "
            "other. Look at what was found below."
        ).format(count=len(households), needed=2 * FEWEST_HOUSEHOLDS)
    survey.save(update_fields=["households", "findings", "status", "problem"])
    return {"households": len(households), "cells": findings.cells, "left_out": sum(findings.left_out.values())}


def _read(survey: Survey, columns: Mapping[str, str]) -> tuple[list[SurveyHousehold], Any]:
    if survey.document.scan != survey.document.Scan.CLEAN:
        raise UnreadableFile("not_scanned" if survey.document.scan == "pending" else "refused_file")
    with survey.document.file.open("rb") as stream:
        return read_survey(stream, columns)


@transaction.atomic
def start_fit(
    *,
    survey: Survey,
    actor: User | None,
    chosen: Mapping[str, str],
    coverage: Decimal,
    is_log: bool,
    poverty_line: Decimal | None = None,
    half: str = ScoreFit.Half.A,
    tell_worker: bool = True,
) -> ScoreFit:
    """Start fitting a model from one half of a survey: `chosen` says of each fact how it may enter.

    Raises:
        PermissionDenied: the actor may not fit models.
        RuleViolation: the survey is not ready, or nothing was chosen, or a fact cannot enter this way.
        JobAlreadyActive: a model is being fitted from this survey.
    """
    _check_right(actor, "beneficiaries.add_scorefit")
    survey = Survey.objects.select_for_update(of=("self",)).select_related("document").get(pk=survey.pk)
    if survey.status != Survey.Status.READY:
        raise RuleViolation(_("This survey is not ready: its columns have to be named and its cells read first."))
    known = set(survey.findings.get("facts", ()))
    used = {code: form for code, form in chosen.items() if form != OUT}
    if not used:
        raise RuleViolation(_("Choose at least one trait from which welfare is to be estimated."))
    for code, form in used.items():
        if code not in known:
            raise RuleViolation(_("The survey does not hold “{fact}”.").format(fact=code))
        if form not in forms_of(CATALOGUE[code]):
            raise RuleViolation(_("“{fact}” cannot enter a model this way.").format(fact=CATALOGUE[code].label))
    fit = ScoreFit.objects.create(
        survey=survey,
        survey_sha256=survey.document.sha256,
        columns=survey.columns,
        half=half,
        is_log=is_log,
        poverty_line=poverty_line,
        coverage=coverage,
        candidates=used,
        started_by=actor,
    )
    fit.job = jobs.start(
        kind=FIT_KIND, scope=f"survey:{survey.pk}", params={"fit": fit.pk}, actor=actor, tell_worker=tell_worker
    )
    fit.save(update_fields=["job"])
    audit.record(actor=actor, action="score_fit.started", target=fit, data={"survey": survey.pk})
    return fit


@transaction.atomic
def work_out_fit(*, fit_id: int) -> dict[str, int]:
    """Fit the model and keep what was found, once.

    Raises:
        RuleViolation: nothing can be learnt from this half with these choices; the text says why.
    """
    fit = ScoreFit.objects.select_for_update(of=("self",)).select_related("survey__document").get(pk=fit_id)
    if fit.completed_at is not None:
        return {}
    households, _findings = _read(fit.survey, fit.columns)
    if fit.is_log and any(one.welfare <= 0 for one in households):
        raise RuleViolation(
            _("The measure is zero in some households and has no logarithm there. Fit it as it is, or mend the file.")
        )
    first, second = halves(households)
    learnt, held_out = (first, second) if fit.half == ScoreFit.Half.A else (second, first)
    # Loads scikit-learn, here and nowhere else.
    estimation = import_module("beneficiaries.fitting.estimation")
    try:
        fitted = estimation.fit(candidates(fit.candidates, learnt), learnt, measure_of(learnt, is_log=fit.is_log))
    except ValueError as error:
        raise RuleViolation(
            _("Nothing can be learnt: the measure or every chosen trait is the same in all households of this half.")
        ) from error
    if not fitted.terms:
        raise RuleViolation(_("None of the chosen traits says anything about welfare in this half of the survey."))
    line = float(fit.poverty_line) if fit.poverty_line is not None else None
    fit.result = {
        "intercept": str(fitted.intercept),
        "terms": [_as_json(term) | {"sign": sign} for term, sign in zip(fitted.terms, fitted.signs, strict=True)],
        "contrary": [_as_json(term) for term in fitted.contrary],
        "mean": fitted.mean,
        "deviation": fitted.deviation,
        "penalty": fitted.penalty,
        "explained_in_folds": fitted.explained_in_folds,
        "learnt": len(learnt),
        "held_out": len(held_out),
        **report(
            fitted,
            held_out,
            is_log=fit.is_log,
            line=line,
            coverage=float(fit.coverage) / 100,
            in_force=score_model_in_force(PMT),
        ),
    }
    fit.model_sha256 = digest_of(fit.result)
    fit.completed_at = timezone.now()
    fit.save(update_fields=["result", "model_sha256", "completed_at"])
    return {"households": len(learnt), "terms": len(fitted.terms)}


def digest_of(result: Mapping[str, Any]) -> str:
    """Return the fingerprint of a model: its intercept and terms, and nothing of how it was judged."""
    text = json.dumps([result["intercept"], result["terms"]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _as_json(term: ScoreTerm) -> dict[str, Any]:
    return {
        "fact": term.fact,
        "transform": str(term.transform),
        "argument": term.argument,
        "weight": str(term.weight) if term.weight is not None else None,
        "when_unknown": str(term.when_unknown) if term.when_unknown is not None else None,
    }


def terms_of(fit: ScoreFit, name: str = "terms") -> list[ScoreTerm]:
    """Return the terms a fit found, not saved."""
    return [
        ScoreTerm(
            **{name: one[name] for name in ("fact", "transform", "argument")},
            **{name: None if one[name] is None else Decimal(one[name]) for name in ("weight", "when_unknown")},
        )
        for one in fit.result[name]
    ]


@transaction.atomic
def draft_from_fit(
    *, fit: ScoreFit, actor: User, name_ar: str, name_en: str = "", starts_on: dt.date | None = None
) -> ScoringModel:
    """Write what was fitted as a draft of the next version of the proxy means test; nobody is scored by it yet.

    Raises:
        PermissionDenied: the actor may not write models.
        RuleViolation: the fit is not finished, or was drafted already.
    """
    SCORING_MODEL.check("submit", status=ScoringModel.Status.DRAFT, actor=actor, area=Area.objects.root())
    fit = ScoreFit.objects.select_for_update(of=("self",)).select_related("survey").get(pk=fit.pk)
    if fit.completed_at is None:
        raise RuleViolation(_("This model has not been fitted to the end."))
    if fit.scoring_model_id is not None:
        raise RuleViolation(_("This model has been drafted already."))
    # Two drafts at once get two numbers: the versions there are stay locked until the new one is written.
    versions = ScoringModel.objects.select_for_update().filter(code=PMT).order_by("pk")
    last = ScoringModel.objects.filter(pk__in=[one.pk for one in versions]).aggregate(last=Max("version"))["last"]
    try:
        with transaction.atomic():
            model = ScoringModel.objects.create(
                code=PMT,
                version=(last or 0) + 1,
                name_ar=name_ar,
                name_en=name_en,
                intercept=Decimal(fit.result["intercept"]),
                source=model_source(fit),
                starts_on=starts_on,
                prepared_by=actor,
            )
    except IntegrityError as error:
        # Where there was no version yet, there was none to lock.
        if "scoring_model_version_once" not in str(error):
            raise
        raise RuleViolation(_("Somebody else has just drafted this version. Try again for the next one.")) from error
    for term in terms_of(fit):
        term.scoring_model = model
        save_term(term)
    fit.scoring_model = model
    fit.save(update_fields=["scoring_model"])
    audit.record(actor=actor, action="scoring_model.drafted", target=model, data={"fit": fit.pk})
    return model


def is_as_fitted(model: ScoringModel, fit: ScoreFit) -> bool:
    """Return whether a model still is what was fitted: a draft may have been changed by hand since."""

    def key(term: ScoreTerm) -> tuple[Any, ...]:
        return term.fact, str(term.transform), term.argument, term.weight, term.when_unknown

    same_terms = sorted(map(key, model.terms.all()), key=str) == sorted(map(key, terms_of(fit)), key=str)
    return same_terms and model.intercept == Decimal(fit.result["intercept"])

"""`manage.py fit_score FILE`: fit a proxy means test from a survey file and print how well it finds the poor."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError, CommandParser

from beneficiaries.facts import CATALOGUE
from beneficiaries.fitting.candidates import forms_of
from beneficiaries.fitting.columns import suggest
from beneficiaries.fitting.survey import headings_of
from beneficiaries.imports.reading import UnreadableFile
from beneficiaries.models import ScoreFit, Survey
from beneficiaries.services import surveys as services
from ministry import jobs
from ministry.certain import certain
from ministry.exceptions import DomainError


class Command(BaseCommand):
    help = "Fit a proxy means test from a survey file; it is drafted as a version, by a person, in the browser."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--columns", type=Path, help="JSON: heading → what it is; without it, what the headings suggest"
        )
        parser.add_argument("--candidates", type=Path, help="JSON: fact → as it may enter; without it, all as usual")
        parser.add_argument("--name", default="", help="what the survey is called")
        parser.add_argument("--source", default="", help="who asked whom, and when")
        parser.add_argument("--coverage", type=Decimal, default=Decimal(25), help="per cent that would be selected")
        parser.add_argument("--line", type=Decimal, help="poor is who is at or below; without it, as many as selected")
        parser.add_argument("--as-it-is", action="store_true", help="estimate the measure itself, not its logarithm")
        parser.add_argument("--half", choices=ScoreFit.Half.values, default=ScoreFit.Half.A)

    def handle(self, *, file: Path, name: str, source: str, **options: Any) -> None:
        try:
            with file.open("rb") as stream:
                header, _samples = headings_of(stream)
            columns = _read(options["columns"]) or dict(zip(header, suggest(header), strict=True))
            with file.open("rb") as stream:
                survey = services.open_survey(
                    file=File(stream, file.name), name=name or file.stem[:120], source=source, actor=None
                )
            survey = services.name_survey_columns(survey=survey, columns=columns, actor=None, tell_worker=False)
            jobs.run_now(certain(survey.job))
            survey.refresh_from_db()
            if survey.status != Survey.Status.READY:
                raise CommandError(survey.problem)
            facts = survey.findings["facts"]
            fit = services.start_fit(
                survey=survey,
                actor=None,
                chosen=_read(options["candidates"]) or {code: forms_of(CATALOGUE[code])[0] for code in facts},
                coverage=options["coverage"],
                is_log=not options["as_it_is"],
                poverty_line=options["line"],
                half=options["half"],
                tell_worker=False,
            )
            jobs.run_now(certain(fit.job))
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except UnreadableFile as error:
            raise CommandError(f"{file}: {error.reason}") from error
        except DomainError as error:
            raise CommandError(error.message) from error
        fit.refresh_from_db()
        self._tell(survey, fit)

    def _tell(self, survey: Survey, fit: ScoreFit) -> None:
        found, result = survey.findings, fit.result
        self.stdout.write(
            f"{survey.households} households from {found['rows']} rows; left out: {sum(found['left_out'].values())}"
            f" {found['left_out']}; cells not read: {found['cells']}"
        )
        self.stdout.write(
            f"learnt from {result['learnt']}, tried on {result['held_out']}; {len(result['terms'])} terms;"
            f" R² in the folds {result['explained_in_folds']:.3f}, on the other half {_figure(result['r_squared'])};"
            f" rank correlation {_figure(result['rank_correlation'])}"
        )
        self.stdout.write(
            f"{'':<28}{'households':>11}{'exclusion':>11}{'inclusion':>11}{'old excl.':>11}{'old incl.':>11}"
        )
        old = result["in_force"]
        self._row("all", result["all"], old["all"] if old else None)
        for group in result["groups"]:
            self._row(f"{group['breakdown']} {group['value']}", group["new"], group["in_force"])
        if old:
            self.stdout.write(
                f"model in force: rank correlation {_figure(old['rank_correlation'])};"
                f" left out: {', '.join(old['left_out'])}"
            )
        for term in result["terms"]:
            self.stdout.write(f"  {term['weight']:>12}  {term['fact']} {term['transform']} {term['argument']}")
        self.stdout.write(f"fit {fit.pk}, model {fit.model_sha256[:16]}")

    def _row(self, name: str, new: dict[str, Any], old: dict[str, Any] | None) -> None:
        shares = [new["exclusion"], new["inclusion"], *((old["exclusion"], old["inclusion"]) if old else ())]
        told = "".join(f"{'—' if share is None else f'{share:.1%}':>11}" for share in shares)
        self.stdout.write(f"{name[:28]:<28}{new['households']:>11}{told}")


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"


def _read(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise CommandError(f"{path}: {error}") from error

"""`manage.py import_register`: the same path as the page, from the console."""

import csv
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beneficiaries.imports.reasons import REASONS
from beneficiaries.models import ImportBatch, ImportIssue
from beneficiaries.queries.imports import FINDING_COLUMNS, finding_rows, reason_counts
from beneficiaries.services.imports import import_now
from ministry.exceptions import DomainError
from ministry.models import Area, Job


class Command(BaseCommand):
    """Reads two register files, tells what it found, and enters them with --commit unless a cell is bad."""

    help = "Read a register (households and people), name every bad or doubtful cell, and with --commit enter it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--households", type=Path, required=True, help="CSV or XLSX file of households")
        parser.add_argument("--individuals", type=Path, required=True, help="CSV or XLSX file of people")
        parser.add_argument(
            "--mapping",
            type=Path,
            help='JSON file {"heading": "template column"} ("" leaves out), or by file {"households": {"columns": '
            '{…}, "values": {"tenure": {"word": "code"}}, "dates": "dmy"}, "individuals": {…}}',
        )
        parser.add_argument("--commit", action="store_true", help="enter the rows when no cell is bad")
        parser.add_argument("--findings", type=Path, help="write every bad and doubtful cell to this CSV file")
        parser.add_argument("--area", default="", help="code of the area it is about (default: the country)")

    def handle(self, **options: Any) -> None:
        for path in (options["households"], options["individuals"]):
            if not path.is_file():
                raise CommandError(_("There is no file {path}.").format(path=path))
        if options["findings"] and not options["findings"].parent.is_dir():
            raise CommandError(_("There is no folder {folder}.").format(folder=options["findings"].parent))
        try:
            batch = import_now(
                households=options["households"],
                individuals=options["individuals"],
                area=_area(options["area"]),
                mapping=_mapping(options["mapping"]),
                commit=options["commit"],
                on_progress=self._report,
            )
        except DomainError as error:
            raise CommandError(error.message) from error
        if self.stderr.isatty():
            self.stderr.write("")
        self._tell(batch, findings=options["findings"])

    def _tell(self, batch: ImportBatch, *, findings: Path | None) -> None:
        for file, counts in batch.summary.items():
            if file != "entered":
                self.stdout.write(f"{file}: {counts['rows']} rows, {counts['known']} already registered")
        for severity, reason, cells in reason_counts(batch):
            self.stdout.write(f"{severity}: {reason}: {cells} ({REASONS[reason].label})")
        if findings:
            with findings.open("w", newline="", encoding="utf-8-sig") as file:
                writer = csv.writer(file)
                writer.writerow(FINDING_COLUMNS)
                writer.writerows(finding_rows(batch, named=False))
            self.stdout.write(f"findings: {findings}")
        bad = batch.issues.filter(severity=ImportIssue.Severity.BAD)
        if bad.exists():
            for row in finding_rows(batch, severity=ImportIssue.Severity.BAD, named=False):
                self.stderr.write("\t".join(map(str, row)))
            count = bad.count()
            raise CommandError(
                ngettext(
                    "Nothing was entered: {count} cell must be mended first (import {number}).",
                    "Nothing was entered: {count} cells must be mended first (import {number}).",
                    count,
                ).format(count=count, number=batch.pk)
            )
        entered = batch.summary.get("entered")
        if not entered:
            self.stdout.write(f"nothing entered: import {batch.pk} waits for review; --commit enters it")
            return
        self.stdout.write(
            f"entered: {entered['households']} households, {entered['individuals']} people"
            f" (already registered: {entered['known_households']} households, {entered['known_individuals']} people)"
        )
        if entered["left_out"]:
            self.stdout.write(f"left out: {entered['left_out']} people registered by others meanwhile")
        self.stdout.write(f"pairs flagged: {entered['pairs']}")
        if not entered["households"] and not entered["individuals"]:
            self.stdout.write(_("Nothing is new: everybody in these files is registered already."))

    def _report(self, job: Job) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{job.done}/{job.total} {job.phase}", ending="")


def _area(code: str) -> Area:
    found = Area.objects.filter(code=code) if code else Area.objects.filter(level=Area.Level.COUNTRY)
    area = found.first()
    if area is None:
        raise CommandError(
            _("There is no area {code}. Load the reference data first: manage.py load_reference_data.").format(
                code=code
            )
        )
    return area


def _mapping(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        mapping = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(_("The mapping {path} cannot be read: {error}").format(path=path, error=error)) from error
    if not isinstance(mapping, dict) or not all(isinstance(target, str | dict) for target in mapping.values()):
        raise CommandError(
            _("The mapping {path} must be one object of names: {example}").format(
                path=path, example='{"HH number": "household_ref"}'
            )
        )
    return mapping

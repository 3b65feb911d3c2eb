import json
import os
import platform
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections

from ministry.benchmarks import Bench, Benchmark, discover
from ministry.benchmarks.measurement import Row, table


class Command(BaseCommand):
    """Measures the portal on data it makes, in a database of its own, each figure beside its floor."""

    help = "Run one benchmark, or all, and print the table of ministry/docs/benchmarks.md."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="a benchmark, several separated by commas, or all")
        parser.add_argument("--households", type=int, default=100_000, help="size of the register (default 100000)")
        parser.add_argument("--repeats", type=int, default=3, help="runs of each; medians are given (at least 3)")
        parser.add_argument("--json", dest="json_file", help="also write the rows to this file")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["households"] < 100:
            raise CommandError("--households must be at least 100: below that nothing can be measured.")
        chosen = self._chosen(options["name"])
        rows = []
        with scratch_database() as name, tempfile.TemporaryDirectory(prefix="bench-") as folder:
            self.stdout.write(f"{machine()}\nscratch database {name}")
            call_command("migrate", verbosity=0)
            call_command("load_reference_data", verbosity=0, stdout=StringIO())
            bench = Bench(
                households=options["households"],
                folder=Path(folder),
                repeats=options["repeats"],
                say=self._say,
            )
            for entry in chosen:
                self._say(f"{entry.name} …")
                bench.need(*entry.needs)
                rows.append(Row(entry, options["households"], entry.function(bench)))
                bench.mark_ready(*entry.provides)
        self.stdout.write(table(rows))
        if options["json_file"]:
            path = Path(options["json_file"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps([row.as_json() for row in rows], indent=1, ensure_ascii=False) + "\n", "utf-8")

    def _chosen(self, name: str) -> list[Benchmark]:
        known = discover()
        if name == "all":
            return known
        wanted = {part.strip() for part in name.split(",")}
        if unknown := wanted - {entry.name for entry in known}:
            names = ", ".join(entry.name for entry in known) or "none yet"
            raise CommandError(f"No such benchmark: {', '.join(sorted(unknown))}. There are: {names}.")
        return [entry for entry in known if entry.name in wanted]

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


@contextmanager
def scratch_database() -> Iterator[str]:
    """Point the default connection at a new, empty database of the same server; drop it at the end."""
    settings = connections["default"].settings_dict
    former, name = settings["NAME"], f"bench_{os.getpid()}"
    connections.close_all()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
    settings["NAME"] = name
    try:
        yield name
    finally:
        connections.close_all()
        settings["NAME"] = former
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        connections.close_all()


def machine() -> str:
    """Return a line that says what the figures were taken on."""
    names = ("server_version", "shared_buffers", "work_mem", "synchronous_commit", "fsync")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(name) FROM unnest(%s) AS name", [list(names)])
        values = [value for (value,) in cursor.fetchall()]
    said = ", ".join(f"{name} {value}" for name, value in zip(names, values, strict=True))
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL: {said}"

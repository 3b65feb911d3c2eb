"""`manage.py refill_keys`: the key columns made again, when the normaliser of names has changed."""

from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction

from beneficiaries.models import DuplicateRun, Individual
from ministry.text import NORMALISER_VERSION, NameKeys, PhoneKeys

ROWS_AT_ONCE = 5_000

_WRITE = """
    UPDATE beneficiaries_individual i
    SET name_key = n.name_key, name_skeletons = string_to_array(n.skeletons, ' '), mother_key = n.mother_key,
        phone_key = n.phone_key
    FROM unnest(%(ids)s, %(name_keys)s, %(skeletons)s, %(mother_keys)s, %(phone_keys)s)
         AS n(id, name_key, skeletons, mother_key, phone_key)
    WHERE i.id = n.id AND (i.name_key, i.name_skeletons, i.mother_key, i.phone_key)
          IS DISTINCT FROM (n.name_key, string_to_array(n.skeletons, ' ')::varchar[], n.mother_key, n.phone_key)
"""


class Command(BaseCommand):
    help = "Make the keys of names and phones again after an update that changed how they are made."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count the people whose keys would change")

    def handle(self, *, dry_run: bool, **_options: Any) -> None:
        names, phones = NameKeys(), PhoneKeys()
        people = Individual.objects.order_by("pk").values_list("pk", "full_name", "mother_name", "phone")
        seen = changed = 0
        last = 0
        while rows := list(islice(people.filter(pk__gt=last), ROWS_AT_ONCE)):
            last = rows[-1][0]
            keys = [names(full_name) for _pk, full_name, _mother, _phone in rows]
            params: dict[str, Any] = {
                "ids": [row[0] for row in rows],
                "name_keys": [key[:300] for key, _skeletons in keys],
                "skeletons": [" ".join(skeletons) for _key, skeletons in keys],
                "mother_keys": [names(mother)[0][:300] if mother else "" for _pk, _name, mother, _phone in rows],
                "phone_keys": [phones(phone)[0][:20] if phone else "" for _pk, _name, _mother, phone in rows],
            }
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_WRITE, params)
                changed += cursor.rowcount
                if dry_run:
                    transaction.set_rollback(True)
            seen += len(rows)
        verb = "would change" if dry_run else "changed"
        self.stdout.write(f"{seen} people read, keys of {changed} {verb} (normaliser {NORMALISER_VERSION})")
        swept = DuplicateRun.objects.filter(finished_at__isnull=False, is_full=True).first()
        if swept and swept.normaliser_version != NORMALISER_VERSION:
            self.stdout.write("The next search for duplicates compares the whole register.")

"""Writes one list in the banks' format in a process that does nothing else, and prints its memory in MB.

`python -m programs.benchmarks.payfile_alone DATABASE CYCLE`: the peak, and what was held before the first byte. In the
process of a whole run of benchmarks the figure would be that of whatever ran before.
"""

# ruff: noqa: PLC0415 - Django is set up before anything of ours is imported
import json
import sys

import django


def main(database: str, cycle_id: int) -> None:
    django.setup()
    from django.db import connection

    from ministry.benchmarks.machine import peak_memory_mb
    from programs.benchmarks.payments import Hashed
    from programs.models import PaymentCycle
    from programs.payments.pain001 import write_pain001

    connection.settings_dict["NAME"] = database
    cycle = PaymentCycle.objects.select_related("agent", "program").get(pk=cycle_id)
    before = peak_memory_mb(reset=True)
    lines, _total = write_pain001(Hashed(), cycle, 1, 2)
    json.dump({"lines": lines, "before_mb": before, "peak_mb": peak_memory_mb()}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

"""The search box of the household list, as staff use it."""

import random
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

from django.utils import timezone

from beneficiaries.demo.names import in_latin
from beneficiaries.models import Household, Identifier, Individual
from beneficiaries.queries.search import find_households
from ministry.benchmarks import Bench, Measurement, benchmark
from ministry.demo.people import appoint_everybody
from ministry.models import User

_SEARCHES = 400
_OPEN_PARTS = {"عبد", "أبو", "ابو", "أم", "ام"}
_CLOSING_PARTS = {"الله", "الدين", "الرب"}
_PAGE = 26  # one row more than is shown tells whether there is a next page


@benchmark("search", floor="one read by primary key", goal_p95_ms=100, needs=["register"])
def search(bench: Bench) -> Measurement:
    """Search by name in several spellings, number, phone and reference, and read the first page of what is found.

    Every text is of somebody in the register: searches that find nothing are the quick ones.
    """
    rng = random.Random(7)  # noqa: S311 – a sample, not a secret
    appoint_everybody(timezone.localdate())
    user = User.objects.get(username="program_officer")
    texts = list(islice(_texts(rng), _SEARCHES))
    missed: list[str] = []

    def find(text: str) -> None:
        visible = Household.objects.visible_to(user, "beneficiaries.view_household").for_list()
        if not list(find_households(visible, text).households[:_PAGE]):
            missed.append(text)

    keys = list(Household.objects.values_list("pk", flat=True)[:1000])
    probes: list[Callable[[], object]] = [
        partial(bench.sql, "SELECT * FROM beneficiaries_household WHERE id = %s", [rng.choice(keys)]) for _text in texts
    ]
    measured = bench.latencies(calls=[partial(find, text) for text in texts], floor_calls=probes)
    measured.note = f"{len(missed)} of {len(texts)} searches found nothing" if missed else "every search found somebody"
    return measured


def _texts(rng: random.Random) -> Iterator[str]:
    people = Individual.objects.order_by("pk")
    first, last = people[0].pk, people.reverse()[0].pk
    while True:
        person = Individual.objects.filter(pk__gte=rng.randint(first, last)).order_by("pk")[0]
        parts = person.full_name.split()
        kind = rng.random()
        if kind < 0.6:
            # Two or three parts, often the commonest names of all.
            yield _first_parts(parts, rng.choice((2, 2, 3, 4)))
        elif kind < 0.7:
            yield in_latin(_first_parts(parts, 3))
        elif kind < 0.85:
            identifier = Identifier.objects.filter(individual=person).first()
            yield identifier.value if identifier else person.full_name
        elif kind < 0.93:
            yield person.phone or person.full_name
        else:
            yield person.person_ref.rsplit("-", 1)[0]


def _first_parts(parts: list[str], count: int) -> str:
    """Return the first parts of a name; nobody stops in the middle of «عبد الله» or «صلاح الدين»."""
    while count < len(parts) and (parts[count - 1] in _OPEN_PARTS or parts[count] in _CLOSING_PARTS):
        count += 1
    return " ".join(parts[:count])

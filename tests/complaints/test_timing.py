"""Must show: how long an answer takes tells nobody whether a code exists, nor of which kind its case is.

Samples are interleaved in random order, so that whatever else the machine does falls on all alike. Compared are ranks
(Mann–Whitney, no ties to speak of): with 400 samples of each kind a shift of a tenth of the spread is found as good as
always, as the leaky double shows; |z| ≤ 4 is passed by equal distributions in all but one of 16,000 runs.
"""

import itertools
import math
import random
import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import override_settings

from complaints.secrets import new_code, pin_mark, same
from complaints.services import limits, tracking
from complaints.services.intake import Person
from complaints.services.vault import holder
from ministry.models import Notice
from tests.complaints.factories import case
from tests.complaints.vault_factories import secret

pytestmark = pytest.mark.django_db
SAMPLES, LIMIT, CODES = 400, 4.0, 20
PHONE = "+201001112223"
Ask = Callable[[str, str], object]


def z_of(one: list[float], other: list[float]) -> float:
    """Return by how many standard deviations the ranks of two samples differ from those of equal distributions."""
    ranked = sorted((value, name) for name, sample in (("a", one), ("b", other)) for value in sample)
    ranks = sum(rank for rank, (_value, name) in enumerate(ranked, start=1) if name == "a")
    n, m = len(one), len(other)
    return (ranks - n * (n + m + 1) / 2) / math.sqrt(n * m * (n + m + 1) / 12)


def samples_of(ask: Ask, codes: dict[str, list[str]]) -> dict[str, list[float]]:
    """Return how long each kind of code took, asked in random order."""
    turns = [kind for kind in codes for _number in range(SAMPLES)]
    random.Random(7).shuffle(turns)
    supply = {kind: itertools.cycle(known) for kind, known in codes.items()}
    times: dict[str, list[float]] = {kind: [] for kind in codes}
    for warm in codes.values():
        ask(warm[0], "warm")
    for number, kind in enumerate(turns):
        code = next(supply[kind])
        started = time.perf_counter()
        ask(code, str(number))
        times[kind].append(time.perf_counter() - started)
    return times


def told_apart(times: dict[str, list[float]]) -> dict[str, float]:
    """Return the pairs whose times differ, with how much."""
    scores = {f"{one} / {other}": z_of(times[one], times[other]) for one, other in itertools.combinations(times, 2)}
    return {pair: round(z, 1) for pair, z in scores.items() if abs(z) > LIMIT}


@pytest.fixture(autouse=True)
def _no_lock_out():
    with override_settings(COMPLAINTS_TRIES_PER_CODE=10**6, COMPLAINTS_TRIES_PER_ADDRESS=10**6):
        yield


@pytest.fixture
def codes() -> dict[str, list[str]]:
    return {
        "unknown code": [new_code() for _number in range(CODES)],
        "wrong PIN": [case().code for _number in range(CODES)],
        "wrong PIN of a confidential case": [secret().code for _number in range(CODES)],
    }


class TestLookUp:
    def test_takes_as_long_for_an_unknown_code_as_for_a_wrong_pin_of_either_kind(self, codes):
        times = samples_of(lambda code, address: tracking.look_up(code=code, pin="wrong", address=address), codes)
        assert told_apart(times) == {}

    def test_of_a_double_that_reads_the_case_first_is_told_apart(self, codes):
        """The test can fail: one that compares only where there is something to compare, however dearly, differs."""

        def leaky(code: str, address: str) -> None:
            limits.so_far("pin-code", code, seconds=900)
            limits.so_far("pin-address", address, seconds=900)
            found = tracking.find_own(code)
            if found is not None:
                for _turn in range(100):
                    same(found.pin_mark, pin_mark(code, "wrong"))
            limits.count("pin-code", code, seconds=900)
            limits.count("pin-address", address, seconds=900)

        apart = told_apart(samples_of(leaky, codes))
        assert "unknown code / wrong PIN of a confidential case" in apart

    def test_takes_the_same_statements_for_all(self, codes, django_assert_num_queries):
        for kind in codes.values():
            with django_assert_num_queries(5):
                holder.stored_pin_mark(kind[0])
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('portal.vault', true)")
            assert cursor.fetchone()[0] == ""


class TestLostPin:
    def test_takes_as_long_whether_the_number_was_given_or_not(self, codes):
        codes |= {"right number": [case(complainant=Person(name="هدى", phone=PHONE)).code for _number in range(CODES)]}
        times = samples_of(
            lambda code, address: tracking.ask_for_new_pin(code=code, phone=PHONE, address=address), codes
        )
        assert told_apart(times) == {}
        assert tracking.answer_pin_requests() > 0
        assert not any("confidential" in notice.template_code for notice in Notice.objects.all())

    def test_of_a_double_that_sends_at_once_is_told_apart(self, codes):
        codes |= {"right number": [case(complainant=Person(name="هدى", phone=PHONE)).code for _number in range(CODES)]}
        apart = told_apart(samples_of(lambda code, _address: tracking._send_word(code, PHONE), codes))
        assert "unknown code / right number" in apart

    def test_of_a_confidential_case_sends_nothing(self):
        confidential = secret(complainant=Person(name="مها", phone=PHONE))
        tracking.ask_for_new_pin(code=confidential.code, phone=PHONE, address="a")
        assert tracking.answer_pin_requests() == 0
        assert not Notice.objects.exists()

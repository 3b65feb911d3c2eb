"""Loaded by a worker of the test: imports three households at a time, slowly, so that it can be killed in between."""

import time

from beneficiaries.imports import entering, staging
from beneficiaries.services import imports

imports.HOUSEHOLDS_AT_ONCE = 3
_enter, _stage = entering.enter_rows, staging.stage


def _enter_slowly(**arguments):
    entered = _enter(**arguments)
    # Still inside the step's transaction: a kill here must leave nothing of it.
    time.sleep(0.4)
    return entered


def _stage_slowly(**arguments):
    staged = _stage(**arguments)
    time.sleep(1.5)
    return staged


entering.enter_rows = _enter_slowly
staging.stage = _stage_slowly

"""The message catalogues: what the sources say, what the translators wrote, and whether the two agree.

Made without GNU gettext, so that a fresh machine needs nothing but Python. One catalogue per app, sorted by message
and without line numbers, so that two people's changes rarely meet on one line.
"""

from ministry.translations.catalogues import compile_catalogues, update_catalogue
from ministry.translations.checks import Problem, check_catalogues
from ministry.translations.sources import own_apps

__all__ = ["Problem", "check_catalogues", "compile_catalogues", "own_apps", "update_catalogue"]

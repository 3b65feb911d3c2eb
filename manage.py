#!/usr/bin/env python
"""Operator's entry point: `manage.py COMMAND`."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ministry.settings.dev")
    execute_from_command_line(sys.argv)

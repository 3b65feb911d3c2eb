"""Measurements of the registry; found by `manage.py bench`."""

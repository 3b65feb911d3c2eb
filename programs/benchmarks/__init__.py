"""Measurements of the programmes; found by `manage.py bench`."""

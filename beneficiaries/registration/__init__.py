"""Guided registration: its sections, what each asks, and what is wrong, doubtful or missing in the answers.

* `fields`: inputs that read what is typed as the import reads its cells: one rule, one place;
* `forms`: what the forms of all sections have in common;
* `sections`: one small module for each section;
* `file`: a registration with all its answers, as pages and services look at it.
"""

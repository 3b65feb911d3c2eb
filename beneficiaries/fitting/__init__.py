"""Fitting a proxy means test from a survey file: columns named by a person, candidates, estimation, errors.

`estimation` alone loads scikit-learn; it is imported by the job and by nothing that serves pages.
"""

"""Verbs of the programmes, one module per noun."""

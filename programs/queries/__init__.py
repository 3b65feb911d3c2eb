"""Reads of the programmes that cross models, one module per noun."""

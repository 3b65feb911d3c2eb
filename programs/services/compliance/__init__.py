"""The verbs of conditions: periods and their reports, and what is decided about single findings and steps."""

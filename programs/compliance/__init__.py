"""Conditions of programmes: who is bound, what a miss brings, and how what was withheld comes back."""

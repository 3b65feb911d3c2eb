"""How payments are worked out and written: the benefit, the statement that computes lines, files, reports."""

"""The verbs of complaints, one module per noun."""

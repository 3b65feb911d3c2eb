"""Work in the background: kinds of jobs and what beat starts, one module per noun."""

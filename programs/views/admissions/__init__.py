"""Pages of admission, one module per noun."""

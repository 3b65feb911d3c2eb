"""The tree of areas: where it comes from."""

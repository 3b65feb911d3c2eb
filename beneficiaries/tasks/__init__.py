"""Work of the registry in the background."""

"""The register files a deployment is tried on, where they lie beside the checkout (folder `shared`, some level up)."""

from pathlib import Path

import pytest


def shared_register(name: str) -> Path:
    """Return the path of a shared register file, or skip the test with the reason."""
    for folder in Path(__file__).resolve().parents:
        found = folder / "shared" / "data" / "register" / name
        if found.is_file():
            return found
    pytest.skip(f"shared/data/register/{name} does not lie beside this checkout")

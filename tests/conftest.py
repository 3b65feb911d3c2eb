"""What every test needs."""

import pytest

from ministry.translations import compile_catalogues


@pytest.fixture(autouse=True, scope="session")
def _fresh_catalogues() -> None:
    """Compiled catalogues are not in the repository; pages are tested in the words the sources have now."""
    compile_catalogues()

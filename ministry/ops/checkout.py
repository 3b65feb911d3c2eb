"""Where this checkout keeps things."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Checkout:
    """One copy of the portal's code and the folder of its state."""

    root: Path
    data_dir: Path

    @classmethod
    def here(cls) -> "Checkout":
        """Return the checkout this file belongs to; DATA_DIR in the environment moves its state."""
        root = Path(__file__).resolve().parent.parent.parent
        data_dir = Path(os.environ.get("DATA_DIR") or root / ".data").expanduser()
        return cls(root=root, data_dir=(root / data_dir).resolve())

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The interpreter with the portal's packages."""
        return self.venv / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        """The folder of the installed packages."""
        found = sorted((self.venv / "lib").glob("python3*/site-packages"))
        return found[-1] if found else self.venv / "lib"

    @property
    def media(self) -> Path:
        """Private uploads, as `MEDIA_ROOT` in the settings."""
        return Path(os.environ.get("MEDIA_ROOT") or self.data_dir / "media")

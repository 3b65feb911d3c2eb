"""The portal's font for paper: the web font, unpacked once."""

import os
import tempfile
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont

from ministry.exceptions import DomainError

FAMILY = "IBM Plex Sans Arabic"
_FILES = tuple(
    f"ibm-plex-sans-arabic-{script}-{weight}-normal" for script in ("arabic", "latin") for weight in (400, 600)
)
# What a machine may have of itself where set-up brought no font; each covers Arabic and Latin.
SYSTEM_FAMILIES = ("Noto Sans Arabic", "Noto Naskh Arabic", "DejaVu Sans", "Amiri", "Arial", "Tahoma")


class FontsMissing(DomainError):
    """No font on this machine can set Arabic; the page can still be printed from the browser."""

    def __init__(self) -> None:
        super().__init__(
            _("The file cannot be made: this server has no font for it. Print the page from your browser instead.")
        )


@lru_cache(maxsize=1)
def folder() -> Path | None:
    """Return where the unpacked fonts lie; None where set-up brought none."""
    sources = [_source(f"vendor/fonts/{name}.woff2") for name in _FILES]
    if not all(sources):
        return None
    target = Path(settings.DATA_DIR) / "fonts"
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for source in sources:
        unpacked = target / f"{source.stem}.ttf"  # type: ignore[union-attr]
        if not unpacked.exists() or unpacked.stat().st_mtime < source.stat().st_mtime:  # type: ignore[union-attr]
            _unpack(source, unpacked)  # type: ignore[arg-type]
    return target


def _source(name: str) -> Path | None:
    found = finders.find(name)
    if found is None:
        collected = Path(staticfiles_storage.path(name)) if settings.STATIC_ROOT else None
        return collected if collected is not None and collected.exists() else None
    return Path(found)


def _unpack(source: Path, target: Path) -> None:
    """Write the font without compression; whole or not at all, as two workers may be at it."""
    font = TTFont(source)
    font.flavor = None
    descriptor, draft = tempfile.mkstemp(dir=target.parent, suffix=".part")
    with os.fdopen(descriptor, "wb") as file:
        font.save(file)
    Path(draft).replace(target)

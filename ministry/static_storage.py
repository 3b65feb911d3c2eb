"""Static files: compressed, with the hash of their content in the name; the web font is optional."""

from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

FONT_SHEET = "css/fonts.css"
# The only file worth asking for before the sheets are read: every Arabic page needs it.
FONT_FIRST = "vendor/fonts/ibm-plex-sans-arabic-arabic-400-normal.woff2"


class PortalStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Collects the portal's files; where set-up brought no font, the sheet that names it is left out."""

    def post_process(self, paths: dict[str, Any], *args: Any, **options: Any) -> Iterator[Any]:
        if FONT_FIRST not in paths:
            # Its addresses would lead nowhere, and the hashing refuses such a sheet.
            paths.pop(FONT_SHEET, None)
        yield from super().post_process(paths, *args, **options)


def fonts_present() -> bool:
    """Return whether the web font was brought by set-up; without it pages use the system's fonts."""
    manifest = getattr(staticfiles_storage, "hashed_files", None)
    if manifest is not None:
        return FONT_SHEET in manifest
    return finders.find(FONT_FIRST) is not None

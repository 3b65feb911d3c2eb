"""Photographs: bounded, and written anew so that nothing but the picture is kept."""

import io
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from ministry.documents.refusal import DocumentRefused

# A good phone camera; larger ones would cost a worker more memory than it has.
MAX_PIXELS = 50_000_000
_FORMATS = ("JPEG", "PNG")


def check(file: IO[bytes]) -> None:
    """Refuse pictures that are damaged or unpack to more pixels than any camera takes."""
    try:
        with Image.open(file, formats=_FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise Image.DecompressionBombError
            image.load()
    except Image.DecompressionBombError as error:
        raise DocumentRefused(_("The picture is too large. Take or save it with fewer pixels.")) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise DocumentRefused(
            _("The picture is damaged and cannot be opened. Take it again or choose another.")
        ) from error


def without_metadata(file: IO[bytes]) -> IO[bytes]:
    """Return the picture turned upright and free of place, camera, comments and anything hidden behind it."""
    with Image.open(file, formats=_FORMATS) as image:
        file_format = image.format
        upright = ImageOps.exif_transpose(image)
        if file_format == "JPEG" and upright.mode not in {"RGB", "L"}:
            upright = upright.convert("RGB")
        # A new image takes the pixels only: `info` (EXIF, XMP, ICC, comments) stays behind.
        clean = Image.new(upright.mode, upright.size)
        if upright.mode == "P" and (palette := upright.getpalette()):
            clean.putpalette(palette)
        clean.paste(upright)
    output = io.BytesIO()
    options = {"quality": 88, "optimize": True} if file_format == "JPEG" else {"optimize": True}
    clean.save(output, file_format, **options)
    output.seek(0)
    return output

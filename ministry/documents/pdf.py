"""PDF files: real ones, and without anything that acts when they are opened."""

import re
from typing import IO

from django.utils.translation import gettext as _

from ministry.documents.refusal import DocumentRefused

# SECURITY: programs inside a document. Those hidden in compressed parts are the virus scanner's to find; the file is
# never shown by the portal itself, only downloaded.
_ACTIVE = re.compile(rb"/(JavaScript|Launch|EmbeddedFile|RichMedia)\b")
_CHUNK = 1024 * 1024


def check(file: IO[bytes]) -> None:
    """Refuse PDF files that are cut off, locked or carry programs or attachments."""
    head = file.read(1024)
    tail = b""
    seen = head
    while seen:
        window = tail + seen
        if _ACTIVE.search(window):
            raise DocumentRefused(
                _("The PDF contains a program or an attachment. Print it to a new PDF and choose that one.")
            )
        tail = window[-2048:]
        seen = file.read(_CHUNK)
    if b"%%EOF" not in tail:
        raise DocumentRefused(_("The PDF is incomplete. Download or scan it again."))
    if b"/Encrypt" in tail:
        raise DocumentRefused(_("The PDF is locked with a password. Save it without one."))

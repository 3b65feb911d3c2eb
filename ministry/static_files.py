"""Collecting static files only when a source has changed: compressing them takes seconds, a start has few."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

# Beside the collected files, never among them: what is collected is served.
STAMP_SUFFIX = ".stamp"


def collect_if_changed() -> bool:
    """Collect into STATIC_ROOT unless that was done for exactly these sources; return whether it was done."""
    root = Path(settings.STATIC_ROOT)
    stamp = root.with_name(f"{root.name}{STAMP_SUFFIX}")
    print_now = _fingerprint()
    if root.is_dir() and stamp.exists() and stamp.read_text() == print_now:
        return False
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(print_now)
    return True


def _fingerprint() -> str:
    """Return a digest over names, sizes and times of all sources, and over what is done with them."""
    lines = [settings.STORAGES["staticfiles"]["BACKEND"]]
    for finder in get_finders():
        for name, storage in finder.list(None):
            status = Path(storage.path(name)).stat()
            lines.append(f"{name} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()

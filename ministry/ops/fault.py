"""What stops an operator's command: one sentence that says what is wrong and what to do."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What the operating system says when a disk, or one's share of it, is used up.
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class Fault(Exception):
    """The command cannot go on; the text is shown to the operator as it stands, without a traceback."""


def full_disk(path: Path) -> Fault:
    """Return the sentence for a disk without room, naming the folder that did not fit."""
    return Fault(f"The disk that holds {path} is full; free some space there, or set DATA_DIR to a folder with room.")


@contextmanager
def disk_faults(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write below `path` into a `Fault`."""
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise full_disk(path) from error
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            where, why = error.filename or path, (error.strerror or "refused").lower()
            raise Fault(
                f"{where} cannot be written ({why}); give this user the right to write there, "
                "or set DATA_DIR to a folder of its own."
            ) from error
        raise


def require_space(path: Path, megabytes: int, what: str) -> None:
    """Stop before work that needs room, rather than in the middle of it.

    Raises:
        Fault: fewer than `megabytes` million bytes are free on the disk of `path` (or its nearest existing parent).
    """
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    free = shutil.disk_usage(existing).free // 1_000_000
    if free < megabytes:
        raise Fault(
            f"The disk that holds {path} is full or nearly so: {what} needs {megabytes} MB and {free} MB are free; "
            "free some space there, or set DATA_DIR to a folder with room."
        )

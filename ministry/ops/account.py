"""Which account the embedded servers run as, and a folder that account can reach.

PostgreSQL refuses to run as root. Started by root, the servers run as `nobody`; where that account cannot enter the
checkout (a home folder of mode 700), their data and a copy of their programs live in a folder of their own under
/var/lib, which the checkout remembers.
"""

import os
import pwd
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from ministry.ops.checkout import Checkout
from ministry.ops.fault import Fault, disk_faults

NAME = "social-protection-portal"
# Where the servers go when the checkout is closed to them, in order of preference.
SHELTERS = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108  (owned by root, checked below)


@dataclass(frozen=True)
class Account:
    """An account for the servers; `uid` None is the account that runs the command."""

    uid: int | None = None
    gid: int | None = None

    def spawn_options(self) -> dict[str, object]:
        """Return what `subprocess` needs to start a program as this account."""
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can(self, path: Path, mode: int) -> bool:
        """Return whether the account may open `path` in `mode` (`os.R_OK` …), parents included."""
        if self.uid is None:
            return os.access(path, mode)
        child = os.fork()
        if child == 0:
            try:
                os.setgroups([])
                os.setgid(self.gid or 0)
                os.setuid(self.uid)
                os._exit(0 if os.access(path, mode) else 1)
            finally:
                os._exit(1)
        return os.waitpid(child, 0)[1] == 0

    def own(self, path: Path) -> None:
        """Give `path` to the account."""
        if self.uid is not None:
            os.chown(path, self.uid, self.gid or 0)


def for_servers(folder: Path) -> Account:
    """Return the account for servers whose data lie in `folder`: its owner when it exists, else `nobody` for root."""
    if os.geteuid() != 0:
        return Account()
    if folder.exists() and folder.stat().st_uid != 0:
        return Account(folder.stat().st_uid, folder.stat().st_gid)
    for name in ("nobody", "daemon"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise Fault(
        "PostgreSQL refuses to run as root and this machine has no account named nobody; "
        "run the command as an ordinary user, or set DATABASE_URL to a server of your own."
    )


def home(checkout: Checkout) -> Path:
    """Return the folder in which the servers keep data: DATA_DIR, or a shelter where DATA_DIR is closed to them."""
    checkout.data_dir.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0 or for_servers(checkout.data_dir / "postgres").can(checkout.data_dir, os.X_OK):
        return checkout.data_dir
    pointer = checkout.data_dir / "servers-live-in"
    if pointer.exists():
        known = Path(pointer.read_text().strip())
        if _belongs(known, checkout, pointer):
            return known
    shelter = _new_shelter(checkout)
    pointer.write_text(f"{shelter}\n")
    return shelter


def reachable_copy(account: Account, home: Path, key: str, folders: list[Path], program: Path) -> Path:
    """Return `program` where the account can start it: in place, else in a copy of `folders` below `home`.

    `folders` are siblings; the copy keeps their places to each other, because programs find their libraries by them.
    `key` names the version copied.
    """
    if account.can(program, os.R_OK | os.X_OK):
        return program
    copy = home / "programs" / key
    if not copy.exists():
        unfinished = copy.with_name(f"{copy.name}.new-{os.getpid()}")
        for folder in folders:
            shutil.copytree(folder, unfinished / folder.name, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
        unfinished.rename(copy)
    return copy / program.relative_to(folders[0].parent)


def _belongs(folder: Path, checkout: Checkout, pointer: Path) -> bool:
    """Return whether a shelter is this checkout's: a copy leaves it to the original, a moved one takes it."""
    owner = folder / "belongs-to"
    if not owner.exists():
        return False
    original = Path(owner.read_text().strip())
    if original == checkout.data_dir:
        return True
    copied = original / pointer.name
    if copied.exists() and copied.read_text() == pointer.read_text():
        return False
    owner.write_text(f"{checkout.data_dir}\n")
    return True


def _new_shelter(checkout: Checkout) -> Path:
    account = for_servers(checkout.data_dir / "postgres")
    for base in SHELTERS:
        parent = base / NAME
        try:
            parent.mkdir(mode=0o711, exist_ok=True)
        except OSError:
            continue
        # SECURITY: below a folder everybody may write to, only a folder made by root itself is trusted.
        if parent.is_symlink() or parent.stat().st_uid != 0 or not account.can(parent, os.X_OK):
            continue
        shelter = parent / secrets.token_hex(6)
        with disk_faults(shelter):
            shelter.mkdir(mode=0o711)
            (shelter / "belongs-to").write_text(f"{checkout.data_dir}\n")
        return shelter
    raise Fault(
        f"PostgreSQL refuses to run as root, and the account it would use cannot enter {checkout.data_dir}; "
        "set DATA_DIR to a folder others may enter, or DATABASE_URL to a server of your own."
    )

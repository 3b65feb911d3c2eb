"""Looking for malware. What is on every machine is `inspection`; a ministry adds ClamAV by setting."""

import socket
import struct
from dataclasses import dataclass
from typing import IO, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.module_loading import import_string

_CHUNK = 64 * 1024
_TIMEOUT_SECONDS = 30


class ScannerUnavailable(Exception):
    """The scanner cannot be asked now; the file stays in quarantine and is tried again."""


@dataclass(frozen=True)
class Verdict:
    """What a scanner says; `note` names what it found."""

    clean: bool
    note: str = ""


class Scanner(Protocol):
    """A scanner. `immediate` ones are asked while the person waits, others by a task."""

    immediate: bool

    def scan(self, file: IO[bytes]) -> Verdict: ...


class InspectionOnly:
    """No scanner: the checks by content that every file passes are all there is."""

    immediate = True

    def scan(self, file: IO[bytes]) -> Verdict:
        return Verdict(clean=True)


class ClamAV:
    """A clamd daemon at CLAMAV_ADDRESS (`unix:///run/clamav/clamd.sock` or `tcp://host:3310`)."""

    immediate = False

    def scan(self, file: IO[bytes]) -> Verdict:
        """Stream the file to the daemon (INSTREAM) and return what it says."""
        try:
            with self._connect() as connection:
                connection.sendall(b"zINSTREAM\0")
                while chunk := file.read(_CHUNK):
                    connection.sendall(struct.pack("!L", len(chunk)) + chunk)
                connection.sendall(struct.pack("!L", 0))
                answer = connection.makefile("rb").read(4096).rstrip(b"\0\n").decode(errors="replace")
        except OSError as error:
            raise ScannerUnavailable(str(error)) from error
        result = answer.removeprefix("stream: ")
        if result == "OK":
            return Verdict(clean=True)
        if result.endswith(" FOUND"):
            return Verdict(clean=False, note=result.removesuffix(" FOUND"))
        raise ScannerUnavailable(answer or "no answer")

    def _connect(self) -> socket.socket:
        address = urlsplit(settings.CLAMAV_ADDRESS)
        if address.scheme == "unix":
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(_TIMEOUT_SECONDS)
            connection.connect(address.path)
            return connection
        return socket.create_connection((address.hostname or "", address.port or 3310), timeout=_TIMEOUT_SECONDS)


def is_configured() -> bool:
    """Tell whether a scanner looks at files besides the checks by content."""
    return not scanner().immediate


def scanner() -> Scanner:
    """Return the scanner of this deployment."""
    return import_string(settings.DOCUMENT_SCANNER)()

"""Somebody with a phone: through all the questions of the public pages to code and PIN, over HTTP.

Plain requests with the cookies a browser would keep. A connection that breaks is made again and the page sent once
more, as people do.
"""

import http.client
import io
import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from PIL import Image

PATIENCE_SECONDS = 30
_CODE = re.compile(r'receipt-code"><bdi dir="ltr">([\d\u00a0 ]+)</bdi>')


@dataclass(frozen=True)
class Acknowledged:
    """What the last page showed, and what was sent for it."""

    code: str
    pin: str
    story: str
    # How often a page with the file was sent: more than once where the connection broke.
    files_sent: int


@dataclass
class Seen:
    """What all visitors of a run met."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    # Seconds of each request that was answered, and its status.
    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    broken: int = 0
    given_up: list[str] = field(default_factory=list)
    took: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def answered(self, status: int, seconds: float) -> None:
        with self._lock:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            self.seconds.append(seconds)


def photograph(side: int = 640) -> bytes:
    """Return a picture of some 100 KB with the place it was taken at, as a phone sends it."""
    picture = Image.effect_noise((side, side), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x010F] = "Phone"
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=60, exif=exif)
    return out.getvalue()


class Visitor:
    """One visit after the other, each with a session of its own."""

    def __init__(self, port: int, seen: Seen, *, place: int, photo: bytes) -> None:
        self.port, self.seen, self.place, self.photo = port, seen, place, photo
        self._line: http.client.HTTPConnection | None = None
        self._cookies: dict[str, str] = {}

    def tell(self) -> Acknowledged:
        """Answer every question, send, and return what the receipt says."""
        self._cookies = {}
        story = f"لم يصلني مبلغ هذا الشهر، والمرجع {uuid.uuid4()}. <b>شكرًا</b>"
        new = "/complaints/new/"
        self.get(new)
        self.post(new, {"kind": "complaint", "website": ""})
        self.post(f"{new}category/", {"category": "data"})
        self.post(f"{new}place/", {"place_governorate": str(self.place), "place_district": ""})
        self.post(f"{new}story/", {"story": story})
        before = self.seen.broken
        self.post(f"{new}files/", {}, photo=self.photo)
        files_sent = 1 + (self.seen.broken > before)
        self.post(f"{new}privacy/", {"privacy": "named"})
        self.post(f"{new}contact/", {"for_whom": "self", "name": "سعاد محمود", "phone": "01001234567"})
        self.get(f"{new}check/")
        self.post(f"{new}check/", {})
        page = self.get(f"{new}done/")
        code, pin = ("".join(one.split()) for one in _CODE.findall(page)[:2])
        return Acknowledged(code, pin, story, files_sent)

    def get(self, path: str) -> str:
        return self._ask("GET", path, None, {})

    def post(self, path: str, fields: Mapping[str, str], *, photo: bytes | None = None) -> str:
        values = {**fields, "csrfmiddlewaretoken": self._cookies.get("csrftoken", "")}
        if photo is None:
            return self._ask("POST", path, urlencode(values).encode(), _FORM)
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in values.items()
        ]
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        body = b"".join([*parts, head.encode(), photo, f"\r\n--{boundary}--\r\n".encode()])
        return self._ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> str:
        """Send a request until it is answered; what is neither a page nor a way to the next one is an error."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            started = time.monotonic()
            try:
                status, page = self._exchange(method, path, body, headers)
            except (OSError, http.client.HTTPException):
                self.seen.broken += 1
                self.close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
                continue
            self.seen.answered(status, time.monotonic() - started)
            if status not in {200, 302}:
                raise AssertionError(f"{method} {path} was answered {status}: {page[:2000]}")
            return page

    def _exchange(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, str]:
        if self._line is None:
            self._line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._line.request(method, path, body, {**headers, "Cookie": cookies, "Accept-Language": "ar"})
        answer = self._line.getresponse()
        page = answer.read().decode()
        for line in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self._cookies[name] = morsel.value
        return answer.status, page

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def crowd(
    *,
    port: int,
    places: list[int],
    clients: int = 50,
    seconds: float = 20,
    visit: Callable[[Visitor], Acknowledged] = Visitor.tell,
) -> Seen:
    """Let many visitors write to us at once for a while, one case after the other; whoever has begun finishes."""
    seen, photo = Seen(), photograph()
    until = time.monotonic() + seconds

    def come(number: int) -> None:
        visitor = Visitor(port, seen, place=places[number % len(places)], photo=photo)
        while time.monotonic() < until:
            try:
                seen.acknowledged.append(visit(visitor))
            except (AssertionError, OSError, ValueError, http.client.HTTPException) as error:
                seen.given_up.append(repr(error))
        visitor.close()

    started = time.monotonic()
    threads = [threading.Thread(target=come, args=(number,), daemon=True) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen.took = time.monotonic() - started
    return seen

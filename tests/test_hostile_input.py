"""Every address with input nobody means: strange query strings, strange values in every field, wrong content types.

Whatever comes in, the answer is below 500, and a refusal is told in words.
"""

import gzip
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.forms import CharField, ChoiceField, Field, FileField
from django.http import HttpResponse

from tests.test_hostile_visitors import filled, form_of, one_who_may
from tests.visitors import Visitor, as_lines
from tests.world import path_of

pytestmark = pytest.mark.django_db

NUL, TURNED, FORMULA = "a\x00b", "\u202egnp.exe\u202c", '=HYPERLINK("http://evil.example","x")'
# Arabic-Indic digits, a name of 300 characters, a day before the calendar, a number no column holds.
VALUES = {
    "nothing printable": NUL,
    "right-to-left override": TURNED,
    "formula": FORMULA,
    "long name": "م" * 300,
    "year one": "0001-01-01",
    "Arabic-Indic digits": "١٢٣٤٥٦٧٨٩٠١٢٣٤",
    "huge number": "9" * 40,
    "not a number": "NaN",
    "half a character": "\ud800",
    "white space": " \u200f\u00a0\t\n ",
}
# Beside what every list knows, what none knows; repeated; as lists and dictionaries.
QUERIES = {
    "unknown": {"no_such_field": "1", "sort": "no_such_field", "page": "x", "constructor": "x"},
    "private": {"sort": "-password", "ordering": "user__password", "q__regex": ".*", "_method": "DELETE"},
    "repeated": {"page": ["1", "2"], "q": ["a", "b"], "sort": ["a", "-a"], "status": ["open", "x"]},
    "huge": {"page": "1" + "0" * 40, "after": "9" * 400, "before": "e30", "q": "ا" * 4000, "sort": "-" * 900},
    "arrays": {"q[]": "1", "q[$ne]": "1", "page[]": ["1"], "status[0]": "open", "sort[a][b]": "c"},
    "nothing printable": {"q": NUL, "sort": NUL, "page": NUL, "after": NUL, "before": NUL, "status": NUL},
    "turned": {"q": TURNED, "sort": TURNED, "page": "٣", "after": TURNED, "governorate": TURNED},
    "year one": {"from": "0001-01-01", "to": "9999-12-31", "day": "0000-00-00", "period": "0001-01", "on": "٢٠٢٥"},
}
_TAGS = re.compile(r"<(script|style)[^>]*>.*?</\1>|<[^>]+>", re.DOTALL)


def complaint_about(response: HttpResponse) -> str:
    """Return what is wrong with an answer: a failure of ours, or a refusal without words."""
    if response.status_code >= 500:
        return "failed"
    # Leads elsewhere, changed nothing, or says that this method or its body is not for here (405, 415).
    if response.status_code < 400 or response.status_code in {405, 415} or getattr(response, "streaming", False):
        return ""
    words = _TAGS.sub(" ", response.content.decode(response.charset or "utf-8", "replace"))
    return "" if len(words.split()) >= 2 else "refused without words"


def answers(world: dict, visitors: dict[str, Visitor], method: str) -> Iterator[tuple[str, str, Visitor]]:
    """Yield each address that takes this method, with somebody who may ask for it."""
    for line, arguments in world.items():
        who = one_who_may(line, method, visitors)
        if who is not None:
            yield line, path_of(line, arguments), who


def test_strange_questions_are_answered_or_refused_in_words(world, visitors):
    wrong = []
    for line, path, who in answers(world, visitors, "get"):
        plain = who.visit("get", path)
        fields = getattr(_context(plain, "filter_form"), "fields", {})
        asked = dict(QUERIES)
        if fields:
            asked |= {f"filters: {name}": dict.fromkeys(fields, value) for name, value in VALUES.items()}
        for name, query in asked.items():
            response = who.visit("get", path, data=_encodable(query))
            if trouble := complaint_about(response):
                wrong.append((line, name, response.status_code, trouble))
    assert wrong == [], as_lines(wrong)


def test_bytes_that_are_no_text_are_no_question(world, visitors):
    wrong = []
    for line, path, who in answers(world, visitors, "get"):
        for query in ("q=%ff%fe&page=%00&sort=%c0%ae", "&&&=&==;q=1;%", "q=%ED%A0%80&after=%F4%90%80%80"):
            response = who.visit("get", f"{path}?{query}")
            if trouble := complaint_about(response):
                wrong.append((line, query, response.status_code, trouble))
    assert wrong == [], as_lines(wrong)


def test_strange_values_in_every_field_are_refused_in_words_or_taken(world, visitors):
    wrong = []
    for line, path, who in answers(world, visitors, "post"):
        form = form_of(who.visit("get", path))
        for name, value in VALUES.items():
            # Once where everything else is as it should be, once in everything.
            for data in (strange(form, value), dict.fromkeys(getattr(form, "fields", {}), value)):
                response = who.visit("post", path, data=_encodable(data))
                if trouble := complaint_about(response):
                    wrong.append((line, name, response.status_code, trouble))
    assert wrong == [], as_lines(wrong)


def strange(form: Any, value: str) -> dict[str, Any]:
    """Return a form filled in well but for what is typed freely."""
    data = filled(form)
    for name, field in getattr(form, "fields", {}).items():
        if is_typed(field):
            data[name] = value
    return data


def is_typed(field: Field) -> bool:
    return not isinstance(field, ChoiceField | FileField) and (
        isinstance(field, CharField) or not getattr(field, "choices", None)
    )


def test_a_body_of_ten_megabytes_is_refused(world, visitors):
    wrong, body = [], b"note=" + b"x" * 10_000_000
    for line, path, who in answers(world, visitors, "post"):
        response = who.visit("post", path, data=body, content_type="application/x-www-form-urlencoded")
        if trouble := complaint_about(response):
            wrong.append((line, response.status_code, trouble))
    assert wrong == [], as_lines(wrong)


BODIES = {
    "JSON": (b'{"verb": ["confirm"], "note": null, "a": {"b": 1}}', "application/json", {}),
    "broken JSON": (b'{"verb": ', "application/json", {}),
    "no boundary": (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--", "multipart/form-data", {}),
    "half a part": (b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x", {}),
    "long boundary": (b"--x", f"multipart/form-data; boundary={'x' * 900}", {}),
    "packed": (gzip.compress(b"note=1"), "application/x-www-form-urlencoded", {"Content-Encoding": "gzip"}),
    "no such charset": (b"note=1", "application/x-www-form-urlencoded; charset=klingon", {}),
    "another charset": ("note=ملاحظة".encode("utf-16"), "application/x-www-form-urlencoded; charset=utf-16", {}),
    "XML": (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "application/xml", {}),
    "no type": (b"\x00\xff\xfe", "", {}),
    "many fields": (b"&".join(b"f%d=1" % number for number in range(3000)), "application/x-www-form-urlencoded", {}),
}


@pytest.mark.parametrize("kind", BODIES)
def test_wrong_content_types_are_refused_in_words(world, visitors, kind):
    body, content_type, headers = BODIES[kind]
    wrong = []
    for line, path, who in answers(world, visitors, "post"):
        response = who.visit("post", path, data=body, content_type=content_type, headers=headers)
        if trouble := complaint_about(response):
            wrong.append((line, response.status_code, trouble))
    assert wrong == [], as_lines(wrong)


def _context(response: HttpResponse, name: str) -> Any:
    return response.context.get(name) if getattr(response, "context", None) is not None else None


def _encodable(data: dict[str, Any]) -> dict[str, Any]:
    """Return what a client can put on the wire: half a character goes as the bytes other systems write for it."""
    return {key: _wire(value) for key, value in data.items() if value is not None}


def _wire(value: Any) -> Any:
    if isinstance(value, list):
        return [_wire(one) for one in value]
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass") if "\ud800" in value else value
    return value

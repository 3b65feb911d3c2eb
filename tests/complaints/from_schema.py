"""From the committed description of the interface: bodies for hypothesis to draw, and what answers must be."""

import datetime as dt
import re
from typing import Any

from hypothesis import strategies as st

from complaints.api.schema import SCHEMA

_PRIMITIVES = {"string": str, "integer": int, "object": dict, "array": list, "null": type(None), "boolean": bool}
# What breaks systems like this one: markup, line ends, templates, formulas, invisible and half characters.
NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "x\r\nSet-Cookie: a=b\r\n\r\n<b>",
    "{{ 7|add:7 }}{% debug %}",
    "=cmd|' /C calc'!A0",
    "\u202e\u200b\ufeff",
    "a\x00b",
    "\ud800",
    "٠١٢٣٤٥٦٧٨٩",
    "'; DROP TABLE complaints_complaint; --",
    "😀" * 30,
    "%s%(x)s{}{0}",
    "..\\..\\/etc/passwd",
)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = SCHEMA["components"]["schemas"][name]
    return schema


def text(most: int = 200) -> st.SearchStrategy[str]:
    any_text = st.text(st.characters(min_codepoint=0, max_codepoint=0x10FFFF, exclude_categories=()), max_size=60)
    long = st.sampled_from(["ي", "x", " ", "\n"]).map(lambda letter: letter * (most + 1))
    return st.one_of(any_text, st.sampled_from(NASTY), st.tuples(any_text, st.sampled_from(NASTY)).map("".join), long)


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(text(), inner, max_size=3)),
    max_leaves=6,
)


def values(schema: dict[str, Any], known: dict[str, list[str]], name: str = "") -> st.SearchStrategy[Any]:
    """Return what fits a schema mostly, and now and then anything at all. `known` holds codes that exist."""
    schema = resolved(schema)
    wrong = ANYTHING
    if "anyOf" in schema:
        right: st.SearchStrategy[Any] = st.one_of(*(values(one, known, name) for one in schema["anyOf"]))
    elif "enum" in schema:
        right = st.sampled_from(schema["enum"])
    elif schema.get("type") == "object":
        fields = schema.get("properties", {})
        needed = {key: values(fields[key], known, key) for key in schema.get("required", ())}
        optional = {key: values(one, known, key) for key, one in fields.items() if key not in needed}
        right = st.fixed_dictionaries(needed, optional=optional)
    elif name in known:
        right = st.sampled_from(known[name])
    elif "integer" in str(schema.get("type")):
        right = st.integers(schema.get("minimum", -5), schema.get("maximum", 50))
    elif "boolean" in str(schema.get("type")):
        right = st.booleans() | st.none()
    elif schema.get("type") == "null":
        return st.none()
    else:
        right = text(schema.get("maxLength", 200))
    # Nine times in ten what fits.
    return st.integers(0, 9).flatmap(lambda number: wrong if number == 0 else right)


def faults(value: Any, schema: dict[str, Any], path: str = "body") -> list[str]:
    """Return where an answer does not fit its description."""
    schema = resolved(schema)
    found: list[str] = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path}: {value!r} is none of {schema['enum']}")
    types = schema.get("type")
    allowed = [types] if isinstance(types, str) else types or []
    if allowed and not any(_is(value, one) for one in allowed):
        return [*found, f"{path}: {value!r} is no {types}"]
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        found += [f"{path}: {key} is missing" for key in schema.get("required", ()) if key not in value]
        if schema.get("additionalProperties") is False:
            found += [f"{path}: {key} is not described" for key in value if key not in fields]
        for key, one in fields.items():
            if key in value:
                found += faults(value[key], one, f"{path}.{key}")
    if isinstance(value, list) and "items" in schema:
        for number, one in enumerate(value):
            found += faults(one, schema["items"], f"{path}[{number}]")
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{path}: {value!r} does not fit {schema['pattern']}")
        if schema.get("format") == "date":
            dt.date.fromisoformat(value)
        if schema.get("format") == "date-time":
            assert dt.datetime.fromisoformat(value).tzinfo is not None, value
    return found


def _is(value: Any, kind: str) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, _PRIMITIVES[kind])

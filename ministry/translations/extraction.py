"""Reading messages out of Python files and templates."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract
from django.utils.translation.template import templatize

from ministry.translations.sources import own_apps, python_files, template_files

# What each function of django.utils.translation takes, in order.
_FUNCTIONS = {
    "gettext": ("message",),
    "gettext_noop": ("message",),
    "gettext_lazy": ("message",),
    "ngettext": ("message", "plural"),
    "ngettext_lazy": ("message", "plural"),
    "pgettext": ("context", "message"),
    "pgettext_lazy": ("context", "message"),
    "npgettext": ("context", "message", "plural"),
    "npgettext_lazy": ("context", "message", "plural"),
}
# The same for what Django makes of a template before it is searched.
_TEMPLATE_KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


@dataclass(frozen=True)
class Message:
    """One message of the source language, with its plural and context where it has them."""

    text: str
    plural: str = ""
    context: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the message in a catalogue: a plural is found by its singular."""
        return self.text, self.context


@dataclass(frozen=True)
class SourceFault:
    """A call that no translation can ever match, such as one with an f-string."""

    path: Path
    line: int
    reason: str


class _PythonMessages(ast.NodeVisitor):
    """Collects the messages of one module, following the names under which it imports the functions."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names: dict[str, str] = {}
        self.messages: list[Message] = []
        self.faults: list[SourceFault] = []

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.module == "django.utils.translation":
            for alias in node.names:
                if alias.name in _FUNCTIONS:
                    self.names[alias.asname or alias.name] = alias.name

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        function = self._function(node.func)
        if not function:
            return
        found: dict[str, str] = {}
        for role, argument in zip(_FUNCTIONS[function], node.args, strict=False):
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                found[role] = argument.value
            elif isinstance(argument, (ast.JoinedStr, ast.BinOp, ast.Call)):
                # A plain name is let through: its text is marked elsewhere, with gettext_noop or gettext_lazy.
                self.faults.append(SourceFault(self.path, node.lineno, "the text is put together before translation"))
                return
        if found.get("message"):
            self.messages.append(Message(found["message"], found.get("plural", ""), found.get("context", "")))

    def _function(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return self.names.get(node.id, "")
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "translation":
            return node.attr if node.attr in _FUNCTIONS else ""
        return ""


def messages_of_python(path: Path) -> tuple[list[Message], list[SourceFault]]:
    """Return the messages of one Python file, and the calls that cannot be translated."""
    visitor = _PythonMessages(path)
    visitor.visit(ast.parse(path.read_text("utf-8"), filename=str(path)))
    return visitor.messages, visitor.faults


def messages_of_template(path: Path) -> list[Message]:
    """Return the messages of one template."""
    code = templatize(path.read_text("utf-8"), origin=str(path))
    # What surrounds the messages is blanked out, but its indentation would still be read as Python's.
    flat = "\n".join(line.lstrip() for line in code.splitlines())
    found = []
    for _line, message, _comments, context in extract(
        "python", BytesIO(flat.encode()), keywords=_TEMPLATE_KEYWORDS, options={"encoding": "utf-8"}
    ):
        text, plural = message if isinstance(message, tuple) else (message, "")
        if text:
            found.append(Message(text, plural or "", context or ""))
    return found


def messages_of_app(app: str) -> tuple[list[Message], list[SourceFault]]:
    """Return every message of an app's Python files and templates."""
    messages: list[Message] = []
    faults: list[SourceFault] = []
    for path in python_files(app):
        found, wrong = messages_of_python(path)
        messages += found
        faults += wrong
    for path in template_files(app):
        messages += messages_of_template(path)
    return messages, faults


def owned_messages() -> dict[str, dict[tuple[str, str], Message]]:
    """Return each app's messages by key; one that several apps use belongs to the lowest of them."""
    owner: dict[tuple[str, str], str] = {}
    owned: dict[str, dict[tuple[str, str], Message]] = {app: {} for app in own_apps()}
    for app in own_apps():
        for message in messages_of_app(app)[0]:
            home = owner.setdefault(message.key, app)
            known = owned[home].get(message.key)
            if known is None or (message.plural and not known.plural):
                owned[home][message.key] = message
    return owned


def source_faults() -> Iterator[SourceFault]:
    """Yield every call of every app that no translation can match."""
    for app in own_apps():
        yield from messages_of_app(app)[1]

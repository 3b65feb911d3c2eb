"""Letters on a server without the fonts that set-up brings."""

from types import SimpleNamespace

import pytest

from ministry.letters import typesetting
from ministry.letters.fonts import FontsMissing
from ministry.letters.typesetting import SYSTEM_FAMILIES, Letter, typeset

LETTER = Letter(title="إيصال", reference="R-1")


def only_these_fonts(monkeypatch, *families: str) -> None:
    monkeypatch.setattr(typesetting, "folder", lambda: None)
    fakes = SimpleNamespace(
        Fonts=lambda: SimpleNamespace(families=lambda: list(families)), compile=lambda *args, **options: b"%PDF"
    )
    monkeypatch.setattr(typesetting, "typst", fakes)


def test_a_font_of_the_system_serves(monkeypatch):
    only_these_fonts(monkeypatch, "Some Latin", SYSTEM_FAMILIES[-1])
    assert typeset(LETTER) == b"%PDF"


def test_without_any_arabic_font_it_says_so(monkeypatch):
    only_these_fonts(monkeypatch, "Some Latin")
    with pytest.raises(FontsMissing):
        typeset(LETTER)

"""The stylesheets keep to the tokens and to logical sides."""

import re
from pathlib import Path

import brotli
import pytest
from django.conf import settings

STYLES = sorted(path for path in (settings.BASE_DIR / "static" / "css").glob("*.css"))
PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border)-(?:left|right)|left|right|float|text-align\s*:\s*(?:left|right))\s*[:;]"
)


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
class TestStylesheet:
    def test_has_no_physical_sides(self, path: Path):
        assert PHYSICAL.findall(path.read_text()) == []

    def test_takes_every_colour_from_a_token(self, path: Path):
        colours = re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[\s;,)])|(?:rgba?|hsla?)\(", path.read_text())
        assert colours == [] or path.name == "tokens.css"


def test_the_stylesheets_of_a_page_weigh_at_most_12_kilobytes():
    weight = sum(len(brotli.compress(path.read_bytes())) for path in STYLES if path.name != "admin.css")
    assert weight <= 12 * 1024


@pytest.mark.parametrize("path", sorted((settings.BASE_DIR / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_no_template_holds_inline_style_or_script(path: Path):
    text = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=[\"']|javascript:", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)

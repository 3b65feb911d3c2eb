from gettext import GNUTranslations
from pathlib import Path

import pytest

from ministry.translations import catalogues, checks, extraction, sources
from ministry.translations.extraction import Message


@pytest.fixture
def checkout(tmp_path: Path, settings, monkeypatch) -> Path:
    """A checkout of its own with two apps, whose catalogues the test may write."""
    settings.BASE_DIR = tmp_path
    for module in (sources, extraction, catalogues, checks):
        if hasattr(module, "own_apps"):
            monkeypatch.setattr(module, "own_apps", lambda: ["ministry", "programs"])
    for folder in ("ministry", "programs", "templates/programs", "templates/components"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


class TestExtraction:
    def test_follows_the_names_under_which_a_module_imports_the_functions(self, checkout):
        write(
            checkout / "programs/models.py",
            "from django.utils.translation import gettext_lazy as _, npgettext as count\n"
            "label = _('Payment ' 'cycle')\n"
            "text = count('money', '{count} pound', '{count} pounds', 3)\n",
        )
        messages, faults = extraction.messages_of_app("programs")
        assert messages == [Message("Payment cycle"), Message("{count} pound", "{count} pounds", "money")]
        assert faults == []

    def test_reports_texts_that_are_put_together_before_translation(self, checkout):
        write(
            checkout / "programs/views.py",
            "from django.utils.translation import gettext as _\n\ntext = _(f'{count} households')\n"
            "more = _('{count} people'.format(count=3))\n",
        )
        _messages, faults = extraction.messages_of_app("programs")
        assert [fault.line for fault in faults] == [3, 4]

    def test_reads_templates_with_counts_contexts_and_indentation(self, checkout):
        write(
            checkout / "templates/programs/cycle_list.html",
            "{% if a %}\n      {% translate 'Open' context 'cycle' %}\n   {% endif %}\n"
            "{% blocktranslate trimmed count counter=n %}\n    {{ counter }} line\n"
            "    {% plural %}\n  {{ counter }} lines\n {% endblocktranslate %}\n"
            "<a title=\"{{ _('Close') }}\">{# 'quote #}</a>",
        )
        assert extraction.messages_of_app("programs")[0] == [
            Message("Open", context="cycle"),
            Message("%(counter)s line", "%(counter)s lines"),
            Message("Close"),
        ]

    def test_gives_templates_of_no_app_to_the_core(self, checkout):
        write(checkout / "templates/components/_badge.html", "{% translate 'Status' %}")
        assert extraction.messages_of_app("ministry")[0] == [Message("Status")]
        assert extraction.messages_of_app("programs")[0] == []

    def test_a_message_of_two_apps_belongs_to_the_lower_one_with_its_plural(self, checkout):
        write(checkout / "templates/components/_a.html", "{% translate 'line' %}")
        write(
            checkout / "programs/queries.py",
            "from django.utils.translation import ngettext\nx = ngettext('line', 'lines', 2)\n",
        )
        owned = extraction.owned_messages()
        assert owned == {"ministry": {("line", ""): Message("line", "lines")}, "programs": {}}


class TestUpdate:
    SOURCE = "from django.utils.translation import gettext as _\nx = _('Save')\ny = _('Approve')\n"

    def test_keeps_translations_drops_the_obsolete_and_guesses_nothing(self, checkout):
        write(checkout / "programs/views.py", self.SOURCE)
        catalogues.update_catalogue("programs")
        path = sources.catalogue_path("programs", "ar")
        path.write_text(path.read_text("utf-8").replace('msgid "Save"\nmsgstr ""', 'msgid "Save"\nmsgstr "احفظ"'))
        write(checkout / "programs/views.py", self.SOURCE.replace("Approve", "Approved"))
        assert catalogues.update_catalogue("programs") == (2, 1)
        assert path.read_text("utf-8").split("\n\n")[1:] == [
            'msgid "Approved"\nmsgstr ""',
            'msgid "Save"\nmsgstr "احفظ"\n',
        ]

    def test_writes_the_same_bytes_when_nothing_changed(self, checkout):
        write(checkout / "programs/views.py", self.SOURCE)
        catalogues.update_catalogue("programs")
        path = sources.catalogue_path("programs", "ar")
        before = path.read_bytes(), path.stat().st_mtime_ns
        catalogues.update_catalogue("programs")
        assert (path.read_bytes(), path.stat().st_mtime_ns) == before

    def test_a_message_takes_its_translation_along_when_it_moves_to_a_lower_app(self, checkout):
        write(checkout / "programs/views.py", self.SOURCE)
        catalogues.update_catalogue("programs")
        path = sources.catalogue_path("programs", "ar")
        path.write_text(path.read_text("utf-8").replace('msgid "Save"\nmsgstr ""', 'msgid "Save"\nmsgstr "احفظ"'))
        write(checkout / "ministry/views.py", "from django.utils.translation import gettext as _\nx = _('Save')\n")
        catalogues.update_catalogue("ministry")
        catalogues.update_catalogue("programs")
        assert 'msgid "Save"\nmsgstr "احفظ"' in sources.catalogue_path("ministry", "ar").read_text("utf-8")
        assert "Save" not in path.read_text("utf-8")

    def test_a_compiled_catalogue_counts_in_six_arabic_forms(self, checkout):
        write(
            checkout / "programs/queries.py",
            "from django.utils.translation import ngettext\nx = ngettext('{count} day', '{count} days', 2)\n",
        )
        catalogues.update_catalogue("programs")
        path = sources.catalogue_path("programs", "ar")
        text = path.read_text("utf-8")
        forms = ["لا أيام", "يوم واحد", "يومان", "{count} أيام", "{count} يومًا", "{count} يوم"]
        for number, form in enumerate(forms):
            text = text.replace(f'msgstr[{number}] ""', f'msgstr[{number}] "{form}"')
        path.write_text(text, "utf-8")
        assert catalogues.compile_catalogues(["programs"]) == 1
        assert catalogues.compile_catalogues(["programs"]) == 0
        with path.with_suffix(".mo").open("rb") as stream:
            spoken = GNUTranslations(stream)
        for count, form in ((0, 0), (1, 1), (2, 2), (10, 3), (11, 4), (99, 4), (100, 5), (102, 5), (103, 3), (111, 4)):
            assert spoken.ngettext("{count} day", "{count} days", count) == forms[form]


@pytest.mark.parametrize(
    ("message", "texts", "fault"),
    [
        (Message("Save"), ("",), "not translated"),
        (Message("Save {name}"), ("احفظ",), "placeholders differ"),
        (Message("Save %(name)s"), ("احفظ %(nam)s",), "placeholders differ"),
        (Message("Open <bdi>{x}</bdi>"), ("افتح {x}",), "tags differ"),
        (Message("Save"), ("Save",), "no Arabic"),
        (Message("\nSave "), ("احفظ",), "white space"),
        (Message("{n} day", "{n} days"), ("لا أيام", "يوم", "يومان", "أيام", "{n} يومًا", "{n} يوم"), "placeholders"),
        (Message("{n} day", "{n} days"), ("لا أيام",) * 5 + ("",), "not translated"),
    ],
)
def test_names_what_is_wrong_with_a_translation(message, texts, fault):
    assert [reason for reason in checks.faults_of(message, texts) if fault in reason]


@pytest.mark.parametrize(
    ("message", "texts"),
    [
        (Message("SHA-256"), ("SHA-256",)),
        (Message("{n} day", "{n} days"), ("لا أيام", "يوم", "يومان", "{n} أيام", "{n} يومًا", "{n} يوم")),
        (Message("<bdi>{x}</bdi> of %(y)s"), ("%(y)s: <bdi>{x}</bdi>",)),
    ],
)
def test_finds_nothing_wrong_with_a_sound_translation(message, texts):
    assert list(checks.faults_of(message, texts)) == []


def test_everything_people_see_is_said_in_arabic():
    assert [str(problem) for problem in checks.check_catalogues()] == []

"""Which files hold the messages of which app."""

from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings


def own_apps() -> list[str]:
    """Return the labels of the product's own apps, lowest of the ladder first."""
    root = Path(settings.BASE_DIR)
    labels = [config.label for config in apps.get_app_configs() if Path(config.path).parent == root]
    return labels[::-1]  # INSTALLED_APPS names the highest first, so that its templates and texts win


def python_files(app: str) -> Iterator[Path]:
    """Yield the Python files of an app in a stable order, migrations left out."""
    for path in sorted((Path(settings.BASE_DIR) / app).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


def template_files(app: str) -> Iterator[Path]:
    """Yield the templates of an app; those that belong to no app (frame, components, accounts) are the core's."""
    root = Path(settings.BASE_DIR) / "templates"
    others = {label for label in own_apps() if label != app}
    for path in sorted(root.rglob("*")):
        if path.suffix not in {".html", ".txt"}:
            continue
        folder = path.relative_to(root).parts[0]
        if folder == app or (app == "ministry" and folder not in others):
            yield path


def catalogue_path(app: str, language: str) -> Path:
    """Return where an app's catalogue of a language lies (with the suffix .po)."""
    return Path(settings.BASE_DIR) / app / "locale" / language / "LC_MESSAGES" / "django.po"

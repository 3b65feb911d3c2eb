"""`manage.py train_duplicates`: a model learnt from this register, old against new, used only when somebody says so."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from beneficiaries.models import DuplicateModel
from beneficiaries.services.duplicate_models import put_model_in_force, train_model
from ministry.exceptions import DomainError

_FIGURES = ("pairs", "same", "precision", "recall", "f1", "loss")


class Command(BaseCommand):
    help = "Learn a model of duplicates from the register, compare it with the one in use, and ask before switching."

    def add_arguments(self, parser: CommandParser) -> None:
        answer = parser.add_mutually_exclusive_group()
        answer.add_argument("--yes", action="store_true", help="use the new model without asking")
        answer.add_argument("--no", action="store_true", help="keep the new model as a candidate without asking")

    def handle(self, *, yes: bool, no: bool, **_options: Any) -> None:
        try:
            model = train_model()
            self._tell(model)
            if yes or (not no and self._asked(model)):
                put_model_in_force(model=model, actor=None)
                self.stdout.write(f"{model.version} is in use; the next search compares the whole register by it.")
            else:
                self.stdout.write(f"{model.version} is kept as a candidate; {model.report['old']} stays in use.")
        except DomainError as error:
            raise CommandError(error.message) from error

    def _tell(self, model: DuplicateModel) -> None:
        proofs = model.report["on"]
        pairs = proofs[model.version]["pairs"]
        self.stdout.write(f"On {pairs:g} pairs that people have decided:")
        self.stdout.write(f"{'model':<14}" + "".join(f"{name:>11}" for name in _FIGURES))
        for version in (model.report["old"], model.report["new"]):
            self.stdout.write(f"{version:<14}" + "".join(f"{proofs[version][name]:>11g}" for name in _FIGURES))
        if not pairs:
            self.stdout.write("Nobody has decided on a pair yet: nothing tells which model is better.")

    def _asked(self, model: DuplicateModel) -> bool:
        return input(f"Use {model.version} from now on? [y/N] ").strip().lower() in {"y", "yes"}

"""What a household is told about a check's decision, on paper: in plain words, with what was seen and what is needed.

The reasons are those of the decision itself: the same rules, asked on the day of the check. Where what is known has
changed since, so that they would say something else, no letter is written before the household is checked again.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from ministry import formats
from ministry.exceptions import RuleViolation
from ministry.letters import Letter, Table
from programs.eligibility.explain import Explanation, Reason, explain
from programs.models import EligibilityDecision

# Source: Council of State Act, no. 47 of 1972, art. 24: sixty days from the day a decision is made known; a petition
# to the body that decided stops the time. The ministry's own appeal is given as long.
APPEAL_DAYS = 60
_SALT = "programs.eligibility.letter"
_Decision = EligibilityDecision.Decision


@dataclass(frozen=True)
class Told:
    """What a letter says."""

    decision: EligibilityDecision
    explanation: Explanation
    head_name: str
    on_date: dt.date

    @property
    def reference(self) -> str:
        return f"E{self.decision.run_id}-{self.decision.household.household_ref}"

    @property
    def appeal_until(self) -> dt.date:
        return self.on_date + dt.timedelta(days=APPEAL_DAYS)

    @property
    def reasons(self) -> list[Reason]:
        """All conditions where they are met; else those that stand against the household or are not known."""
        if self.decision.decision == _Decision.ELIGIBLE:
            return self.explanation.reasons
        return [reason for reason in self.explanation.reasons if reason.stands_against or reason.is_unknown]

    def rows(self) -> list[tuple[Any, Any]]:
        run = self.decision.run
        return [
            (_("File number"), formats.isolated(self.decision.household.household_ref)),
            (_("Head of household"), self.head_name),
            (_("Programme"), run.version.program.name),
            (_("Decision"), self.decision.get_decision_display()),
            (_("Day of the check"), formats.day(run.on_date)),
            (_("Rules"), _("Version {number}").format(number=formats.number(run.version.number))),
            (_("Date of this letter"), formats.day(self.on_date)),
        ]

    def paragraphs(self) -> list[str]:
        program = self.decision.run.version.program.name
        match self.decision.decision:
            case _Decision.ELIGIBLE:
                return [
                    _("Your household meets the conditions of {program}.").format(program=program),
                    _("This is not yet an admission. We will tell you when your household is admitted and paid."),
                ]
            case _Decision.NOT_ELIGIBLE:
                return [
                    _("Your household does not meet the conditions of {program} at present.").format(program=program),
                    _("The table below shows which conditions are not met, what is needed, and what our records show."),
                ]
            case _other:
                return [
                    _("We cannot yet tell whether your household meets the conditions of {program}.").format(
                        program=program
                    ),
                    _(
                        "The table below shows what we do not know yet. Bring it to your social unit; nothing is "
                        "decided before."
                    ),
                ]

    def table(self) -> list[list[str]]:
        return [[reason.criterion.wording, reason.needed, reason.seen, _result(reason)] for reason in self.reasons]

    def headings(self) -> list[str]:
        return [_("Condition"), _("Needed"), _("Found"), _("Result")]

    def closing(self) -> list[str]:
        return [
            _(
                "If something here is wrong, or you do not agree, you can appeal at any social unit or by the hotline "
                "until {day}. It is free, and another person looks at it."
            ).format(day=formats.day(self.appeal_until)),
            _("If your circumstances change, tell your social unit: your household is then checked again."),
        ]


def told(decision: EligibilityDecision, *, head_name: str, on_date: dt.date) -> Told:
    """Return what the household is told.

    Raises:
        RuleViolation: what is known of the household has changed since the check, which would decide otherwise now.
    """
    run = decision.run
    explanation = explain(run.version, household_id=decision.household_id, on_date=run.on_date)
    if explanation is None or explanation.decision != decision.decision:
        raise RuleViolation(
            _(
                "What is known of this household has changed since the check. Check eligibility again, then write the "
                "letter."
            )
        )
    return Told(decision, explanation, head_name, on_date)


def seal_of(decision: EligibilityDecision) -> str:
    """Return the figures that only this portal can print on this letter."""
    said = f"{decision.run_id}:{decision.household_id}:{decision.decision}"
    return salted_hmac(_SALT, said, algorithm="sha256").hexdigest()[:12]


def letter(what: Told, *, qr: str) -> Letter:
    """Return it as a paper, in the active language."""
    return Letter(
        title=_("Decision about your household"),
        reference=what.reference,
        rows=what.rows(),
        paragraphs=what.paragraphs(),
        table=Table(what.headings(), what.table()) if what.reasons else None,
        closing=what.closing(),
        qr=qr,
        qr_note=_("Staff of the ministry scan this code to see that the letter is genuine."),
        signatures=(_("Caseworker"),),
    )


def _result(reason: Reason) -> str:
    if reason.is_unknown:
        return _("not known")
    return _("not met") if reason.stands_against else _("in order")

"""Every foreign key to a person or a household says what a merge does with it, so that no table is forgotten.

A new table that points to one of them fails here until somebody has decided, and tested, what becomes of its rows when
two cards, or two files, turn out to be one.
"""

from enum import StrEnum

import pytest
from django.apps import apps
from django.db import models

from beneficiaries.models import Household, Individual
from programs.models import ComplianceRecord, ComplianceReport, ComplianceStep, EligibilityChange
from tests.beneficiaries.merging import merged, pair_of, undone
from tests.beneficiaries.test_household_merges import joined, parted, twice
from tests.programs.compliance_factories import (
    children,
    missed_month,
    opened,
    paid_month,
    program_with_conditions,
    report,
)
from tests.programs.factories import changes_of
from tests.programs.payment_factories import enrol, household
from tests.programs.test_merged_findings import born


class Fate(StrEnum):
    """What a merge does with the rows of a table that point to the card, or the file, which leads elsewhere then."""

    # Changed through the lineage and exactly put back: test_merges, test_household_merges, test_merged_findings.
    MOVES = "goes with the person, by the lineage"
    # Frozen as it was found, decided or paid; whoever acts on it goes through `beneficiaries.queries.standing`.
    STAYS = "stays where it was found, and is read through the redirect"
    # Worked out from the register again; nothing to carry.
    COMPUTED = "worked out anew"
    # What the merge itself is.
    LINEAGE = "says what was merged"
    # Open work about a file that would be left empty stands in the way, or is refused afterwards.
    BLOCKS = "is decided first"


FATES = {
    # The register.
    "beneficiaries.Membership.individual": Fate.MOVES,
    "beneficiaries.Membership.household": Fate.MOVES,
    "beneficiaries.Identifier.individual": Fate.MOVES,
    "beneficiaries.Disability.individual": Fate.MOVES,
    "beneficiaries.DuplicatePair.individual_a": Fate.MOVES,
    "beneficiaries.DuplicatePair.individual_b": Fate.MOVES,
    "beneficiaries.Individual.merged_into": Fate.LINEAGE,
    "beneficiaries.Merge.survivor": Fate.LINEAGE,
    "beneficiaries.Merge.merged": Fate.LINEAGE,
    "beneficiaries.Merge.new_head": Fate.LINEAGE,
    "beneficiaries.Merge.kept_household": Fate.LINEAGE,
    "beneficiaries.Merge.closed_household": Fate.LINEAGE,
    "beneficiaries.HouseholdMerge.kept_household": Fate.LINEAGE,
    "beneficiaries.HouseholdMerge.closed_household": Fate.LINEAGE,
    "beneficiaries.HouseholdMergeComer.individual": Fate.LINEAGE,
    "beneficiaries.Consent.household": Fate.MOVES,
    "beneficiaries.ChangeRequest.household": Fate.BLOCKS,
    "beneficiaries.ChangeRequest.other_household": Fate.BLOCKS,
    "beneficiaries.ChangeLine.individual": Fate.STAYS,
    "beneficiaries.Registration.household": Fate.STAYS,
    "beneficiaries.RegistrationPerson.individual": Fate.STAYS,
    "beneficiaries.Recertification.household": Fate.STAYS,
    "beneficiaries.RecertificationVisit.household": Fate.STAYS,
    # Two homes were described; which one is right is for the next visit to say.
    "beneficiaries.Dwelling.household": Fate.STAYS,
    "beneficiaries.HouseholdFacts.household": Fate.COMPUTED,
    "beneficiaries.Score.household": Fate.COMPUTED,
    # Programmes.
    "programs.Enrolment.household": Fate.MOVES,
    "programs.Overpayment.household": Fate.MOVES,
    "programs.EligibilityDecision.household": Fate.STAYS,
    "programs.EligibilityChange.household": Fate.BLOCKS,
    "programs.ComplianceReport.individual": Fate.STAYS,
    "programs.ComplianceRecord.individual": Fate.STAYS,
    "programs.ComplianceStep.individual": Fate.STAYS,
    # What a control report found of a month stays with the file it was found about.
    "programs.ControlFinding.household": Fate.STAYS,
    # Who asked, and how they were ranked: a file that is closed drops out of the line.
    "programs.Application.household": Fate.STAYS,
    "programs.AdmissionListEntry.household": Fate.STAYS,
    # What was paid, and to whom, never changes.
    "programs.Entitlement.household": Fate.STAYS,
    "programs.Entitlement.payee": Fate.STAYS,
    "programs.Payment.payee": Fate.STAYS,
    # Cases stay with the file, and the payment, they are about; the file that stays shows them too.
    "complaints.Complaint.household": Fate.STAYS,
}


def references() -> set[str]:
    """Return every field of every model that points to a person or a household, also outside the database."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields(include_hidden=True)
        if isinstance(field, models.ForeignKey | models.ManyToManyField)
        and field.related_model in (Individual, Household)
        and not model._meta.auto_created
    }


def test_every_foreign_key_to_a_person_or_a_household_says_what_a_merge_does_with_it():
    assert references() - FATES.keys() == set(), "decide what a merge does with these, and test it"
    assert FATES.keys() - references() == set(), "these are gone"


def rows_of(fate: Fate) -> dict[str, list[tuple]]:
    """Return key and reference of each row of the tables with this fate."""
    found = {}
    for name in (name for name, is_of in FATES.items() if is_of is fate):
        label, field = name.rsplit(".", 1)
        model = apps.get_model(label)
        keys = [f"{field}_id", *(key.attname for key in model._meta.pk_fields)]
        found[name] = sorted(model._base_manager.values_list(*keys))
    return found


@pytest.mark.django_db
class TestWhatStays:
    def test_is_touched_neither_by_a_merge_nor_by_its_undoing(self):
        program = program_with_conditions()
        home = household()
        family = household(born(9), born(9))
        enrol(program, family, home)
        first, second = children(family)
        missed_month(program, 1, first, second)
        report(opened(program, 2), second, "70")
        changes_of(program, *program.enrolments.order_by("pk"))
        paid_month(program)
        before = rows_of(Fate.STAYS)
        for model in (ComplianceReport, ComplianceRecord, ComplianceStep, EligibilityChange):
            assert model.objects.exists()
        merge = merged(pair_of(first, second))
        assert rows_of(Fate.STAYS) == before
        undone(merge)
        assert rows_of(Fate.STAYS) == before

    def test_is_touched_neither_by_joining_two_files_nor_by_parting_them(self):
        first, second, _pairs = twice(extra=True)
        program = program_with_conditions()
        enrol(program, second)
        paid_month(program)
        before = rows_of(Fate.STAYS)
        whole = joined(first, second)
        assert rows_of(Fate.STAYS) == before
        parted(whole)
        assert rows_of(Fate.STAYS) == before

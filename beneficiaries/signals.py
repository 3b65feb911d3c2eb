"""What the registry announces, after commit, with ids only."""

from django.dispatch import Signal

# An import has entered its households: `batch_id`.
register_imported = Signal()
# An import was undone: its households and people are gone: `batch_id`.
register_undone = Signal()
# The facts (and scores) of all households are fresh: `job_id`.
facts_refreshed = Signal()
# A pair of possible duplicates was decided: `pair_id`.
duplicate_pair_decided = Signal()
# Two cards have become one, or are two again: `merge_id`.
people_merged = Signal()
people_parted = Signal()
# A sweep has looked for people who are in twice: `run_id`.
duplicates_swept = Signal()
# A scoring model has been put in force: `model_id`.
scoring_model_approved = Signal()
# A household was checked by a caseworker: `household_id`.
household_verified = Signal()
# A change request was written into the register: `request_id`, `household_ids` (all whose file changed).
households_changed = Signal()
# A registration was handed in, its household is in the register: `registration_id`.
registration_submitted = Signal()

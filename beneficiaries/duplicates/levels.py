"""What each field of two people can say: its levels by name, the same for training, sweep and entry check.

A level is a small number with a name; -1 means that the field is unknown on one side and says nothing.
How frequent a name is belongs to its level: two people called كوكب agree in more than two called محمد.
"""

from collections.abc import Sequence

import numpy as np

# Names of the levels of each field, in the order of their numbers.
_LINEAGES = ("none", "one_apart", "father_apart", "two_apart", "short_one", "short_two", "all", "slips", "short_slip")
RARITY = ("common", "usual", "rare")
FIELDS: dict[str, tuple[str, ...]] = {
    "given_name": (
        "two_names", "two_names_alike", "different", "alike", "slip", "nickname", "script", "same_very_common",
        "same_common", "same", "same_rare",
    ),
    "other_names": tuple(f"{level}_{rarity}" for level in _LINEAGES for rarity in RARITY),
    "mother": ("different", "family_only", "given_apart", "given_only", "same_common", "same", "slip"),
    "birth_date": (
        "different", "year_near", "same_year", "same_day", "same_month", "slip", "first_of_year", "year_beside",
        "swapped", "same_first_of_year", "through_number", "same",
    ),
    "national_id": (
        "different", "different_sound", "beside", "far_slips", "two_slips", "slip", "cut", "same", "same_unsound",
        # The same, where the birth dates agree: then most digits must.
        "different_one_day", "different_sound_one_day", "beside_one_day", "far_slips_one_day", "two_slips_one_day",
        "slip_one_day", "cut_one_day", "same_one_day", "same_unsound_one_day",
    ),
    "phone": ("different", "slip", "same"),
    "sex": ("different", "same"),
    "place": ("elsewhere", "governorate", "area", "household"),
}  # fmt: skip
# From here on the levels of a number are those of two people born on one day.
ONE_DAY = len(FIELDS["national_id"]) // 2


def first_of(conditions: Sequence[np.ndarray], values: Sequence[int], default: int) -> np.ndarray:
    """Return the value of the first condition that holds, place by place: `numpy.select` at a quarter of its cost."""
    chosen = np.full(conditions[0].shape, default, np.int8)
    for condition, value in zip(reversed(conditions), reversed(values), strict=True):
        np.copyto(chosen, value, where=condition, casting="unsafe")
    return chosen

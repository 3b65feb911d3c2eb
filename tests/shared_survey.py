"""The household survey a deployment is tried on, where it lies beside the checkout, and what its columns are."""

from pathlib import Path

import pytest

# Costa Rica, one row per person, level of poverty 1 (extreme) to 4 (not poor) as the measure.
COLUMNS: dict[str, str] = {
    "idhogar": "@ref", "parentesco1": "@head", "Target": "@welfare",
    **{f"lugar{number}": "@region" for number in range(1, 7)},
    "area1": "urban",
    "hogar_total": "members", "hogar_nin": "children_0_17", "hogar_adul": "adults_18_64", "hogar_mayor": "elderly_65",
    "dis": "members_with_disability",
    "male": "head_sex=M", "female": "head_sex=F", "age": "head_age", "escolari": "head_schooling_years",
    "meaneduc": "schooling_years_mean_adults",
    "tipovivi1": "tenure=owned", "tipovivi2": "tenure=owned_paying", "tipovivi3": "tenure=rented",
    "tipovivi4": "tenure=precarious",
    "rooms": "rooms", "bedrooms": "bedrooms",
    "paredblolad": "wall=brick", "paredpreb": "wall=concrete", "pareddes": "wall=waste", "paredmad": "wall=wood",
    "paredzinc": "wall=metal", "paredother": "wall=other",
    "pisomoscer": "floor=tile", "pisocemento": "floor=cement", "pisonotiene": "floor=earth", "pisomadera": "floor=wood",
    "abastaguadentro": "water=piped_inside", "abastaguafuera": "water=piped_outside", "abastaguano": "water=none",
    "sanitario1": "sanitation=none", "sanitario2": "sanitation=sewer", "sanitario3": "sanitation=septic",
    "sanitario5": "sanitation=pit",
    "energcocinar1": "cooking_fuel=none", "energcocinar2": "cooking_fuel=electricity",
    "energcocinar3": "cooking_fuel=gas", "energcocinar4": "cooking_fuel=wood",
    "elimbasu1": "waste=collected", "elimbasu2": "waste=buried", "elimbasu3": "waste=burned",
    "elimbasu4": "waste=dumped",
    "refrig": "refrigerator", "television": "television", "computer": "computer", "mobilephone": "mobile_phone",
    "qmobilephone": "mobile_phones", "v18q1": "tablets",
}  # fmt: skip


def shared_survey() -> Path:
    """Return the path of the shared survey, or skip the test with the reason."""
    for folder in Path(__file__).resolve().parents:
        found = folder / "shared" / "data" / "survey" / "households_survey.csv"
        if found.is_file():
            return found
    pytest.skip("shared/data/survey/households_survey.csv does not lie beside this checkout")

"""Arithmetic of the registry: values in, values out."""

import datetime as dt

# Washington Group, highest degree («cannot do at all») in any domain; Karama asks for the same.
SEVERE_DISABILITY_FROM = 4
# Between somebody and their child; less is taken for a slip and asked about.
LEAST_YEARS_BETWEEN_GENERATIONS = 12


def years_before(on_date: dt.date, years: int) -> dt.date:
    """Return the latest birth date of somebody who has completed `years` years on `on_date`.

    Somebody born on 29 February completes a year on 1 March of a common year.
    """
    try:
        return on_date.replace(year=on_date.year - years)
    except ValueError:
        return on_date.replace(year=on_date.year - years, day=28)


def completed_years(birth_date: dt.date, on_date: dt.date) -> int:
    """Return the age on `on_date` in completed years."""
    return on_date.year - birth_date.year - ((on_date.month, on_date.day) < (birth_date.month, birth_date.day))

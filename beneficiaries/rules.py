"""Arithmetic of the registry: values in, values out."""

import datetime as dt

# Washington Group, highest degree («cannot do at all») in any domain; Karama asks for the same.
SEVERE_DISABILITY_FROM = 4
# Between somebody and their child; less is taken for a slip and asked about.
LEAST_YEARS_BETWEEN_GENERATIONS = 12


def years_before(on_date: dt.date, years: int) -> dt.date:
    """Return the latest birth date of somebody who has completed `years` years on `on_date`.

    Somebody born on 29 February completes a year on 1 March of a common year. Nobody is older than the calendar.
    """
    year = on_date.year - years
    if year < dt.MINYEAR:
        return dt.date.min
    try:
        return on_date.replace(year=year)
    except ValueError:
        return on_date.replace(year=year, day=28)


def completed_years(birth_date: dt.date, on_date: dt.date) -> int:
    """Return the age on `on_date` in completed years; negative for who is not born yet."""
    return on_date.year - birth_date.year - ((on_date.month, on_date.day) < (birth_date.month, birth_date.day))


# What a member is to a new head, from what they were to the old one, and back. Relationships are the codes of
# `Membership.Relationship`; two steps that our words cannot tell apart («grandfather», «cousin») are other relatives.
_BACK = {
    "head": "head",
    "spouse": "spouse",
    "child": "parent",
    "parent": "child",
    "sibling": "sibling",
    "not_related": "not_related",
}
_TWO_STEPS = {
    ("spouse", "child"): "child",
    ("spouse", "grandchild"): "grandchild",
    ("child", "child"): "grandchild",
    ("child", "sibling"): "child",
    ("parent", "child"): "sibling",
    ("parent", "spouse"): "parent",
    ("sibling", "sibling"): "sibling",
    ("sibling", "parent"): "parent",
    ("grandchild", "sibling"): "grandchild",
}


def relationship_across(between: str, member: str) -> str:
    """Return what a member is to a head, given what somebody (`between`) is to that head and the member to somebody.

    My child's child is my grandchild; what no word says is «other relative»; strangers on the way make strangers.
    """
    if between == "head":
        return member
    if member == "head":
        return between
    if "not_related" in (between, member):
        return "not_related"
    return _TWO_STEPS.get((between, member), "other_relative")


def relationship_to_new_head(new_head_was: str, member_was: str) -> str:
    """Return what a member is to a new head, given what both were to the old head."""
    return relationship_across(_BACK.get(new_head_was, "other_relative"), member_was)

from django.db import models

from beneficiaries.models.household import Household


class HouseholdFacts(models.Model):
    """One typed row per household: everything rules, scores, maps and indicators ask, computed by SQL.

    The catalogue (`beneficiaries.facts`) names each column in both languages, with unit and source. Inactive
    households have no row.

    NULL = unknown; unknown is never zero. A count of members counts those of whom it is known; the catalogue names,
    for each such count, the column that says of how many members it is not known (`members_age_unknown`…). Members
    are those who live in the household on the day of the refresh: joined, not left, not dead. Ages are completed
    years on that day.
    """

    # Unchecked by the database, row by row, at the price of a seventh of a refresh: the key is only ever read from the
    # table of households, whose rows stay, and rows without a household go with the next refresh.
    household = models.OneToOneField(
        Household, models.CASCADE, primary_key=True, related_name="facts", db_constraint=False
    )
    # The day of the refresh that last changed something in the row; every refresh since found the same values.
    as_of = models.DateField()
    computed_at = models.DateTimeField()
    area_id = models.BigIntegerField(db_index=True)
    governorate_id = models.BigIntegerField(null=True)
    # people
    members = models.SmallIntegerField()
    members_age_unknown = models.SmallIntegerField()
    females = models.SmallIntegerField()
    males = models.SmallIntegerField()
    children_0_5 = models.SmallIntegerField()
    children_6_11 = models.SmallIntegerField()
    children_12_14 = models.SmallIntegerField()
    children_15_17 = models.SmallIntegerField()
    children_0_17 = models.SmallIntegerField()
    adults_18_64 = models.SmallIntegerField()
    elderly_65 = models.SmallIntegerField()
    pregnant_members = models.SmallIntegerField()
    members_pregnancy_unknown = models.SmallIntegerField(default=0)
    working_members = models.SmallIntegerField()
    members_work_unknown = models.SmallIntegerField(default=0)
    school_age_out_of_school = models.SmallIntegerField()
    school_age_schooling_unknown = models.SmallIntegerField(default=0)
    members_with_disability = models.SmallIntegerField()
    members_with_severe_disability = models.SmallIntegerField()
    # Each person once, whether aged 65 and over, severely disabled, or both.
    elderly_or_severely_disabled = models.SmallIntegerField(default=0)
    elderly_or_severely_disabled_unknown = models.SmallIntegerField(default=0)
    # The largest formal income of any member; NULL when the fund has answered for nobody.
    formal_income_highest = models.FloatField(null=True)
    adults_formal_income_unknown = models.SmallIntegerField(default=0)
    # Under 15 or 65 and over, per member of 15 to 64; NULL when an age is unknown or nobody is of working age.
    dependency_ratio = models.FloatField(null=True)
    # The same people as a share of all members, 0 to 1; NULL when an age is unknown.
    dependants_share = models.FloatField(null=True)
    schooling_years_highest = models.SmallIntegerField(null=True)
    schooling_years_mean_adults = models.FloatField(null=True)
    head_sex = models.CharField(max_length=1, null=True)
    head_age = models.SmallIntegerField(null=True)
    head_marital_status = models.CharField(max_length=10, null=True)
    head_schooling_years = models.SmallIntegerField(null=True)
    head_works = models.BooleanField(null=True)
    head_with_severe_disability = models.BooleanField(null=True)
    # home
    urban = models.BooleanField(null=True)
    tenure = models.CharField(max_length=12, null=True)
    rooms = models.SmallIntegerField(null=True)
    bedrooms = models.SmallIntegerField(null=True)
    persons_per_room = models.FloatField(null=True)
    wall = models.CharField(max_length=12, null=True)
    floor = models.CharField(max_length=12, null=True)
    roof = models.CharField(max_length=12, null=True)
    water = models.CharField(max_length=14, null=True)
    sanitation = models.CharField(max_length=12, null=True)
    electricity = models.CharField(max_length=12, null=True)
    cooking_fuel = models.CharField(max_length=12, null=True)
    waste = models.CharField(max_length=12, null=True)
    refrigerator = models.BooleanField(null=True)
    television = models.BooleanField(null=True)
    computer = models.BooleanField(null=True)
    mobile_phone = models.BooleanField(null=True)
    mobile_phones = models.SmallIntegerField(null=True)
    tablets = models.SmallIntegerField(null=True)
    # money
    monthly_rent = models.FloatField(null=True)
    income_monthly = models.FloatField(null=True)
    income_per_head = models.FloatField(null=True)
    # place
    governorate_poverty_rate = models.FloatField(null=True)
    # the score of the model in force
    pmt_score = models.FloatField(null=True)

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"#{self.household_id}"

from django.db import models

from beneficiaries.models.household import Household


class HouseholdFacts(models.Model):
    """One typed row per household: everything rules, scores, maps and indicators ask, computed by SQL.

    The catalogue (`beneficiaries.facts.catalogue`) names each column in both languages, with
    unit and source. NULL = unknown.
    Ages are in completed years on `as_of`. Counts of members of some age leave out those whose birth date is unknown;
    `members_age_unknown` says how many.
    """

    household = models.OneToOneField(Household, models.CASCADE, primary_key=True, related_name="facts")
    as_of = models.DateField()
    computed_at = models.DateTimeField()
    area_id = models.BigIntegerField(db_index=True)
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
    working_members = models.SmallIntegerField()
    school_age_out_of_school = models.SmallIntegerField()
    members_with_disability = models.SmallIntegerField()
    members_with_severe_disability = models.SmallIntegerField()
    # The largest formal income of any member; NULL when the fund has answered for nobody.
    formal_income_highest = models.FloatField(null=True)
    dependency_ratio = models.FloatField(null=True)
    schooling_years_highest = models.SmallIntegerField(null=True)
    schooling_years_mean_adults = models.FloatField(null=True)
    head_sex = models.CharField(max_length=1, null=True)
    head_age = models.SmallIntegerField(null=True)
    head_marital_status = models.CharField(max_length=10, null=True)
    head_schooling_years = models.SmallIntegerField(null=True)
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
    refrigerator = models.BooleanField(null=True)
    television = models.BooleanField(null=True)
    computer = models.BooleanField(null=True)
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

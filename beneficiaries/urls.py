"""Addresses of the registry, below `/desk/`."""

from django.urls import path

from beneficiaries.views import duplicates, households

app_name = "beneficiaries"
# A file number is the office's own and may contain a slash: 2024/117.
urlpatterns = [
    path("households/", households.HouseholdListView.as_view(), name="household_list"),
    path("households/<path:household_ref>/verify/", households.HouseholdVerifyView.as_view(), name="household_verify"),
    path(
        "households/<path:household_ref>/reveal/<path:person_ref>/",
        households.HouseholdRevealView.as_view(),
        name="household_reveal",
    ),
    path("households/<path:household_ref>/", households.HouseholdView.as_view(), name="household_detail"),
    path("duplicates/", duplicates.DuplicatePairListView.as_view(), name="duplicate_list"),
    path("duplicates/<int:pk>/", duplicates.DuplicatePairView.as_view(), name="duplicate_detail"),
]

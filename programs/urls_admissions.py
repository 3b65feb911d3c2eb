"""Addresses of admissions: applicants, ranked lists, places."""

from django.urls import path

from programs.views.admissions import applications, lists, places

_PROGRAM = "desk/programs/<slug:code>/"
_APPLICANTS = _PROGRAM + "applicants/"
_LIST = _APPLICANTS + "lists/<int:list>/"
_PLACES = _PROGRAM + "places/"

urlpatterns = [
    path(_APPLICANTS, applications.ApplicantListView.as_view(), name="applicant_list"),
    path(_APPLICANTS + "new/", applications.ApplicantCreateView.as_view(), name="applicant_create"),
    path(_APPLICANTS + "take-over/", applications.TakeOverView.as_view(), name="applicant_take_over"),
    path(_APPLICANTS + "verify/", applications.VerifyByRegisterView.as_view(), name="applicant_verify_all"),
    path(_APPLICANTS + "rank/", lists.DrawListView.as_view(), name="admission_list_draw"),
    path(_LIST, lists.AdmissionListView.as_view(), name="admission_list"),
    path(_LIST + "<slug:verb>/", lists.ListVerbView.as_view(), name="admission_list_verb"),
    path(
        _APPLICANTS + "<int:application>/<slug:verb>/",
        applications.ApplicantVerbView.as_view(),
        name="applicant_verb",
    ),
    path(_PLACES, places.PlacesView.as_view(), name="places"),
    path(_PLACES + "new/", places.ProposePlacesView.as_view(), name="places_propose"),
    path(_PLACES + "<int:plan>/<slug:verb>/", places.DecidePlacesView.as_view(), name="places_verb"),
]

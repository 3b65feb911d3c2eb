"""Addresses of the programmes: the staff's below `desk/`, the public's beside them."""

from django.urls import path

from programs import urls_admissions, urls_compliance, urls_funding, urls_payments, urls_rules
from programs.views import eligibility_changes, enrolments, letters, programs, public, runs, what_if

app_name = "programs"

_PROGRAM = "desk/programs/<slug:code>/"
_VERSION = _PROGRAM + "versions/<int:number>/"
_RUN = _PROGRAM + "checks/<int:run>/"

urlpatterns = [
    *urls_admissions.urlpatterns,
    *urls_funding.urlpatterns,
    *urls_payments.urlpatterns,
    *urls_compliance.urlpatterns,
    *urls_rules.urlpatterns,
    path("programs/", public.PublicProgramListView.as_view(), name="public_program_list"),
    path("programs/<slug:code>/", public.PublicProgramView.as_view(), name="public_program"),
    path("desk/programs/", programs.ProgramListView.as_view(), name="program_list"),
    path(_PROGRAM, programs.ProgramDetailView.as_view(), name="program_detail"),
    path(_PROGRAM + "check/", programs.StartCheckView.as_view(), name="check_start"),
    path(_VERSION, programs.VersionDetailView.as_view(), name="version_detail"),
    path(_VERSION + "next/", programs.NextVersionView.as_view(), name="version_next"),
    path(_VERSION + "what-if/", what_if.WhatIfStartView.as_view(), name="what_if_start"),
    path(_VERSION + "what-if/<int:what_if>/", what_if.WhatIfDetailView.as_view(), name="what_if_detail"),
    path(_VERSION + "what-if/<int:what_if>/figures.csv", what_if.WhatIfExportView.as_view(), name="what_if_export"),
    path(_VERSION + "<slug:verb>/", programs.VersionVerbView.as_view(), name="version_verb"),
    path(_RUN, runs.RunDetailView.as_view(), name="run_detail"),
    path(_RUN + "decisions/", runs.DecisionListView.as_view(), name="decision_list"),
    path(_RUN + "decisions.csv", runs.DecisionExportView.as_view(), name="decision_export"),
    path(_RUN + "decisions/<int:household>/letter/", letters.LetterView.as_view(), name="decision_letter"),
    path(_RUN + "decisions/<int:household>/letter.pdf", letters.LetterFileView.as_view(), name="decision_letter_file"),
    path(_RUN + "admit/", runs.ConfirmEnrolmentsView.as_view(), name="enrolment_confirm"),
    path(_RUN + "admit/<int:household>/", runs.ReadmitView.as_view(), name="readmit"),
    path(_PROGRAM + "changes/", eligibility_changes.ChangeListView.as_view(), name="change_list"),
    path(_PROGRAM + "changes/hand-over/", eligibility_changes.HandOverView.as_view(), name="change_hand_over"),
    path(
        _PROGRAM + "changes/<int:change>/<slug:verb>/", eligibility_changes.ChangeVerbView.as_view(), name="change_verb"
    ),
    path(_PROGRAM + "enrolments/", enrolments.EnrolmentListView.as_view(), name="enrolment_list"),
    path(
        _PROGRAM + "enrolments/<int:enrolment>/<slug:verb>/",
        enrolments.EnrolmentVerbView.as_view(),
        name="enrolment_verb",
    ),
]

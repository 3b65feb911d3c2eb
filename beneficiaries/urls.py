"""Addresses of the registry, below `/desk/`."""

from django.urls import path

from beneficiaries.views import duplicates, households, import_undo, imports, merges

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
    path("imports/", imports.ImportListView.as_view(), name="import_list"),
    path("imports/new/", imports.ImportCreateView.as_view(), name="import_create"),
    path("imports/template/<slug:file>.csv", imports.ImportTemplateView.as_view(), name="import_template"),
    path("imports/<int:pk>/", imports.ImportDetailView.as_view(), name="import_detail"),
    path("imports/<int:pk>/enter/", imports.ImportCommitView.as_view(), name="import_commit"),
    path("imports/<int:pk>/discard/", imports.ImportDiscardView.as_view(), name="import_discard"),
    path("imports/<int:pk>/undo/ask/", import_undo.ImportAskUndoView.as_view(), name="import_ask_undo"),
    path("imports/<int:pk>/undo/", import_undo.ImportUndoView.as_view(), name="import_undo"),
    path("imports/<int:pk>/keep/", import_undo.ImportKeepView.as_view(), name="import_keep"),
    path("imports/<int:pk>/findings.csv", imports.ImportIssuesDownloadView.as_view(), name="import_issues_download"),
    path(
        "imports/<int:pk>/mend/<slug:file>.csv",
        imports.ImportRejectedDownloadView.as_view(),
        name="import_rejected_download",
    ),
    path("duplicates/", duplicates.DuplicatePairListView.as_view(), name="duplicate_list"),
    path("duplicates/<int:pk>/", duplicates.DuplicatePairView.as_view(), name="duplicate_detail"),
    path("duplicates/<int:pk>/merge/", merges.MergeProposeView.as_view(), name="merge_propose"),
    path("duplicates/merges/", merges.MergeListView.as_view(), name="merge_list"),
    path("duplicates/merges/<int:pk>/", merges.MergeView.as_view(), name="merge_detail"),
    path("people/<path:person_ref>/", merges.IndividualRedirectView.as_view(), name="individual_redirect"),
]

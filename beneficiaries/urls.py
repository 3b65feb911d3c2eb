"""Addresses of the registry, below `/desk/`."""

from django.urls import path

from beneficiaries.views import (
    change_verbs,
    changes,
    double_benefit,
    duplicates,
    groups,
    household_merges,
    household_papers,
    households,
    import_columns,
    import_undo,
    imports,
    merges,
    recertification,
    scores,
    surveys,
)
from beneficiaries.views.registration import base, drafts, lists, matching, receipt, sections, steps

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
    path(
        "households/<path:household_ref>/changes/new/<slug:kind>/",
        changes.ChangeCreateView.as_view(),
        name="change_create",
    ),
    path("households/<path:household_ref>/changes/new/", changes.ChangeKindsView.as_view(), name="change_kinds"),
    path(
        "households/<path:household_ref>/visit/",
        recertification.RecertificationVisitView.as_view(),
        name="recertification_visit",
    ),
    path(
        "households/<path:household_ref>/consents/new/",
        household_papers.ConsentRecordView.as_view(),
        name="consent_create",
    ),
    path(
        "households/<path:household_ref>/consents/<int:pk>/withdraw/",
        household_papers.ConsentWithdrawView.as_view(),
        name="consent_withdraw",
    ),
    path(
        "households/<path:household_ref>/documents/add/",
        household_papers.HouseholdDocumentAddView.as_view(),
        name="household_document_add",
    ),
    path(
        "households/<path:household_ref>/readings/",
        household_papers.DisclosureExtractView.as_view(),
        name="disclosure_extract",
    ),
    path(
        "households/<path:household_ref>/readings.pdf",
        household_papers.DisclosureExtractFileView.as_view(),
        name="disclosure_extract_file",
    ),
    path(
        "households/<path:household_ref>/print/", household_papers.HouseholdPrintView.as_view(), name="household_print"
    ),
    path("households/<path:household_ref>/", households.HouseholdView.as_view(), name="household_detail"),
    path("scores/", scores.ScoreListView.as_view(), name="score_list"),
    path("scores/surveys/", surveys.SurveyListView.as_view(), name="survey_list"),
    path("scores/surveys/new/", surveys.SurveyCreateView.as_view(), name="survey_create"),
    path("scores/surveys/<int:pk>/", surveys.SurveyDetailView.as_view(), name="survey_detail"),
    path("scores/surveys/<int:pk>/columns/", surveys.SurveyColumnsView.as_view(), name="survey_columns"),
    path("scores/surveys/<int:pk>/findings.csv", surveys.SurveyFindingsView.as_view(), name="survey_findings"),
    path("scores/surveys/<int:pk>/fit/", surveys.FitCreateView.as_view(), name="fit_create"),
    path("scores/fits/<int:pk>/", surveys.FitDetailView.as_view(), name="fit_detail"),
    path("scores/fits/<int:pk>/draft/", surveys.FitDraftView.as_view(), name="fit_draft"),
    path("scores/<int:pk>/", scores.ScoreDetailView.as_view(), name="score_detail"),
    path("scores/<int:pk>/compare/", scores.ScoreCompareView.as_view(), name="score_compare"),
    path("scores/<int:pk>/areas/", scores.ScoreAreasView.as_view(), name="score_areas"),
    path("scores/<int:pk>/<slug:verb>/", scores.ScoreVerbView.as_view(), name="score_verb"),
    path("changes/", changes.ChangeListView.as_view(), name="change_list"),
    path("changes/<int:pk>/", changes.ChangeDetailView.as_view(), name="change_detail"),
    path("changes/<int:pk>/edit/", changes.ChangeEditView.as_view(), name="change_edit"),
    path("changes/<int:pk>/papers/", change_verbs.ChangePaperView.as_view(), name="change_paper"),
    path(
        "changes/<int:pk>/papers/<int:paper>/remove/",
        change_verbs.ChangePaperRemoveView.as_view(),
        name="change_paper_remove",
    ),
    path("changes/<int:pk>/submit/", change_verbs.ChangeSubmitView.as_view(), name="change_submit"),
    path("changes/<int:pk>/approve/", change_verbs.ChangeApproveView.as_view(), name="change_approve"),
    path("changes/<int:pk>/refuse/", change_verbs.ChangeRefuseView.as_view(), name="change_refuse"),
    path("changes/<int:pk>/withdraw/", change_verbs.ChangeWithdrawView.as_view(), name="change_withdraw"),
    path("registrations/", lists.RegistrationListView.as_view(), name="registration_list"),
    path("registrations/new/", lists.RegistrationStartView.as_view(), name="registration_create"),
    path("registrations/draft-key/", drafts.DraftKeyView.as_view(), name="registration_draft_key"),
    path("registrations/<slug:reference>/", base.RegistrationView.as_view(), name="registration_detail"),
    path(
        "registrations/<slug:reference>/people/add/", sections.PersonAddView.as_view(), name="registration_person_add"
    ),
    path(
        "registrations/<slug:reference>/people/<slug:token>/",
        sections.PersonView.as_view(),
        name="registration_person",
    ),
    path(
        "registrations/<slug:reference>/people/<slug:token>/matches/",
        matching.MatchesView.as_view(),
        name="registration_matches",
    ),
    path(
        "registrations/<slug:reference>/people/<slug:token>/remove/",
        steps.PersonRemoveView.as_view(),
        name="registration_person_remove",
    ),
    path(
        "registrations/<slug:reference>/documents/add/",
        steps.DocumentAddView.as_view(),
        name="registration_document_add",
    ),
    path("registrations/<slug:reference>/check/", steps.RegistrationCheckView.as_view(), name="registration_check"),
    path(
        "registrations/<slug:reference>/discard/", steps.RegistrationDiscardView.as_view(), name="registration_discard"
    ),
    path("registrations/<slug:reference>/review/", steps.RegistrationReviewView.as_view(), name="registration_review"),
    path("registrations/<slug:reference>/receipt/", receipt.ReceiptView.as_view(), name="registration_receipt"),
    path(
        "registrations/<slug:reference>/receipt.pdf",
        receipt.ReceiptFileView.as_view(),
        name="registration_receipt_file",
    ),
    path(
        "registrations/<slug:reference>/sections/<slug:code>/",
        sections.SectionView.as_view(),
        name="registration_section",
    ),
    path("recertification/", recertification.RecertificationListView.as_view(), name="recertification_list"),
    path("recertification.csv", recertification.RecertificationExportView.as_view(), name="recertification_export"),
    path("imports/", imports.ImportListView.as_view(), name="import_list"),
    path("imports/new/", imports.ImportCreateView.as_view(), name="import_create"),
    path("imports/template/<slug:file>.csv", imports.ImportTemplateView.as_view(), name="import_template"),
    path("imports/<int:pk>/", imports.ImportDetailView.as_view(), name="import_detail"),
    path("imports/<int:pk>/enter/", imports.ImportCommitView.as_view(), name="import_commit"),
    path("imports/<int:pk>/discard/", imports.ImportDiscardView.as_view(), name="import_discard"),
    path("imports/<int:pk>/columns/", import_columns.ImportColumnsView.as_view(), name="import_columns"),
    path("imports/<int:pk>/values/", import_columns.ImportValuesView.as_view(), name="import_values"),
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
    path("duplicates/double-benefit/", double_benefit.DoubleBenefitView.as_view(), name="double_benefit"),
    path(
        "duplicates/double-benefit.csv",
        double_benefit.DoubleBenefitExportView.as_view(),
        name="double_benefit_export",
    ),
    path("duplicates/merges/", merges.MergeListView.as_view(), name="merge_list"),
    path("duplicates/merges/<int:pk>/", merges.MergeView.as_view(), name="merge_detail"),
    path(
        "duplicates/<int:pk>/household/",
        household_merges.HouseholdMergeProposeView.as_view(),
        name="household_merge_propose",
    ),
    path("duplicates/households/", household_merges.HouseholdMergeListView.as_view(), name="household_merge_list"),
    path(
        "duplicates/households/<int:pk>/",
        household_merges.HouseholdMergeView.as_view(),
        name="household_merge_detail",
    ),
    path("duplicates/groups/", groups.LargeGroupListView.as_view(), name="large_group_list"),
    path("duplicates/groups/<int:pk>/", groups.LargeGroupView.as_view(), name="large_group_detail"),
    path("people/<path:person_ref>/", merges.IndividualRedirectView.as_view(), name="individual_redirect"),
]

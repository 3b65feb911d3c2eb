"""Addresses of complaints: the public's first, the staff's below `desk/`."""

from django.urls import path

from complaints.views import (
    actions,
    calls,
    desk,
    figures,
    issues,
    letters,
    public,
    suggestions,
    tasks,
    tracking,
    vault,
    verbs,
)

app_name = "complaints"

_CASE = "desk/complaints/<str:code>/"

urlpatterns = [
    path("complaints/", public.ComplaintsView.as_view(), name="public"),
    path("complaints/new/", public.IntakeStepView.as_view(), name="intake_start"),
    path("complaints/new/check/", public.IntakeCheckView.as_view(), name="intake_check"),
    path("complaints/new/done/", public.IntakeDoneView.as_view(), name="intake_done"),
    path("complaints/new/files/<int:pk>/remove/", public.DraftFileRemoveView.as_view(), name="draft_file_remove"),
    path("complaints/new/<slug:step>/", public.IntakeStepView.as_view(), name="intake_step"),
    path("complaints/track/", tracking.LookUpView.as_view(), name="track"),
    path("complaints/track/lost/", tracking.LostPinView.as_view(), name="lost_pin"),
    path("complaints/track/pin/", tracking.NewPinView.as_view(), name="new_pin"),
    path("complaints/track/case/", tracking.OwnCaseView.as_view(), name="case"),
    path("complaints/track/case/letter.pdf", letters.OwnLetterView.as_view(), name="own_letter"),
    path("complaints/track/case/<slug:verb>/", tracking.OwnCaseVerbView.as_view(), name="case_verb"),
    path("complaints/call/", calls.AskForCallView.as_view(), name="call_ask"),
    path("complaints/leave/", public.LeaveView.as_view(), name="leave"),
    path("suggestions/", suggestions.SuggestionsView.as_view(), name="suggestions"),
    path("data/complaints/", figures.PublicFiguresView.as_view(), name="public_figures"),
    path("data/complaints.csv", figures.PublicCsvView.as_view(), name="public_csv"),
    path("desk/complaints/", desk.ComplaintListView.as_view(), name="list"),
    path("desk/complaints/new/", desk.EnterView.as_view(), name="enter"),
    path("desk/complaints/slip/", desk.SlipView.as_view(), name="slip"),
    path("desk/complaints/held/", desk.HeldListView.as_view(), name="held"),
    path("desk/complaints/held/<str:code>/", desk.HeldDetailView.as_view(), name="held_detail"),
    path("desk/complaints/held/<str:code>/admit/", desk.HeldAdmitView.as_view(), name="held_admit"),
    path("desk/complaints/figures/", figures.DeskFiguresView.as_view(), name="figures"),
    path("desk/complaints/actions/", actions.ActionListView.as_view(), name="actions"),
    path("desk/complaints/actions/new/", actions.ActionPlanView.as_view(), name="action_plan"),
    path("desk/complaints/actions/<int:pk>/", actions.ActionView.as_view(), name="action"),
    path("desk/complaints/calls/", calls.CallListView.as_view(), name="calls"),
    path("desk/complaints/calls/new/", calls.CallEnterView.as_view(), name="call_enter"),
    path("desk/complaints/calls/<int:pk>/", calls.CallView.as_view(), name="call"),
    path("desk/complaints/tasks/", tasks.TaskListView.as_view(), name="tasks"),
    path("desk/complaints/tasks/<int:pk>/", tasks.TaskView.as_view(), name="task"),
    path("desk/complaints/together/", issues.IssueListView.as_view(), name="issues"),
    path("desk/complaints/together/<int:pk>/", issues.IssueView.as_view(), name="issue"),
    path("desk/complaints/together/<int:pk>/<slug:verb>/", issues.IssueVerbView.as_view(), name="issue_verb"),
    path("desk/complaints/suggestions/<int:pk>/hide/", suggestions.HideView.as_view(), name="suggestion_hide"),
    path("desk/vault/", vault.VaultListView.as_view(), name="vault"),
    path("desk/vault/<str:ref>/", vault.VaultCaseView.as_view(), name="vault_case"),
    path("desk/vault/<str:ref>/files/<int:pk>/", vault.VaultFileView.as_view(), name="vault_file"),
    path("desk/vault/<str:ref>/<slug:verb>/", vault.VaultVerbView.as_view(), name="vault_verb"),
    path(_CASE, desk.CaseView.as_view(), name="detail"),
    path(_CASE + "letter.pdf", letters.AnswerLetterView.as_view(), name="letter"),
    path(_CASE + "<slug:verb>/", verbs.CaseVerbView.as_view(), name="verb"),
]

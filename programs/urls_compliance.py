"""Addresses of conditions; part of the programmes' own."""

from django.urls import path

from programs.views.compliance import cases, periods

_BASE = "desk/conditions/"
_PERIOD = _BASE + "<int:pk>/"

urlpatterns = [
    path(_BASE, periods.PeriodListView.as_view(), name="compliance_list"),
    path(_BASE + "new/", periods.PeriodOpenView.as_view(), name="compliance_open"),
    path(_BASE + "waiting/", cases.WaitingView.as_view(), name="compliance_waiting"),
    path(_BASE + "rows/", periods.ErrorQueueView.as_view(), name="compliance_errors"),
    path(_BASE + "rows/<int:pk>/", periods.ErrorResolveView.as_view(), name="compliance_error"),
    path(_BASE + "findings/<int:pk>/excuse/", cases.ExcuseFileView.as_view(), name="excuse_file"),
    path(_BASE + "excuses/<int:pk>/", cases.ExcuseDecideView.as_view(), name="excuse_decide"),
    path(_BASE + "steps/<int:pk>/appeal/", cases.AppealFileView.as_view(), name="compliance_appeal_file"),
    path(_BASE + "appeals/<int:pk>/", cases.AppealDecideView.as_view(), name="compliance_appeal_decide"),
    path(_BASE + "steps/<int:pk>/exit/", cases.ExitDecideView.as_view(), name="compliance_exit_decide"),
    path(_PERIOD, periods.PeriodDetailView.as_view(), name="compliance_period"),
    path(_PERIOD + "close/", periods.PeriodCloseView.as_view(), name="compliance_close"),
    path(_PERIOD + "report/", periods.ReportEntryView.as_view(), name="compliance_entry"),
    path(_PERIOD + "file/", periods.ReportUploadView.as_view(), name="compliance_upload"),
]

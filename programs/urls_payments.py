"""Addresses of payments; part of the programmes' own."""

from django.urls import path

from programs.views import (
    control,
    overpayments,
    payment_cycles,
    payment_dates,
    payment_files,
    payments,
    reconciliation,
    verification,
)

_CYCLE = "desk/payments/<int:pk>/"

urlpatterns = [
    path("payment-dates/", payment_dates.PaymentDatesView.as_view(), name="payment_dates"),
    path("desk/payments/", payment_cycles.PaymentCycleListView.as_view(), name="cycle_list"),
    path("desk/payments/new/", payment_cycles.PaymentCycleCreateView.as_view(), name="cycle_create"),
    path("desk/payments/reports/", reconciliation.ReportListView.as_view(), name="reconciliation_list"),
    path("desk/payments/reports/new/", reconciliation.ReportUploadView.as_view(), name="reconciliation_upload"),
    path("desk/payments/reports/<int:pk>/", reconciliation.ReportDetailView.as_view(), name="reconciliation_detail"),
    path("desk/payments/queue/", reconciliation.QueueView.as_view(), name="reconciliation_queue"),
    path("desk/payments/queue/<int:pk>/<slug:verb>/", reconciliation.RowDecisionView.as_view(), name="report_row"),
    path("desk/payments/lines/<int:pk>/", payments.EntitlementDetailView.as_view(), name="entitlement_detail"),
    path(
        "desk/payments/lines/<int:pk>/overpayment/",
        overpayments.OverpaymentProposeView.as_view(),
        name="overpayment_propose",
    ),
    path("desk/payments/overpayments/", overpayments.OverpaymentListView.as_view(), name="overpayment_list"),
    path(
        "desk/payments/overpayments/<int:pk>/<slug:verb>/",
        overpayments.OverpaymentVerbView.as_view(),
        name="overpayment_verb",
    ),
    path("desk/payments/transfers/<int:pk>/<slug:verb>/", payments.PaymentVerbView.as_view(), name="payment_verb"),
    path("desk/payments/samples/<int:pk>/", verification.SampleDetailView.as_view(), name="sample_detail"),
    path(
        "desk/payments/samples/<int:pk>/list.<slug:kind>", verification.SampleExportView.as_view(), name="sample_export"
    ),
    path("desk/payments/visits/<int:pk>/", verification.VisitView.as_view(), name="verification_visit"),
    path(_CYCLE, payment_cycles.PaymentCycleDetailView.as_view(), name="cycle_detail"),
    path(_CYCLE + "lines/", payments.EntitlementListView.as_view(), name="cycle_lines"),
    path(_CYCLE + "files/", payment_files.PaymentFilesView.as_view(), name="cycle_files"),
    path(_CYCLE + "release-holds/", payment_files.ReleaseHoldsView.as_view(), name="cycle_holds"),
    path(_CYCLE + "control-report/", control.ControlReportView.as_view(), name="control_report"),
    path(_CYCLE + "control-report/lines/", control.ControlFindingListView.as_view(), name="control_findings"),
    path(_CYCLE + "samples/", verification.SamplesView.as_view(), name="cycle_samples"),
    path(_CYCLE + "<slug:verb>/", payment_cycles.PaymentCycleVerbView.as_view(), name="cycle_verb"),
]

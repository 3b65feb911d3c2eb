"""Addresses of funds; part of the programmes' own."""

from django.urls import path

from programs.views import funding

_BASE = "desk/funds/"
_LINE = _BASE + "<int:pk>/"

urlpatterns = [
    path(_BASE, funding.BudgetLineListView.as_view(), name="budget_line_list"),
    path(_BASE + "new/", funding.BudgetLineCreateView.as_view(), name="budget_line_create"),
    path(_BASE + "entries/<int:pk>/correct/", funding.CorrectEntryView.as_view(), name="fund_entry_correct"),
    path(_BASE + "allotments/<int:pk>/<slug:verb>/", funding.AllotmentVerbView.as_view(), name="allotment_verb"),
    path(_LINE, funding.BudgetLineDetailView.as_view(), name="budget_line"),
    path(_LINE + "allot/", funding.AllotView.as_view(), name="allot"),
    # Before the verbs of cycles, which it is one of.
    path("desk/payments/<int:pk>/fund/", funding.FundCycleView.as_view(), name="cycle_fund"),
]

"""Addresses of the interface, below `/api/v1/`."""

from django.urls import path

from complaints.api import views

app_name = "complaints_api"

urlpatterns = [
    path("complaints/", views.ComplaintsView.as_view(), name="complaints"),
    path("complaints/<str:code>/", views.ComplaintView.as_view(), name="complaint"),
    path("sms/inbound/", views.SmsView.as_view(), name="sms"),
    path("schema/", views.SchemaView.as_view(), name="schema"),
]

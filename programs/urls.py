"""Addresses of the programmes: the staff's below `desk/`, the public's beside them."""

from programs import urls_payments

app_name = "programs"
urlpatterns = [*urls_payments.urlpatterns]

"""What complaints announce, after commit, by id."""

from django.dispatch import Signal

# request_id: somebody has lost a PIN.
pin_asked = Signal()
# complaint_id: a case has been answered and all that was promised is done.
complaint_closed = Signal()

"""What complaints announce, after commit, by id."""

from django.dispatch import Signal

# complaint_id: a case has been answered and all that was promised is done.
complaint_closed = Signal()

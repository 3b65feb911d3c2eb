"""What the core announces. Sent after commit, with ids only."""

from django.dispatch import Signal

# A job waits for a worker: `job_id`.
job_queued = Signal()
# A job succeeded, failed or was stopped: `job_id`.
job_ended = Signal()
# A file came in and waits for the scanner: `document_id`.
document_stored = Signal()
# A message waits to be sent: `notice_id`.
notice_written = Signal()

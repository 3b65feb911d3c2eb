"""Who may read the files of a case."""

from complaints.models import Complaint
from ministry import documents
from ministry.models import User


def _may_read(user: User, complaint_id: int) -> bool:
    # SECURITY: whoever looks at cases for control only does not open what people sent.
    return Complaint.objects.visible_to(user, "complaints.handle_complaint").filter(pk=complaint_id).exists()


documents.allow("complaints.complaint", _may_read)

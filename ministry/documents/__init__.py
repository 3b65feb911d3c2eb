"""Private files: checked by content when they come in, kept out of the web's reach, served through a permission check.

document = store(upload, subject=batch, actor=user, allowed=TABLES)       # a person's file
document = keep(stream, filename="list.xlsx", content_type=…, subject=cycle, actor=user)   # one the portal made
allow("beneficiaries.importbatch", lambda user, batch_id: ImportBatch.objects.visible_to(user)…)   # in ready()
"""

from ministry.documents.access import allow
from ministry.documents.fields import DocumentField
from ministry.documents.inspection import EVIDENCE, IMAGES, TABLES, DocumentRefused, FileKind
from ministry.documents.services import keep, store

__all__ = [
    "EVIDENCE",
    "IMAGES",
    "TABLES",
    "DocumentField",
    "DocumentRefused",
    "FileKind",
    "allow",
    "keep",
    "store",
]

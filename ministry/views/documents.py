"""Downloading a private file."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views import View

from ministry import audit
from ministry.documents.access import may_read
from ministry.documents.refusal import DocumentRefused
from ministry.models import Document
from ministry.views.mixins import StaffPageMixin


class DocumentDownloadView(StaffPageMixin, View):
    """Hands out a file to those who may read the record it belongs to; for others it does not exist."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        document = Document.objects.filter(pk=pk).first()
        if document is None or not may_read(self.request.user, document):
            raise Http404
        if document.scan == Document.Scan.PENDING:
            raise DocumentRefused(_("The file is still being checked for malware. Try again in a few minutes."))
        if document.scan == Document.Scan.REFUSED:
            raise DocumentRefused(_("The file was found to be dangerous and is not handed out. Ask for a new one."))
        if not document.file.storage.exists(str(document.file.name)):
            raise Http404
        audit.disclose(reader=self.request.user, subject=document, fields=["file"])
        # SECURITY: always a download, never shown in the portal's own origin, whatever the content.
        return FileResponse(
            document.file.open("rb"),
            as_attachment=True,
            filename=document.filename,
            content_type=document.content_type,
            headers={
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-store, private",
                "Content-Security-Policy": "sandbox; default-src 'none'",
            },
        )

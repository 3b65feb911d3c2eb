import hashlib
import io
import socketserver
import threading
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InternalError, transaction
from django.utils import timezone
from openpyxl import Workbook
from PIL import Image

from ministry import documents
from ministry.documents import DocumentRefused, access, images, services
from ministry.documents.services import safe_name
from ministry.models import AuditEntry, DisclosureEntry, Document
from tests.ministry.factories import AreaFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def upload(content, name="file.bin", content_type="application/octet-stream"):
    return SimpleUploadedFile(name, content, content_type)


def picture(file_format="JPEG", size=(40, 20), **options):
    output = io.BytesIO()
    Image.new("RGB", size, "red").save(output, file_format, **options)
    return output.getvalue()


def workbook():
    output = io.BytesIO()
    book = Workbook()
    book.active.append(["household_ref", "name"])
    book.save(output)
    return output.getvalue()


def archive(entries, base=True):
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as file:
        if base:
            file.writestr("[Content_Types].xml", "<Types/>")
            file.writestr("xl/workbook.xml", "<workbook/>")
        for name, content in entries.items():
            file.writestr(name, content)
    return output.getvalue()


PDF = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
CSV = "household_ref,name\nH1,أمينة\n".encode()


class TestStore:
    @pytest.mark.parametrize(
        ("content", "allowed", "content_type", "extension"),
        [
            (CSV, documents.TABLES, "text/csv", "csv"),
            (CSV.decode().encode("cp1256"), documents.TABLES, "text/csv", "csv"),
            (b"\xef\xbb\xbf" + CSV, documents.TABLES, "text/csv", "csv"),
            (workbook(), documents.TABLES, documents.inspection.spreadsheets.CONTENT_TYPE, "xlsx"),
            (PDF, documents.EVIDENCE, "application/pdf", "pdf"),
            (picture(), documents.EVIDENCE, "image/jpeg", "jpg"),
            (picture("PNG"), documents.EVIDENCE, "image/png", "png"),
        ],
    )
    def test_what_a_file_is_comes_from_its_content(self, content, allowed, content_type, extension):
        document = documents.store(upload(content, "photo.exe"), subject=None, actor=UserFactory(), allowed=allowed)
        assert document.content_type == content_type
        assert document.filename == f"photo.{extension}"
        assert document.scan == Document.Scan.CLEAN

    def test_size_and_hash_are_those_of_what_is_kept(self):
        document = documents.store(upload(CSV), subject=None, actor=None, allowed=documents.TABLES)
        assert document.size == len(CSV)
        assert document.sha256 == hashlib.sha256(CSV).hexdigest()
        with document.file.open() as kept:
            assert kept.read() == CSV

    def test_nothing_typed_becomes_a_path(self):
        document = documents.store(
            upload(PDF, "../../etc/passwd\u202efdp.exe"), subject=None, actor=None, allowed=documents.EVIDENCE
        )
        assert document.file.name.startswith("documents/")
        assert "passwd" not in document.file.name

    def test_a_file_belongs_to_its_record(self):
        area = AreaFactory()
        document = documents.store(upload(PDF), subject=area, actor=None)
        assert (document.subject_type, document.subject_id) == ("ministry.area", area.pk)

    def test_a_photograph_loses_place_and_comments_and_stands_upright(self):
        exif = Image.Exif()
        exif[0x0112] = 6  # turned by a quarter
        exif[0x010E] = "home of the family"
        exif.get_ifd(0x8825)[1] = "N"
        document = documents.store(
            upload(picture(size=(40, 20), exif=exif, comment=b"secret note")), subject=None, actor=None
        )
        with document.file.open() as kept:
            content = kept.read()
        with Image.open(io.BytesIO(content)) as image:
            assert not image.getexif()
            assert image.size == (20, 40)
        assert b"secret" not in content
        assert b"home of" not in content

    def test_what_hides_behind_a_picture_is_not_kept(self):
        document = documents.store(upload(picture() + archive({"evil.js": "alert(1)"})), subject=None, actor=None)
        with document.file.open() as kept:
            assert b"evil" not in kept.read()


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "allowed"),
        [
            pytest.param(b"", documents.TABLES, id="empty"),
            (b"<html><script>alert(1)</script></html>", documents.TABLES),
            (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", documents.IMAGES),
            (b"  <!DOCTYPE html>", documents.TABLES),
            (b"MZ\x90\x00" + b"\x00" * 100, documents.TABLES),
            (b"\x7fELF\x02\x01" + b"\x00" * 100, documents.TABLES),
            (b"#!/bin/sh\nrm -rf /\n", documents.TABLES),
            (bytes(range(256)) * 10, documents.TABLES),
            ("<html>".encode("utf-16"), documents.TABLES),
            (PDF, documents.TABLES),
            (CSV, documents.EVIDENCE),
            (archive({"readme.txt": "x"}, base=False), documents.TABLES),
            (archive({})[:-30], documents.TABLES),
            (archive({"xl/vbaProject.bin": "x"}), documents.TABLES),
            (archive({"../outside.xml": "x"}), documents.TABLES),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, documents.TABLES),
            (picture()[:200], documents.IMAGES),
            (b"\xff\xd8\xff\xe0" + b"x" * 500, documents.IMAGES),
            (PDF[:-8], documents.EVIDENCE),
            (PDF.replace(b"/Catalog", b"/Catalog /OpenAction <</S /JavaScript /JS (x)>>"), documents.EVIDENCE),
            (PDF.replace(b"/Root", b"/Encrypt 2 0 R /Root"), documents.EVIDENCE),
        ],
    )
    def test_hostile_and_broken_files_stay_out(self, content, allowed, tmp_path):
        with pytest.raises(DocumentRefused):
            documents.store(upload(content, "innocent.csv", "text/csv"), subject=None, actor=None, allowed=allowed)
        assert Document.objects.count() == 0
        assert not list(tmp_path.rglob("*.*"))

    def test_a_workbook_that_unpacks_to_too_much(self):
        bomb = archive({"xl/worksheets/sheet1.xml": b"0" * (30 * 1024 * 1024)})
        assert len(bomb) < 100_000
        with pytest.raises(DocumentRefused, match=r"unpacks|يتضخم|أكبر"):
            documents.store(upload(bomb), subject=None, actor=None, allowed=documents.TABLES)

    def test_a_workbook_with_thousands_of_parts(self):
        with pytest.raises(DocumentRefused):
            documents.store(
                upload(archive({f"xl/{n}.xml": "" for n in range(2100)})),
                subject=None,
                actor=None,
                allowed=documents.TABLES,
            )

    def test_a_picture_of_too_many_pixels_is_not_even_unpacked(self, monkeypatch):
        monkeypatch.setattr(images, "MAX_PIXELS", 100)
        with pytest.raises(DocumentRefused):
            documents.store(upload(picture(size=(11, 10))), subject=None, actor=None)

    def test_a_file_above_its_limit(self, monkeypatch):
        huge = upload(PDF)
        huge.size = 21 * 1024 * 1024
        with pytest.raises(DocumentRefused, match="20"):
            documents.store(huge, subject=None, actor=None)

    def test_a_form_says_it_beside_the_field(self):
        field = documents.DocumentField(allowed=documents.TABLES)
        with pytest.raises(Exception, match="CSV"):
            field.clean(upload(PDF))
        assert field.clean(upload(CSV)).read() == CSV


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\x\\عقد.doc", "عقد.pdf"),
        ("a\u202efdp.exe", "afdp.pdf"),
        ('x";\r\nSet-Cookie: a', "x;Set-Cookie a.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        ("س" * 400, "س" * 150 + ".pdf"),
    ],
)
def test_file_names_are_safe_in_headers_and_file_systems(name, safe):
    assert safe_name(name, "pdf") == safe


class TestKeptForGood:
    def test_rows_cannot_be_deleted_nor_their_content_exchanged(self):
        document = documents.store(upload(PDF), subject=None, actor=None)
        for deed in (document.delete, lambda: Document.objects.update(sha256="0" * 64)):
            with pytest.raises(InternalError), transaction.atomic():
                deed()

    def test_stray_files_go_and_kept_ones_stay(self, tmp_path):
        document = documents.store(upload(PDF), subject=None, actor=None)
        (tmp_path / "documents" / "stray").write_bytes(b"x")
        assert services.delete_stray_files() == 0
        assert services.delete_stray_files(older_than=timedelta(seconds=-5)) == 1
        assert document.file.storage.exists(document.file.name)


class Daemon(socketserver.BaseRequestHandler):
    """Answers as clamd does: finds the word EICAR."""

    def handle(self):
        stream = self.request.makefile("rb")
        assert stream.read(10) == b"zINSTREAM\0"
        content = b""
        while size := int.from_bytes(stream.read(4), "big"):
            content += stream.read(size)
        self.request.sendall(b"stream: Eicar-Signature FOUND\0" if b"EICAR" in content else b"stream: OK\0")


@pytest.fixture
def clamav(settings):
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Daemon)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.DOCUMENT_SCANNER = "ministry.documents.scanning.ClamAV"
    settings.CLAMAV_ADDRESS = f"tcp://127.0.0.1:{server.server_address[1]}"
    yield server
    server.shutdown()
    server.server_close()


class TestScanning:
    def test_a_file_waits_in_quarantine_until_the_scanner_has_answered(self, clamav):
        document = documents.store(upload(PDF), subject=None, actor=None)
        assert document.scan == Document.Scan.PENDING
        assert services.scan(document).scan == Document.Scan.CLEAN

    def test_malware_is_refused_named_and_noted(self, clamav):
        document = documents.store(upload(b"a,b\nEICAR,1\n"), subject=None, actor=None, allowed=documents.TABLES)
        document = services.scan(document)
        assert (document.scan, document.scan_note) == (Document.Scan.REFUSED, "Eicar-Signature")
        assert AuditEntry.objects.filter(action="document.refused", target_id=document.pk).exists()

    def test_without_an_answer_it_stays_in_quarantine_and_is_tried_again(self, settings, clamav):
        document = documents.store(upload(PDF), subject=None, actor=None)
        settings.CLAMAV_ADDRESS = "tcp://127.0.0.1:1"
        with pytest.raises(documents.scanning.ScannerUnavailable):
            services.scan(document)
        document.refresh_from_db()
        assert document.scan == Document.Scan.PENDING
        assert services.waiting_for_scan() == []
        with time_machine.travel(timezone.now() + timedelta(minutes=2)):
            assert services.waiting_for_scan() == [document.pk]


class TestDownload:
    @pytest.fixture
    def document(self, monkeypatch):
        monkeypatch.setitem(access._checks, "ministry.area", lambda user, pk: user.has_perm("ministry.view_area"))
        return documents.store(upload(PDF, "عقد.pdf"), subject=AreaFactory(), actor=UserFactory())

    def get(self, client, document, *permissions):
        client.force_login(UserFactory(permissions=permissions))
        return client.get(document.get_absolute_url())

    def test_it_is_a_download_and_noted(self, client, document):
        response = self.get(client, document, "ministry.view_area")
        assert b"".join(response.streaming_content) == PDF
        assert response["Content-Disposition"].startswith("attachment")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in response["Cache-Control"]
        assert DisclosureEntry.objects.filter(subject_type="ministry.document", subject_id=document.pk).exists()

    def test_for_others_it_does_not_exist(self, client, document):
        assert self.get(client, document).status_code == 404

    def test_files_of_kinds_nobody_registered_are_nobodys(self, client, document, monkeypatch):
        monkeypatch.setattr(access, "_checks", {})
        assert self.get(client, document, "ministry.view_area", "ministry.view_document").status_code == 404

    def test_quarantined_ones_are_not_handed_out(self, client, document):
        for state in (Document.Scan.PENDING, Document.Scan.REFUSED):
            Document.objects.update(scan=state)
            assert self.get(client, document, "ministry.view_area").status_code == 409

    def test_strangers_are_sent_to_sign_in(self, client, document):
        assert client.get(document.get_absolute_url()).status_code == 302

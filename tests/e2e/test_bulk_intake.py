"""Bulk intake in the browser: an office's own files with bad cells, explained, checked, mended, entered."""

from pathlib import Path

from beneficiaries.models import ColumnMapping, Household, ImportBatch
from ministry import jobs
from tests.e2e.conftest import Portal, assert_page_is_sound
from tests.e2e.test_main_job import press

HOUSEHOLDS = """رقم الملف,registered_on,governorate_code,district_code,عدد الغرف,نوع الحيازة
BULK-1,1/5/2024,EG-AST,EG-AST-03,3,ملك
BULK-2,2/5/2024,EG-AST,EG-AST-03,{rooms},ملك
"""
PEOPLE = """رقم الملف,person_ref,full_name,birth_date,sex,relationship
BULK-1,BULK-1-1,سعاد محمود عبد الله,15/6/1988,أنثى,head
BULK-2,BULK-2-1,{name},3/2/1990,ذكر,head
"""


def write(folder: Path, *, rooms: str, name: str) -> list[Path]:
    paths = [folder / "homes.csv", folder / "people.csv"]
    paths[0].write_text(HOUSEHOLDS.format(rooms=rooms), encoding="utf-8")
    # The old code page, as older spreadsheets save Arabic.
    paths[1].write_bytes(PEOPLE.format(name=name).encode("cp1256"))
    return paths


def bring_in(portal: Portal, paths: list[Path], mapping: str = "") -> ImportBatch:
    page = portal.visit("/desk/imports/new/", "supervisor", "ar")
    for field, path in zip(("households", "individuals"), paths, strict=True):
        page.set_input_files(f"[name={field}]", path)
    if mapping:
        page.select_option("[name=column_mapping]", label=mapping)
    press(page)
    batch = ImportBatch.objects.first()
    page.close()
    assert batch is not None
    return batch


def checked(batch: ImportBatch) -> ImportBatch:
    """Do the work a worker would do."""
    batch.refresh_from_db()
    jobs.run_now(batch.job)
    batch.refresh_from_db()
    return batch


def test_bad_cells_are_named_mended_and_entered(portal: Portal, tmp_path: Path):
    batch = bring_in(portal, write(tmp_path, rooms="كثير", name="=A1"))
    page = portal.visit(f"/desk/imports/{batch.pk}/columns/", "supervisor", "ar")
    assert_page_is_sound(portal, page, "ar")
    assert page.locator("main tbody tr").count() == 12
    assert "سعاد محمود عبد الله" in page.locator("main").inner_text()
    for row, target in (("رقم الملف", "household_ref"), ("عدد الغرف", "rooms"), ("نوع الحيازة", "tenure")):
        for select in page.get_by_label(row, exact=True).all():
            select.select_option(target)
    for file in ("households", "individuals"):
        page.select_option(f"[name={file}_dates]", "dmy")
    page.fill("[name=name]", "ملفات المتصفح")
    press(page)
    assert page.url.endswith("/values/"), page.locator("main").inner_text()[:800]
    assert_page_is_sound(portal, page, "ar")
    press(page)
    batch = checked(batch)
    page.goto(f"{page.url.rpartition('/desk/')[0]}/desk/imports/{batch.pk}/")
    assert_page_is_sound(portal, page, "ar")
    shown = page.locator("main").inner_text()
    assert "كثير" in shown
    assert "=A1" in shown
    assert set(batch.issues.filter(severity="bad").values_list("file", "row", "column")) == {
        ("households", 3, "rooms"),
        ("individuals", 3, "full_name"),
    }
    assert page.locator(f"main a[href$='/imports/{batch.pk}/enter/']").count() == 0
    with page.expect_download() as download:
        page.locator("main a[href*='/mend/households']").first.click()
    assert "BULK-2" in Path(download.value.path()).read_text(encoding="utf-8-sig")
    page.close()

    assert ColumnMapping.objects.filter(name="ملفات المتصفح").exists()
    mended = checked(bring_in(portal, write(tmp_path, rooms="2", name="كمال حسن علي"), "ملفات المتصفح"))
    assert not mended.issues.filter(severity="bad").exists()
    page = portal.visit(f"/desk/imports/{mended.pk}/enter/", "supervisor", "ar")
    press(page)
    page.close()
    checked(mended)
    rooms = dict(Household.objects.filter(import_batch=mended).values_list("household_ref", "dwelling__rooms"))
    assert rooms == {"BULK-1": 3, "BULK-2": 2}

"""The vault by the clock. Neither arguments nor results say anything of a case."""

from celery import shared_task

from complaints.services.vault import intake, keeping


@shared_task
def erase_what_is_over() -> None:
    """Delete the words of cases whose time is over."""
    keeping.erase_due()


@shared_task
def scan_files_of_the_vault() -> None:
    """Ask the scanner about files that wait for it."""
    intake.scan_waiting()

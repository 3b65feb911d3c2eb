"""The vault: confidential cases in tables of their own, closed to whoever has not opened it (`complaints.vault`)."""

from complaints.models.vault.case import VaultAccused, VaultCase, VaultEvent, VaultFile, VaultMessage
from complaints.models.vault.referral import SupportService, VaultReferral

__all__ = [
    "SupportService",
    "VaultAccused",
    "VaultCase",
    "VaultEvent",
    "VaultFile",
    "VaultMessage",
    "VaultReferral",
]

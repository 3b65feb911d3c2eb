"""The desk of the confidential cases."""

from complaints.views.vault.pages import VaultCaseView, VaultFileView, VaultListView
from complaints.views.vault.verbs import VERBS, VaultVerbView

__all__ = ["VERBS", "VaultCaseView", "VaultFileView", "VaultListView", "VaultVerbView"]

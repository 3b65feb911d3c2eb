"""What the logs' codes are called: deeds («payment_cycle.approved») and kinds of records («programs.paymentcycle»)."""

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

# The verb of a deed; which record it was done to stands beside it. A verb not listed is shown by its code.
_VERBS: dict[str, str | Promise] = {
    "accepted": pgettext_lazy("deed", "Accepted"),
    "added": pgettext_lazy("deed", "Added"),
    "admitted": pgettext_lazy("deed", "Let in"),
    "appealed": pgettext_lazy("deed", "Objected to"),
    "applied": pgettext_lazy("deed", "Applied"),
    "appointed": pgettext_lazy("deed", "Appointed"),
    "approved": pgettext_lazy("deed", "Approved"),
    "assigned": pgettext_lazy("deed", "Given to an officer"),
    "begun": pgettext_lazy("deed", "Came into force"),
    "cancelled": pgettext_lazy("deed", "Cancelled"),
    "changed": pgettext_lazy("deed", "Changed"),
    "carried": pgettext_lazy("deed", "Carried over"),
    "closed": pgettext_lazy("deed", "Closed"),
    "columns_named": pgettext_lazy("deed", "Columns named"),
    "completed": pgettext_lazy("deed", "Completed"),
    "confirmed": pgettext_lazy("deed", "Confirmed"),
    "created": pgettext_lazy("deed", "Created"),
    "decided": pgettext_lazy("deed", "Decided"),
    "decided_different": pgettext_lazy("deed", "Found to be different people"),
    "decided_same": pgettext_lazy("deed", "Found to be the same person"),
    "decided_visit": pgettext_lazy("deed", "Visit asked for"),
    "decided_visited": pgettext_lazy("deed", "Visited"),
    "deleted": pgettext_lazy("deed", "Deleted"),
    "discarded": pgettext_lazy("deed", "Discarded"),
    "dismissal_proposed": pgettext_lazy("deed", "Dismissal proposed"),
    "dismissed": pgettext_lazy("deed", "Dismissed"),
    "drafted": pgettext_lazy("deed", "Drafted"),
    "ended_by_joining": pgettext_lazy("deed", "Ended because others joined"),
    "entered": pgettext_lazy("deed", "Entered"),
    "escalated": pgettext_lazy("deed", "Passed to a higher level"),
    "exited": pgettext_lazy("deed", "Led out of the programme"),
    "exported": pgettext_lazy("deed", "Exported"),
    "file_made": pgettext_lazy("deed", "File made"),
    "file_started": pgettext_lazy("deed", "File asked for"),
    "handed_over": pgettext_lazy("deed", "Handed over"),
    "funded": pgettext_lazy("deed", "Paying budget line chosen"),
    "held": pgettext_lazy("deed", "Put on hold"),
    "hold_released": pgettext_lazy("deed", "Hold lifted"),
    "holds_released": pgettext_lazy("deed", "Holds lifted"),
    "kept": pgettext_lazy("deed", "Left as it is"),
    "linked": pgettext_lazy("deed", "Linked"),
    "matched": pgettext_lazy("deed", "Matched"),
    "official_named": pgettext_lazy("deed", "Official named"),
    "opened": pgettext_lazy("deed", "Brought in"),
    "overtaken": pgettext_lazy("deed", "Overtaken"),
    "password_set": pgettext_lazy("deed", "Password set"),
    "paused": pgettext_lazy("deed", "Paused"),
    "pin_changed": pgettext_lazy("deed", "PIN changed"),
    "preparation_started": pgettext_lazy("deed", "Preparation started"),
    "prepared": pgettext_lazy("deed", "Prepared"),
    "proposed": pgettext_lazy("deed", "Proposed"),
    "readmitted": pgettext_lazy("deed", "Readmitted"),
    "received": pgettext_lazy("deed", "Received"),
    "reconciling": pgettext_lazy("deed", "Reconciliation started"),
    "recorded": pgettext_lazy("deed", "Recorded"),
    "refused": pgettext_lazy("deed", "Refused"),
    "reissued": pgettext_lazy("deed", "Issued again"),
    "released": pgettext_lazy("deed", "Released"),
    "reopened": pgettext_lazy("deed", "Opened again"),
    "resumed": pgettext_lazy("deed", "Resumed"),
    "review_asked": pgettext_lazy("deed", "Review asked for"),
    "reviewed": pgettext_lazy("deed", "Reviewed"),
    "second_factor_reset": pgettext_lazy("deed", "Second factor taken away"),
    "sent_back": pgettext_lazy("deed", "Sent back"),
    "set_aside": pgettext_lazy("deed", "Set aside"),
    "settled": pgettext_lazy("deed", "Settled"),
    "started": pgettext_lazy("deed", "Started"),
    "submitted": pgettext_lazy("deed", "Submitted"),
    "superseded": pgettext_lazy("deed", "Superseded"),
    "transferred": pgettext_lazy("deed", "Transferred"),
    "undo_asked": pgettext_lazy("deed", "Undoing asked for"),
    "undo_declined": pgettext_lazy("deed", "Undoing declined"),
    "undo_proposed": pgettext_lazy("deed", "Undoing proposed"),
    "undo_started": pgettext_lazy("deed", "Undoing started"),
    "undone": pgettext_lazy("deed", "Undone"),
    "uploaded": pgettext_lazy("deed", "Uploaded"),
    "verified": pgettext_lazy("deed", "Verified"),
    "visited": pgettext_lazy("deed", "Visited"),
    "waived": pgettext_lazy("deed", "Waived"),
    "withdrawn": pgettext_lazy("deed", "Withdrawn"),
}


def deed_label(action: str) -> str:
    """Return what was done, in words; nothing for a verb without words."""
    return str(_VERBS.get(action.rpartition(".")[2], ""))


def kind_label(label: str) -> str:
    """Return what a kind of record ("programs.paymentcycle") is called; its code where it is gone."""
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):
        return label

"""What the programmes announce, after commit, by id."""

from django.dispatch import Signal

# version_id: it binds from its first day on.
program_version_approved = Signal()
# run_id: its decisions can be read.
eligibility_run_completed = Signal()
# run_id: households were admitted on the grounds of this run.
enrolments_confirmed = Signal()
# enrolment_id, verb: an enrolment was suspended, resumed or ended.
enrolment_changed = Signal()
# cycle_id: the lines stand; a third person may let them go.
payment_cycle_approved = Signal()
# cycle_id: payment may begin.
payment_cycle_released = Signal()
# cycle_id: every line is settled.
payment_cycle_closed = Signal()
# period_id: findings and steps stand.
compliance_period_closed = Signal()

"""What the registry adds to the reference data and to what runs by the clock."""

from beneficiaries import reference as registry_reference
from beneficiaries.services.facts import JOB_KIND
from ministry import reference
from ministry.jobs.schedules import register_schedule

reference.register(registry_reference.load, name="scoring model", order=50)
reference.register(registry_reference.load_recertification_period, name="recertification period", order=60)
# At night, when ages have changed and nobody waits.
register_schedule("nightly_facts", task="ministry.tasks.start_job", at="30 1 * * *", kwargs={"kind": JOB_KIND})
# Early, so that a change of today is in force when the offices open and before the nightly figures.
register_schedule("apply_due_changes", task="beneficiaries.tasks.changes.apply_due_changes", at="15 0 * * *")
# In the morning, so that reminders reach people by day.
register_schedule(
    "recertification_calendar",
    task="beneficiaries.tasks.recertification.keep_recertification_calendar",
    at="30 8 * * *",
)
# Just after midnight, before the night's facts and scores.
register_schedule("begin_scoring_models", task="beneficiaries.tasks.surveys.begin_scoring_models", at="5 0 * * *")

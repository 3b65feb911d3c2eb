"""What the registry adds to the reference data and to what runs by the clock."""

from beneficiaries import reference as registry_reference
from beneficiaries.models import ImportBatch
from beneficiaries.services.facts import JOB_KIND
from ministry import documents, reference
from ministry.jobs.schedules import register_schedule

reference.register(registry_reference.load, name="scoring model", order=50)
# At night, when ages have changed and nobody waits.
register_schedule("nightly_facts", task="ministry.tasks.start_job", at="30 1 * * *", kwargs={"kind": JOB_KIND})
# Whoever sees an import may look at the files it came from.
documents.allow(
    "beneficiaries.importbatch",
    lambda user, batch_id: ImportBatch.objects.visible_to(user).filter(pk=batch_id).exists(),
)

from django.db import migrations

# Pairs of imports named the shared number alone, as an object by field; a list of fields takes its place.
_AS_LIST = """
    UPDATE beneficiaries_duplicatepair
    SET evidence = coalesce(
        (SELECT jsonb_build_array(jsonb_build_object('field', evidence -> 'identifier' ->> 'kind', 'level', 'same',
                'weight_person', null, 'weight_family', null)) WHERE evidence ? 'identifier'),
        '[]')
    WHERE jsonb_typeof(evidence) = 'object'
"""


class Migration(migrations.Migration):

    dependencies = [
        ('beneficiaries', '0006_add_models_and_runs_of_duplicates'),
    ]

    operations = [
        migrations.RunSQL(_AS_LIST, migrations.RunSQL.noop),
    ]

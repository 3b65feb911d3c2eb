import django.db.models.deletion
from django.db import migrations, models


STAGING = ('beneficiaries_stagedhousehold', 'beneficiaries_stagedindividual')


class Migration(migrations.Migration):

    dependencies = [
        ('beneficiaries', '0003_freeze_submitted_scoring_models'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='importissue',
            name='import_issue_once_per_cell',
        ),
        migrations.RemoveIndex(
            model_name='importissue',
            name='import_issue_review',
        ),
        migrations.RemoveField(
            model_name='importbatch',
            name='error',
        ),
        migrations.AddField(
            model_name='importbatch',
            name='mapping',
            field=models.JSONField(blank=True, default=dict, verbose_name='mapping of columns'),
        ),
        migrations.AlterField(
            model_name='importissue',
            name='batch',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='issues', to='beneficiaries.importbatch'),
        ),
        migrations.AlterField(
            model_name='importissue',
            name='column',
            field=models.CharField(blank=True, max_length=40, verbose_name='column'),
        ),
        migrations.AddIndex(
            model_name='importissue',
            index=models.Index(fields=['batch', 'severity', 'reason'], name='import_issue_review'),
        ),
        migrations.AddConstraint(
            model_name='importissue',
            constraint=models.UniqueConstraint(fields=('batch', 'file', 'row', 'column'), name='import_issue_once_per_cell'),
        ),
        migrations.DeleteModel(
            name='StagedHousehold',
        ),
        migrations.DeleteModel(
            name='StagedIndividual',
        ),
        migrations.CreateModel(
            name='StagedHousehold',
            fields=[
                ('pk', models.CompositePrimaryKey('batch_id', 'row', blank=True, editable=False, primary_key=True, serialize=False)),
                ('row', models.IntegerField()),
                ('household_ref', models.TextField(null=True)),
                ('registered_on', models.TextField(null=True)),
                ('governorate_code', models.TextField(null=True)),
                ('district_code', models.TextField(null=True)),
                ('address', models.TextField(null=True)),
                ('phone', models.TextField(null=True)),
                ('urban', models.TextField(null=True)),
                ('tenure', models.TextField(null=True)),
                ('monthly_rent', models.TextField(null=True)),
                ('rooms', models.TextField(null=True)),
                ('bedrooms', models.TextField(null=True)),
                ('wall', models.TextField(null=True)),
                ('floor', models.TextField(null=True)),
                ('roof', models.TextField(null=True)),
                ('water', models.TextField(null=True)),
                ('sanitation', models.TextField(null=True)),
                ('electricity', models.TextField(null=True)),
                ('cooking_fuel', models.TextField(null=True)),
                ('waste', models.TextField(null=True)),
                ('refrigerator', models.TextField(null=True)),
                ('television', models.TextField(null=True)),
                ('computer', models.TextField(null=True)),
                ('mobile_phone', models.TextField(null=True)),
                ('tablets', models.TextField(null=True)),
                ('mobile_phones', models.TextField(null=True)),
                ('income_monthly', models.TextField(null=True)),
                ('phone_key', models.TextField(null=True)),
                ('batch', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='beneficiaries.importbatch')),
            ],
            options={
                'ordering': ['batch', 'row'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='StagedIndividual',
            fields=[
                ('pk', models.CompositePrimaryKey('batch_id', 'row', blank=True, editable=False, primary_key=True, serialize=False)),
                ('row', models.IntegerField()),
                ('household_ref', models.TextField(null=True)),
                ('person_ref', models.TextField(null=True)),
                ('full_name', models.TextField(null=True)),
                ('mother_name', models.TextField(null=True)),
                ('national_id', models.TextField(null=True)),
                ('birth_date', models.TextField(null=True)),
                ('sex', models.TextField(null=True)),
                ('phone', models.TextField(null=True)),
                ('relationship', models.TextField(null=True)),
                ('marital_status', models.TextField(null=True)),
                ('years_schooling', models.TextField(null=True)),
                ('in_school', models.TextField(null=True)),
                ('works', models.TextField(null=True)),
                ('pregnant', models.TextField(null=True)),
                ('disability', models.TextField(null=True)),
                ('name_key', models.TextField(null=True)),
                ('name_skeletons', models.TextField(null=True)),
                ('mother_key', models.TextField(null=True)),
                ('phone_key', models.TextField(null=True)),
                ('national_key', models.TextField(null=True)),
                ('national_ok', models.BooleanField(null=True)),
                ('batch', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='beneficiaries.importbatch')),
            ],
            options={
                'ordering': ['batch', 'row'],
                'default_permissions': (),
                'indexes': [models.Index(fields=['batch', 'household_ref'], name='staged_individual_household')],
            },
        ),
        # Rows of files that can be read again need not be written to the log as well.
        migrations.RunSQL(
            [f'ALTER TABLE {table} SET UNLOGGED' for table in STAGING],
            [f'ALTER TABLE {table} SET LOGGED' for table in STAGING],
        ),
    ]

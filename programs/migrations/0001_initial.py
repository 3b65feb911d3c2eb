import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import programs.models.program
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('beneficiaries', '0002_add_unknown_counts_and_shares_to_facts'),
        ('ministry', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Criterion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('subject', models.CharField(choices=[('fact', 'a fact of the household'), ('member_count', 'the number of members who …')], default='fact', max_length=12, verbose_name='about')),
                ('fact', models.CharField(blank=True, max_length=60, verbose_name='fact')),
                ('operator', models.CharField(choices=[('eq', 'is'), ('ne', 'is not'), ('lt', 'is less than'), ('lte', 'is at most'), ('gt', 'is more than'), ('gte', 'is at least'), ('in', 'is one of'), ('not_in', 'is none of')], max_length=8, verbose_name='operator')),
                ('value', models.CharField(max_length=200, verbose_name='value')),
                ('when_unknown', models.CharField(choices=[('needs_information', 'more information is needed'), ('fails', 'the condition counts as not met'), ('passes', 'the condition counts as met')], default='needs_information', max_length=20, verbose_name='when unknown')),
                ('note_ar', models.CharField(blank=True, max_length=300, verbose_name='note in Arabic')),
                ('note_en', models.CharField(blank=True, max_length=300, verbose_name='note in English')),
                ('wording_ar', models.CharField(max_length=300, verbose_name='public wording in Arabic')),
                ('wording_en', models.CharField(blank=True, max_length=300, verbose_name='public wording in English')),
                ('legal_basis', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ministry.legalbasis', verbose_name='legal basis')),
            ],
            options={
                'verbose_name': 'criterion',
                'verbose_name_plural': 'criteria',
                'ordering': ['group', 'position', 'id'],
            },
        ),
        migrations.CreateModel(
            name='EligibilityRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on_date', models.DateField(verbose_name='on')),
                ('status', models.CharField(choices=[('running', 'Running'), ('complete', 'Complete'), ('abandoned', 'Abandoned')], default='running', max_length=10, verbose_name='status')),
                ('rules_sha256', models.CharField(max_length=64)),
                ('eligible', models.IntegerField(default=0, verbose_name='eligible')),
                ('not_eligible', models.IntegerField(default=0, verbose_name='not eligible')),
                ('needs_information', models.IntegerField(default=0, verbose_name='needs information')),
                ('started_at', models.DateTimeField(auto_now_add=True, verbose_name='started at')),
                ('completed_at', models.DateTimeField(null=True, verbose_name='completed at')),
                ('pruned_at', models.DateTimeField(null=True, verbose_name='decisions removed at')),
                ('job', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='ministry.job')),
                ('scoring_model', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='beneficiaries.scoringmodel', verbose_name='scoring model')),
            ],
            options={
                'verbose_name': 'eligibility check',
                'verbose_name_plural': 'eligibility checks',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='MemberCondition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('field', models.CharField(max_length=60, verbose_name='about the member')),
                ('operator', models.CharField(choices=[('eq', 'is'), ('ne', 'is not'), ('lt', 'is less than'), ('lte', 'is at most'), ('gt', 'is more than'), ('gte', 'is at least'), ('in', 'is one of'), ('not_in', 'is none of')], max_length=8, verbose_name='operator')),
                ('value', models.CharField(max_length=200, verbose_name='value')),
                ('criterion', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='member_conditions', to='programs.criterion')),
            ],
            options={
                'verbose_name': 'member condition',
                'verbose_name_plural': 'member conditions',
                'ordering': ['criterion', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Program',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_ar', models.CharField(max_length=200, verbose_name='Arabic name')),
                ('name_en', models.CharField(blank=True, max_length=200, verbose_name='English name')),
                ('code', models.SlugField(max_length=40, unique=True, verbose_name='code')),
                ('kind', models.CharField(choices=[('cash', 'Cash transfer')], default='cash', max_length=20, verbose_name='kind')),
                ('purpose_ar', models.TextField(blank=True, verbose_name='purpose in Arabic')),
                ('purpose_en', models.TextField(blank=True, verbose_name='purpose in English')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('legal_basis', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ministry.legalbasis', verbose_name='legal basis')),
            ],
            options={
                'verbose_name': 'programme',
                'verbose_name_plural': 'programmes',
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='Enrolment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('enrolled', 'Enrolled'), ('suspended', 'Suspended'), ('exited', 'Exited')], default='enrolled', max_length=10, verbose_name='status')),
                ('enrolled_on', models.DateField(verbose_name='enrolled on')),
                ('status_reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('ended_on', models.DateField(blank=True, null=True, verbose_name='left on')),
                ('confirmed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('household', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='beneficiaries.household', verbose_name='household')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='programs.eligibilityrun')),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='enrolments', to='programs.program', verbose_name='programme')),
            ],
            options={
                'verbose_name': 'enrolment',
                'verbose_name_plural': 'enrolments',
                'ordering': ['-id'],
                'permissions': [('confirm_enrolment', 'Can admit eligible households'), ('suspend_enrolment', 'Can pause and end')],
            },
        ),
        migrations.CreateModel(
            name='ProgramVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('submitted', 'Waiting for approval'), ('in_force', 'In force'), ('superseded', 'Superseded'), ('withdrawn', 'Withdrawn')], default='draft', max_length=12, verbose_name='status')),
                ('starts_on', models.DateField(verbose_name='in force from')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='in force until')),
                ('base_amount', models.DecimalField(decimal_places=3, max_digits=12, verbose_name='base amount per month')),
                ('component_members_max', models.PositiveSmallIntegerField(default=0, verbose_name='members counted at most')),
                ('source', models.TextField(blank=True, verbose_name='source')),
                ('is_demonstration', models.BooleanField(default=False, verbose_name='demonstration parameters')),
                ('approved_at', models.DateTimeField(null=True, verbose_name='approved at')),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('prepared_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='programs.program', verbose_name='programme')),
                ('scoring_model', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='beneficiaries.scoringmodel', verbose_name='scoring model')),
                ('submitted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'programme version',
                'verbose_name_plural': 'programme versions',
                'ordering': ['program', '-number'],
                'permissions': [('approve_programversion', 'Can put programme versions in force')],
            },
        ),
        migrations.AddField(
            model_name='eligibilityrun',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='programs.programversion', verbose_name='version'),
        ),
        migrations.CreateModel(
            name='BenefitComponent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_ar', models.CharField(max_length=200, verbose_name='Arabic name')),
                ('name_en', models.CharField(blank=True, max_length=200, verbose_name='English name')),
                ('age_from', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='from age')),
                ('age_to', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='to age')),
                ('severity_from', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='from degree of disability')),
                ('amount', models.DecimalField(decimal_places=3, max_digits=12, verbose_name='amount per member and month')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='components', to='programs.programversion')),
            ],
            options={
                'verbose_name': 'component',
                'verbose_name_plural': 'components',
                'ordering': ['version', 'id'],
            },
        ),
        migrations.CreateModel(
            name='RuleGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('all', 'all of'), ('any', 'any of'), ('none', 'none of')], default='all', max_length=4, verbose_name='kind')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='groups', to='programs.rulegroup')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rule_groups', to='programs.programversion')),
            ],
            options={
                'verbose_name': 'rule group',
                'verbose_name_plural': 'rule groups',
                'ordering': ['version', 'position', 'id'],
            },
        ),
        migrations.AddField(
            model_name='criterion',
            name='group',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='criteria', to='programs.rulegroup'),
        ),
        # Partitioned by run: a run's decisions are loaded into a table of their own, get their keys, and are attached.
        # Keys of a partition match these, so attaching one checks nothing again (programs.eligibility.storage).
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    """
                    CREATE TABLE programs_eligibilitydecision (
                        run_id bigint NOT NULL,
                        household_id bigint NOT NULL,
                        decision varchar(20) NOT NULL,
                        failed integer[] NOT NULL,
                        unknown integer[] NOT NULL,
                        score double precision,
                        CONSTRAINT eligibility_decision_key PRIMARY KEY (run_id, household_id),
                        CONSTRAINT eligibility_decision_run FOREIGN KEY (run_id)
                            REFERENCES programs_eligibilityrun (id) DEFERRABLE INITIALLY DEFERRED,
                        CONSTRAINT eligibility_decision_household FOREIGN KEY (household_id)
                            REFERENCES beneficiaries_household (id) DEFERRABLE INITIALLY DEFERRED
                    ) PARTITION BY LIST (run_id);
                    CREATE INDEX eligibility_decision_household_idx ON programs_eligibilitydecision (household_id);
                    """,
                    "DROP TABLE programs_eligibilitydecision",
                ),
            ],
            state_operations=[
                migrations.CreateModel(
                    name='EligibilityDecision',
                    fields=[
                        ('pk', models.CompositePrimaryKey('run_id', 'household_id', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('decision', models.CharField(choices=[('eligible', 'Eligible'), ('not_eligible', 'Not eligible'), ('needs_information', 'Needs information')], max_length=20, verbose_name='decision')),
                        ('failed', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None, verbose_name='not met')),
                        ('unknown', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None, verbose_name='not known')),
                        ('score', models.FloatField(null=True, verbose_name='score')),
                        ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='eligibility_decisions', to='beneficiaries.household')),
                        ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='programs.eligibilityrun')),
                    ],
                    options={
                        'verbose_name': 'eligibility decision',
                        'verbose_name_plural': 'eligibility decisions',
                    },
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eligibilitydecision',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='162e1d574a21056c64e8326d7e7b70c3072ea911', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_dcc2c', table='programs_eligibilitydecision', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membercondition',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO ministry_rowversion (table_name, row_id, operation, changed_at, actor_id, row)\n    SELECT TG_TABLE_NAME, old_row.id, 'U', clock_timestamp(),\n           nullif(current_setting('portal.actor', true), '')::bigint, to_jsonb(old_row)\n    FROM old_rows old_row JOIN new_rows new_row ON new_row.id = old_row.id WHERE old_row IS DISTINCT FROM new_row;\n    RETURN NULL;\n", hash='74b3e2d6491a70eb722e27bcf0aa031d7f6906f2', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_history_update_c6f12', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='programs_membercondition', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membercondition',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO ministry_rowversion (table_name, row_id, operation, changed_at, actor_id, row)\n    SELECT TG_TABLE_NAME, old_row.id, 'D', clock_timestamp(),\n           nullif(current_setting('portal.actor', true), '')::bigint, to_jsonb(old_row)\n    FROM old_rows old_row;\n    RETURN NULL;\n", hash='cdd8eed11376e7cc991a6cdf240973fb48d438a1', level='STATEMENT', operation='DELETE', pgid='pgtrigger_history_delete_ec64b', referencing='REFERENCING OLD TABLE AS old_rows ', table='programs_membercondition', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membercondition',
            trigger=pgtrigger.compiler.Trigger(name='only_drafts_change', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE fixed bigint;', func="\n            IF TG_OP <> 'INSERT' THEN\n                SELECT v.id INTO fixed FROM programs_programversion v\n                WHERE v.id = (SELECT g.version_id FROM programs_rulegroup g JOIN programs_criterion c ON c.group_id = g.id WHERE c.id = OLD.criterion_id) AND v.status <> 'draft' FOR SHARE;\n            END IF;\n            IF TG_OP <> 'DELETE' AND fixed IS NULL THEN\n                SELECT v.id INTO fixed FROM programs_programversion v\n                WHERE v.id = (SELECT g.version_id FROM programs_rulegroup g JOIN programs_criterion c ON c.group_id = g.id WHERE c.id = NEW.criterion_id) AND v.status <> 'draft' FOR SHARE;\n            END IF;\n            IF fixed IS NOT NULL THEN\n                RAISE EXCEPTION 'portal: version % is no longer a draft', fixed;\n            END IF;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ", hash='a214700e97ba3c6cd055a3d4159cbd008ef82f10', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_only_drafts_change_f0ac3', table='programs_membercondition', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='program',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO ministry_rowversion (table_name, row_id, operation, changed_at, actor_id, row)\n    SELECT TG_TABLE_NAME, old_row.id, 'U', clock_timestamp(),\n           nullif(current_setting('portal.actor', true), '')::bigint, to_jsonb(old_row)\n    FROM old_rows old_row JOIN new_rows new_row ON new_row.id = old_row.id WHERE old_row IS DISTINCT FROM new_row;\n    RETURN NULL;\n", hash='c0ac02f5289ea02cee42e44f480fa115b5cd531e', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_history_update_2deac', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='programs_program', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='program',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO ministry_rowversion (table_name, row_id, operation, changed_at, actor_id, row)\n    SELECT TG_TABLE_NAME, old_row.id, 'D', clock_timestamp(),\n           nullif(current_setting('portal.actor', true), '')::bigint, to_jsonb(old_row)\n    FROM old_rows old_row;\n    RETURN NULL;\n", hash='ec615ef9e97d8d4228807fe6038ae83656bd871f', level='STATEMENT', operation='DELETE', pgid='pgtrigger_history_delete_67c09', referencing='REFERENCING OLD TABLE AS old_rows ', table='programs_program', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(fields=['household'], name='enrolment_household'),
        ),
        migrations.AddIndex(
            model_name='enrolment',
            index=models.Index(fields=['program', 'status', '-id'], name='enrolment_program_status'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['enrolled', 'suspended'])), fields=('program', 'household'), name='enrolment_once_per_program'),
        ),
        migrations.AddConstraint(
            model_name='enrolment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('status', 'exited'), _negated=True), ('ended_on__isnull', True)), models.Q(('ended_on__gte', models.F('enrolled_on')), ('status', 'exited'), models.Q(('status_reason', ''), _negated=True)), _connector='OR'), name='enrolment_exit_has_date_and_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='enrolment',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO ministry_rowversion (table_name, row_id, operation, changed_at, actor_id, row)\n    SELECT TG_TABLE_NAME, old_row.id, 'U', clock_timestamp(),\n           nullif(current_setting('portal.actor', true), '')::bigint, to_jsonb(old_row)\n    FROM old_rows old_row JOIN new_rows new_row ON new_row.id = old_row.id WHERE old_row IS DISTINCT FROM new_row;\n    RETURN NULL;\n", hash='511abcd94d6c1092a63e56e16014abdd027b4514', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_history_update_092e9', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='programs_enrolment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='enrolment',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO ministry_rowversion (table_name, row_id, operation, changed_at, actor_id, row)\n    SELECT TG_TABLE_NAME, old_row.id, 'D', clock_timestamp(),\n           nullif(current_setting('portal.actor', true), '')::bigint, to_jsonb(old_row)\n    FROM old_rows old_row;\n    RETURN NULL;\n", hash='57e59d8e61914ec212be3e41f6d5ffddb0b7c85f', level='STATEMENT', operation='DELETE', pgid='pgtrigger_history_delete_a6101', referencing='REFERENCING OLD TABLE AS old_rows ', table='programs_enrolment', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='programversion',
            constraint=models.UniqueConstraint(fields=('program', 'number'), name='program_version_number_once'),
        ),
        migrations.AddConstraint(
            model_name='programversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['in_force', 'superseded']), _negated=True), models.Q(('approved_by__isnull', False), ('submitted_by__isnull', False), models.Q(('approved_by', models.F('prepared_by')), _negated=True), models.Q(('approved_by', models.F('submitted_by')), _negated=True)), _connector='OR'), name='program_version_approved_by_a_second_person'),
        ),
        migrations.AddConstraint(
            model_name='programversion',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='program_version_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='programversion',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('status__in', ['in_force', 'superseded'])), expressions=[('program', '='), (programs.models.program.DateRange('starts_on', 'ends_on', models.Value('[]')), '&&')], name='program_version_one_in_force_at_a_time'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programversion',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO ministry_rowversion (table_name, row_id, operation, changed_at, actor_id, row)\n    SELECT TG_TABLE_NAME, old_row.id, 'U', clock_timestamp(),\n           nullif(current_setting('portal.actor', true), '')::bigint, to_jsonb(old_row)\n    FROM old_rows old_row JOIN new_rows new_row ON new_row.id = old_row.id WHERE old_row IS DISTINCT FROM new_row;\n    RETURN NULL;\n", hash='56f849972f93322cd732a27df363fcf1207bcf69', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_history_update_297ca', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='programs_programversion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programversion',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO ministry_rowversion (table_name, row_id, operation, changed_at, actor_id, row)\n    SELECT TG_TABLE_NAME, old_row.id, 'D', clock_timestamp(),\n           nullif(current_setting('portal.actor', true), '')::bigint, to_jsonb(old_row)\n    FROM old_rows old_row;\n    RETURN NULL;\n", hash='3e4e855f3e822fcddcfafa701ba4c85a9f8a8ec9', level='STATEMENT', operation='DELETE', pgid='pgtrigger_history_delete_f5300', referencing='REFERENCING OLD TABLE AS old_rows ', table='programs_programversion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programversion',
            trigger=pgtrigger.compiler.Trigger(name='only_drafts_change', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status <> 'draft' AND (OLD.program_id, OLD.number, OLD.starts_on, OLD.base_amount, OLD.component_members_max, OLD.scoring_model_id) IS DISTINCT FROM (NEW.program_id, NEW.number, NEW.starts_on, NEW.base_amount, NEW.component_members_max, NEW.scoring_model_id))", func="RAISE EXCEPTION 'portal: version % is no longer a draft', OLD.id;", hash='daa4264b58b3aeb19d19479d11e1f32bce68cab0', operation='UPDATE', pgid='pgtrigger_only_drafts_change_045dd', table='programs_programversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programversion',
            trigger=pgtrigger.compiler.Trigger(name='only_drafts_go', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status <> 'draft')", func="RAISE EXCEPTION 'portal: version % is no longer a draft', OLD.id;", hash='3ebcd7f6d4abb832e1114514bf57500d0d0ce1a0', operation='DELETE', pgid='pgtrigger_only_drafts_go_5fa5d', table='programs_programversion', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='eligibilityrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'complete'), _negated=True), ('completed_at__isnull', False), _connector='OR'), name='eligibility_run_complete_at_some_time'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eligibilityrun',
            trigger=pgtrigger.compiler.Trigger(name='complete_runs_stay', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status = 'complete' AND (OLD.version_id, OLD.on_date, OLD.status, OLD.rules_sha256, OLD.eligible, OLD.not_eligible, OLD.needs_information, OLD.completed_at) IS DISTINCT FROM (NEW.version_id, NEW.on_date, NEW.status, NEW.rules_sha256, NEW.eligible, NEW.not_eligible, NEW.needs_information, NEW.completed_at))", func="RAISE EXCEPTION 'portal: eligibility check % is complete', OLD.id;", hash='fac52124b8e26222325608edd7504c8b9ab67198', operation='UPDATE', pgid='pgtrigger_complete_runs_stay_7289b', table='programs_eligibilityrun', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='benefitcomponent',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='component_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='benefitcomponent',
            constraint=models.CheckConstraint(condition=models.Q(('age_from__isnull', False), ('age_to__isnull', False), ('severity_from__isnull', False), _connector='OR'), name='component_names_some_members'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='benefitcomponent',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO ministry_rowversion (table_name, row_id, operation, changed_at, actor_id, row)\n    SELECT TG_TABLE_NAME, old_row.id, 'U', clock_timestamp(),\n           nullif(current_setting('portal.actor', true), '')::bigint, to_jsonb(old_row)\n    FROM old_rows old_row JOIN new_rows new_row ON new_row.id = old_row.id WHERE old_row IS DISTINCT FROM new_row;\n    RETURN NULL;\n", hash='9cf4cda8540f93755e99e8e2c9eabfdb52856f48', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_history_update_b0861', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='programs_benefitcomponent', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='benefitcomponent',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO ministry_rowversion (table_name, row_id, operation, changed_at, actor_id, row)\n    SELECT TG_TABLE_NAME, old_row.id, 'D', clock_timestamp(),\n           nullif(current_setting('portal.actor', true), '')::bigint, to_jsonb(old_row)\n    FROM old_rows old_row;\n    RETURN NULL;\n", hash='5fba6d5cd9f983c9780d152fc5033b6dfc31f267', level='STATEMENT', operation='DELETE', pgid='pgtrigger_history_delete_c0c8c', referencing='REFERENCING OLD TABLE AS old_rows ', table='programs_benefitcomponent', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='benefitcomponent',
            trigger=pgtrigger.compiler.Trigger(name='only_drafts_change', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE fixed bigint;', func="\n            IF TG_OP <> 'INSERT' THEN\n                SELECT v.id INTO fixed FROM programs_programversion v\n                WHERE v.id = (SELECT OLD.version_id) AND v.status <> 'draft' FOR SHARE;\n            END IF;\n            IF TG_OP <> 'DELETE' AND fixed IS NULL THEN\n                SELECT v.id INTO fixed FROM programs_programversion v\n                WHERE v.id = (SELECT NEW.version_id) AND v.status <> 'draft' FOR SHARE;\n            END IF;\n            IF fixed IS NOT NULL THEN\n                RAISE EXCEPTION 'portal: version % is no longer a draft', fixed;\n            END IF;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ", hash='3346d4f468155560daba67a87017162c1d99739e', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_only_drafts_change_3e999', table='programs_benefitcomponent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='rulegroup',
            constraint=models.UniqueConstraint(condition=models.Q(('parent__isnull', True)), fields=('version',), name='rule_group_one_root_per_version'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rulegroup',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO ministry_rowversion (table_name, row_id, operation, changed_at, actor_id, row)\n    SELECT TG_TABLE_NAME, old_row.id, 'U', clock_timestamp(),\n           nullif(current_setting('portal.actor', true), '')::bigint, to_jsonb(old_row)\n    FROM old_rows old_row JOIN new_rows new_row ON new_row.id = old_row.id WHERE old_row IS DISTINCT FROM new_row;\n    RETURN NULL;\n", hash='8739d9fd2f5b60a0be9ebfa6bdf07b9fec9eb85e', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_history_update_1bf00', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='programs_rulegroup', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rulegroup',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO ministry_rowversion (table_name, row_id, operation, changed_at, actor_id, row)\n    SELECT TG_TABLE_NAME, old_row.id, 'D', clock_timestamp(),\n           nullif(current_setting('portal.actor', true), '')::bigint, to_jsonb(old_row)\n    FROM old_rows old_row;\n    RETURN NULL;\n", hash='c87cb7782faa3276037aacc40193f1d28baf3d25', level='STATEMENT', operation='DELETE', pgid='pgtrigger_history_delete_161d9', referencing='REFERENCING OLD TABLE AS old_rows ', table='programs_rulegroup', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rulegroup',
            trigger=pgtrigger.compiler.Trigger(name='only_drafts_change', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE fixed bigint;', func="\n            IF TG_OP <> 'INSERT' THEN\n                SELECT v.id INTO fixed FROM programs_programversion v\n                WHERE v.id = (SELECT OLD.version_id) AND v.status <> 'draft' FOR SHARE;\n            END IF;\n            IF TG_OP <> 'DELETE' AND fixed IS NULL THEN\n                SELECT v.id INTO fixed FROM programs_programversion v\n                WHERE v.id = (SELECT NEW.version_id) AND v.status <> 'draft' FOR SHARE;\n            END IF;\n            IF fixed IS NOT NULL THEN\n                RAISE EXCEPTION 'portal: version % is no longer a draft', fixed;\n            END IF;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ", hash='9543f09bfadf505d4b2f5449338ba416d28f8ffb', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_only_drafts_change_71d81', table='programs_rulegroup', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='criterion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('subject', 'fact'), models.Q(('fact', ''), _negated=True)), models.Q(('fact', ''), ('subject', 'member_count')), _connector='OR'), name='criterion_names_a_fact_or_counts_members'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='criterion',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO ministry_rowversion (table_name, row_id, operation, changed_at, actor_id, row)\n    SELECT TG_TABLE_NAME, old_row.id, 'U', clock_timestamp(),\n           nullif(current_setting('portal.actor', true), '')::bigint, to_jsonb(old_row)\n    FROM old_rows old_row JOIN new_rows new_row ON new_row.id = old_row.id WHERE old_row IS DISTINCT FROM new_row;\n    RETURN NULL;\n", hash='5a334cc3d57c625fd79bf75ac823cf733c8ddd8e', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_history_update_7a37f', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='programs_criterion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='criterion',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n    INSERT INTO ministry_rowversion (table_name, row_id, operation, changed_at, actor_id, row)\n    SELECT TG_TABLE_NAME, old_row.id, 'D', clock_timestamp(),\n           nullif(current_setting('portal.actor', true), '')::bigint, to_jsonb(old_row)\n    FROM old_rows old_row;\n    RETURN NULL;\n", hash='ea04a89de93b37cbdce1f147477266fe9355d64f', level='STATEMENT', operation='DELETE', pgid='pgtrigger_history_delete_9cb41', referencing='REFERENCING OLD TABLE AS old_rows ', table='programs_criterion', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='criterion',
            trigger=pgtrigger.compiler.Trigger(name='only_drafts_change', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE fixed bigint;', func="\n            IF TG_OP <> 'INSERT' THEN\n                SELECT v.id INTO fixed FROM programs_programversion v\n                WHERE v.id = (SELECT g.version_id FROM programs_rulegroup g WHERE g.id = OLD.group_id) AND v.status <> 'draft' FOR SHARE;\n            END IF;\n            IF TG_OP <> 'DELETE' AND fixed IS NULL THEN\n                SELECT v.id INTO fixed FROM programs_programversion v\n                WHERE v.id = (SELECT g.version_id FROM programs_rulegroup g WHERE g.id = NEW.group_id) AND v.status <> 'draft' FOR SHARE;\n            END IF;\n            IF fixed IS NOT NULL THEN\n                RAISE EXCEPTION 'portal: version % is no longer a draft', fixed;\n            END IF;\n            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n            RETURN NEW;\n        ", hash='24c9bcf033e286b66488fb0ec2d28579fb877af7', operation='INSERT OR UPDATE OR DELETE', pgid='pgtrigger_only_drafts_change_09187', table='programs_criterion', when='BEFORE')),
        ),
    ]

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from ministry.actor import acting, current_actor_id
from ministry.history import history_of, history_of_key
from ministry.models import RowVersion, StaffAssignment, User
from tests.ministry.factories import AreaFactory, UserFactory, appoint

pytestmark = pytest.mark.django_db


def recorded_actors(**filters):
    return list(RowVersion.objects.filter(**filters).order_by("id").values_list("actor_id", flat=True))


class TestActing:
    def test_a_change_names_who_made_it(self):
        clerk, changed = UserFactory.create_batch(2)
        with acting(clerk):
            changed.full_name = "اسم جديد"
            changed.save()
        assert recorded_actors(row_id=changed.pk) == [clerk.pk]

    def test_without_an_actor_nobody_is_named(self):
        changed = UserFactory()
        User.objects.filter(pk=changed.pk).update(full_name="x")
        assert recorded_actors() == [None]

    def test_in_one_transaction_each_write_has_its_own_actor(self):
        first, second, changed = UserFactory.create_batch(3)
        rows = User.objects.filter(pk=changed.pk)
        with transaction.atomic():
            with acting(first):
                rows.update(full_name="a")
                with acting(second):
                    rows.update(full_name="b")
                rows.update(full_name="c")
            rows.update(full_name="d")
        assert recorded_actors(row_id=changed.pk) == [first.pk, second.pk, first.pk, None]

    def test_a_rolled_back_savepoint_does_not_lose_the_actor(self):
        clerk, changed = UserFactory.create_batch(2)
        rows = User.objects.filter(pk=changed.pk)
        with acting(clerk):
            with transaction.atomic():
                rows.update(full_name="a")
                transaction.set_rollback(True)
            rows.update(full_name="b")
        assert recorded_actors(row_id=changed.pk) == [clerk.pk]

    def test_a_bulk_update_names_the_actor_on_every_row(self):
        clerk = UserFactory()
        areas = UserFactory.create_batch(3)
        with acting(clerk):
            User.objects.filter(pk__in=[user.pk for user in areas]).update(language="en")
        assert recorded_actors() == [clerk.pk] * 3

    def test_reading_and_writing_cost_no_statement_more(self):
        clerk, changed = UserFactory.create_batch(2)
        with acting(clerk), CaptureQueriesContext(connection) as queries:
            User.objects.get(pk=changed.pk)
            User.objects.filter(pk=changed.pk).update(full_name="a")
            list(User.objects.iterator())
        assert len(queries) == 3

    def test_values_and_counts_come_back_as_ever(self):
        with acting(UserFactory()):
            created = User.objects.create(username="100%")
            assert created.pk
            assert User.objects.filter(username__contains="100%").update(full_name="50%") == 1
            assert User.objects.bulk_create([User(username="a"), User(username="b")])[1].pk


@pytest.mark.django_db(transaction=True)
class TestConnections:
    def test_nothing_stays_on_the_connection_for_the_next_request(self):
        clerk, changed = UserFactory.create_batch(2)
        with acting(clerk):
            User.objects.filter(pk=changed.pk).update(full_name="a")
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('portal.actor', true)")
            assert not cursor.fetchone()[0]
        User.objects.filter(pk=changed.pk).update(full_name="b")
        assert recorded_actors(row_id=changed.pk) == [clerk.pk, None]

    def test_a_change_outside_any_transaction_is_named(self):
        clerk, changed = UserFactory.create_batch(2)
        with acting(clerk):
            User.objects.filter(pk=changed.pk).update(full_name="a")
        assert recorded_actors(row_id=changed.pk) == [clerk.pk]


class TestActorOfARequest:
    def test_what_a_request_writes_is_the_signed_in_persons(self, client):
        clerk = UserFactory()
        client.post("/accounts/login/", {"login": clerk.username, "password": "a-long-test-password"})
        client.post(
            "/accounts/password/change/",
            {
                "oldpassword": "a-long-test-password",
                "password1": "another-longer-secret",
                "password2": "another-longer-secret",
            },
        )
        assert recorded_actors(table_name="ministry_user")[-1] == clerk.pk
        assert [change.name for change in history_of(clerk)[0].changes] == ["password"]
        assert current_actor_id() is None


class TestHistoryOf:
    def test_a_new_row_has_none(self):
        assert history_of(UserFactory()) == []

    def test_a_save_that_changes_nothing_leaves_none(self):
        user = UserFactory()
        user.save()
        assert history_of(user) == []

    def test_tells_newest_first_what_was_and_what_became(self):
        clerk, user = UserFactory.create_batch(2)
        with acting(clerk):
            User.objects.filter(pk=user.pk).update(full_name="ثانٍ", language="en")
            User.objects.filter(pk=user.pk).update(full_name="ثالث")
        newest, oldest = history_of(user)
        assert [(change.name, change.old, change.new) for change in newest.changes] == [("full_name", "ثانٍ", "ثالث")]
        assert {change.name: (change.old_text, change.new_text) for change in oldest.changes} == {
            "full_name": (user.full_name, "ثانٍ"),
            "language": (
                str(dict(User.language.field.flatchoices)["ar"]),
                str(dict(User.language.field.flatchoices)["en"]),
            ),
        }
        assert newest.actor == clerk
        assert not newest.deleted

    def test_related_records_are_named(self):
        assignment = appoint(UserFactory(), permissions=[], area=AreaFactory(name_ar="أسوان"))
        StaffAssignment.objects.filter(pk=assignment.pk).update(area=AreaFactory(name_ar="الأقصر"))
        (change,) = history_of(assignment)[0].changes
        assert (change.label, change.old_text, change.new_text) == (
            str(StaffAssignment.area.field.verbose_name),
            "أسوان",
            "الأقصر",
        )

    def test_a_deleted_row_keeps_its_history(self):
        assignment = appoint(UserFactory(), permissions=[])
        key = assignment.pk
        StaffAssignment.objects.filter(pk=key).update(ends_on="2030-01-01")
        assignment.delete()
        deleted, changed = history_of_key(StaffAssignment, key)
        assert deleted.deleted
        assert [change.name for change in changed.changes] == ["ends_on"]

    def test_hidden_fields_say_only_that_they_changed(self):
        user = UserFactory()
        User.objects.filter(pk=user.pk).update(password="new-hash")
        (change,) = history_of(user, hidden=["password"])[0].changes
        assert (change.old, change.new) == (None, None)
        assert "hash" not in change.new_text

    def test_takes_as_many_statements_for_many_changes_as_for_few(self):
        user = UserFactory()
        counts = []
        for _round in range(2):
            for _n in range(5):
                User.objects.filter(pk=user.pk).update(full_name=f"name {_round} {_n}")
            with CaptureQueriesContext(connection) as queries:
                history_of(user)
            counts.append(len(queries))
        assert counts[0] == counts[1]

"""What people at the desk do with a household: with its file, with its members, with the household as a whole.

`create_household`, `register_person` and `add_member` are what registration uses; the others stand behind change
requests. They lock, check and change; whoever calls them records and announces the deed.
"""

from beneficiaries.services.households.composition import (
    join_households,
    move_household,
    move_members,
    split_household,
)
from beneficiaries.services.households.file import (
    record_opening,
    record_reading_pair,
    reveal_individual,
    verify_household,
)
from beneficiaries.services.households.members import (
    add_member,
    change_head,
    create_household,
    end_memberships,
    lock_households,
    record_death,
)
from beneficiaries.services.households.people import NewPerson, register_person, rename_person, replace_identifier

__all__ = [
    "NewPerson",
    "add_member",
    "change_head",
    "create_household",
    "end_memberships",
    "join_households",
    "lock_households",
    "move_household",
    "move_members",
    "record_death",
    "record_opening",
    "record_reading_pair",
    "register_person",
    "rename_person",
    "replace_identifier",
    "reveal_individual",
    "split_household",
    "verify_household",
]

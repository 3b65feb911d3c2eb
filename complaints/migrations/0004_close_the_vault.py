"""Row-level security: the vault's rows are there only for a transaction that says who is reading."""

from django.db import migrations

CASE = "complaints_vaultcase"
PARTS = ("vaultmessage", "vaultfile", "vaultaccused", "vaultevent", "vaultreferral")

# A word stands for the portal's own ways in (see complaints/vault.py), a number for a member of staff; whom a case
# names does not find it. CASE keeps the order in which the two are looked at, so that a word is never cast.
FUNCTION = """
CREATE FUNCTION complaints_vault_open_to(barred bigint[]) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN current_setting('portal.vault', true) IN ('holder', 'keeper', 'rotation', 'erasing') THEN true
        WHEN current_setting('portal.vault', true) ~ '^[0-9]{1,18}$'
            THEN NOT (current_setting('portal.vault', true)::bigint = ANY (barred))
        ELSE false
    END
$$;
"""


def _close(table: str, condition: str) -> str:
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY opened ON {table} USING ({condition}) WITH CHECK ({condition});
    """


def _open(table: str) -> str:
    return f"""
        DROP POLICY opened ON {table};
        ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
    """


# The case's own policy says whether the case, and with it its parts, is there.
OF_CASE = f"EXISTS (SELECT 1 FROM {CASE} of_case WHERE of_case.id = case_id)"

# The queries are made of the names above only.
FORWARD = FUNCTION + _close(CASE, "complaints_vault_open_to(barred)")
FORWARD += "".join(_close(f"complaints_{part}", OF_CASE) for part in PARTS)
BACKWARD = "".join(_open(f"complaints_{part}") for part in PARTS) + _open(CASE)
BACKWARD += "DROP FUNCTION complaints_vault_open_to(bigint[]);"


class Migration(migrations.Migration):
    dependencies = [("complaints", "0003_add_vault")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

from django.db import migrations

TABLES = (
    "joanie_core_organization",
    "joanie_core_course",
    "joanie_core_course_organizations",
    "joanie_core_courserun",
    "joanie_core_product",
    "joanie_core_product_courses",
    "joanie_core_product_organizations",
    "joanie_core_producttargetcourserelation",
    "joanie_core_producttargetcourserelation_course_runs",
)

# Whoever changes the catalogue takes a slot that nobody else is in, and leaves a new token there:
# nobody waits for anybody, and there are as many slots as there ever were writers at a time.
# xmin: a restored backup brings numbers of transactions that the new server has yet to give.
CREATE_VERSION = """
    CREATE TABLE joanie_core_catalogueversion (
        slot integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        token uuid NOT NULL DEFAULT gen_random_uuid(),
        changed_in xid8 NOT NULL DEFAULT pg_current_xact_id()
    );
    INSERT INTO joanie_core_catalogueversion DEFAULT VALUES;

    CREATE FUNCTION joanie_core_catalogue_changed() RETURNS trigger
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM joanie_core_catalogueversion
            WHERE changed_in = pg_current_xact_id() AND xmin = pg_current_xact_id()::xid
        ) THEN
            RETURN NULL;
        END IF;
        UPDATE joanie_core_catalogueversion
        SET token = DEFAULT, changed_in = DEFAULT
        WHERE slot = (
            SELECT slot FROM joanie_core_catalogueversion LIMIT 1 FOR UPDATE SKIP LOCKED
        );
        IF NOT FOUND THEN
            INSERT INTO joanie_core_catalogueversion DEFAULT VALUES;
        END IF;
        RETURN NULL;
    END
    $$;
"""
DROP_VERSION = """
    DROP FUNCTION joanie_core_catalogue_changed();
    DROP TABLE joanie_core_catalogueversion;
"""
# ALWAYS: also where rows are loaded with session_replication_role = replica.
CREATE_TRIGGER = """
    CREATE TRIGGER catalogue_changed
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION joanie_core_catalogue_changed();
    ALTER TABLE {table} ENABLE ALWAYS TRIGGER catalogue_changed;
"""
DROP_TRIGGER = "DROP TRIGGER catalogue_changed ON {table};"


class Migration(migrations.Migration):
    """Name each state of the catalogue's rows: see ``joanie.core.catalogue_version``."""

    dependencies = [
        ("joanie_core", "0007_limited_seats"),
    ]

    operations = [
        migrations.RunSQL(CREATE_VERSION, DROP_VERSION),
        *(
            migrations.RunSQL(CREATE_TRIGGER.format(table=table), DROP_TRIGGER.format(table=table))
            for table in TABLES
        ),
    ]

from django.db import migrations

# A decision's steps are just long enough for PostgreSQL to compress them, which by its usual method costs as much as all
# else of the row. New rows only; a server that was built without lz4 goes on as it did.
SQL = """
DO $$
BEGIN
    ALTER TABLE routing_decision ALTER COLUMN steps SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'lz4 is not there: decisions are compressed by the usual method';
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("routing", "0024_claims_a_day")]
    operations = [
        migrations.RunSQL(SQL, "ALTER TABLE routing_decision ALTER COLUMN steps SET COMPRESSION DEFAULT"),
    ]

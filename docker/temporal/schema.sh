#!/bin/sh
# Brings the two databases of the Temporal server to the schema of its version; runs before every start of it.
set -eu
SQL_PASSWORD=$(cat /run/secrets/temporal-db-password)
export SQL_PASSWORD
for database in temporal temporal_visibility; do
  tool() { temporal-sql-tool --plugin postgres12_pgx --endpoint postgresql --port 5432 --user temporal --database "$database" "$@"; }
  case $database in temporal) schema=temporal ;; *) schema=visibility ;; esac
  # Only the first time: there is no version yet to update.
  tool update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$schema/versioned" 2>/dev/null && continue
  tool setup-schema --version 0.0
  tool update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$schema/versioned"
done

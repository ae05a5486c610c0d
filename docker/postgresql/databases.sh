#!/bin/sh
# Runs once, when the database is new: a user and its databases for each of the two that keep things here.
set -eu
psql -v ON_ERROR_STOP=1 --username postgres \
  -v rackwright="$(cat /run/secrets/rackwright-db-password)" \
  -v temporal="$(cat /run/secrets/temporal-db-password)" <<'SQL'
CREATE ROLE rackwright LOGIN PASSWORD :'rackwright';
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE rackwright OWNER rackwright;
SQL

#!/bin/sh
# Puts a backup in the place of the database PGDATABASE of PGHOST, which stays under another name. Nothing may be connected to
# it, and the role must be allowed to create databases. usage: restore.sh FILE
set -eu
file=${1:?is missing: the backup, such as .../2030-01-31T120000Z.dump}
here=$(dirname "$0")
database=$PGDATABASE
export PGDATABASE=postgres
before=${database}_$(date -u +%Y%m%d%H%M%S)

dropdb --if-exists "${database}_restored"
createdb "${database}_restored"
pg_restore --exit-on-error --no-owner --no-privileges --dbname "${database}_restored" "$file"
psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 --dbname "${database}_restored" --file "$here/rows.psql" |
  diff "${file%.dump}.rows" - >&2
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --single-transaction <<END
alter database "$database" rename to "$before";
alter database "${database}_restored" rename to "$database";
END
echo "$database is that of $file; the one before is $before"

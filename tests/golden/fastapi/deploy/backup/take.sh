#!/bin/sh
# Takes a backup of the database of PGHOST: TIME.dump, and TIME.rows with the number of rows of each table and their checksum,
# both of the same moment. Backups older than BACKUP_KEEP_DAYS are deleted. usage: take.sh FOLDER
set -eu
umask 077
folder=${1:?is missing: the folder for backups}
here=$(dirname "$0")
mkdir -p "$folder"
name=$folder/$(date -u +%Y-%m-%dT%H%M%SZ)
export PART="$name.part"
trap 'rm -f "$PART" "$PART.rows"' EXIT

{
  cat <<'END'
set idle_in_transaction_session_timeout = 0;
begin transaction isolation level repeatable read read only;
select pg_export_snapshot() as snapshot \gset
\setenv SNAPSHOT :snapshot
\! pg_dump --format custom --snapshot "$SNAPSHOT" --file "$PART" || rm -f "$PART"
END
  cat "$here/rows.psql"
} | psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 --output "$PART.rows"
if [ ! -s "$PART" ]; then
  echo "pg_dump has failed: there is no new backup." >&2
  exit 1
fi
# The dump last: it is a backup as soon as it has its name.
mv "$PART.rows" "$name.rows"
mv "$PART" "$name.dump"
echo "backup $name.dump: $(wc -c <"$name.dump") bytes"
find "$folder" -maxdepth 1 \( -name '*.dump' -o -name '*.rows' -o -name '*.part*' \) -mtime "+${BACKUP_KEEP_DAYS:-7}" -delete

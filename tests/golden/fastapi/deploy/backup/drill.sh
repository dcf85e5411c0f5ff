#!/bin/sh
# Restores the newest backup of a folder into a server of its own, compares its rows with those of the backup, and deletes the
# server. Fails if the backup cannot be restored or its rows differ. usage: drill.sh FOLDER SCRATCH
set -eu
umask 077
folder=${1:?is missing: the folder of the backups}
scratch=${2:?is missing: a folder for the server}
here=$(dirname "$0")
newest=$(find "$folder" -maxdepth 1 -name '*.dump' | sort | tail -n 1)
if [ -z "$newest" ]; then
  echo "There is no backup in $folder." >&2
  exit 1
fi
unset PGPASSWORD PGSSLMODE PGSSLROOTCERT
export PGDATA="$scratch/data" PGHOST="$scratch" PGPORT=5432 PGUSER=postgres PGDATABASE=restored
rm -rf "$PGDATA"
mkdir -p "$scratch"
trap 'pg_ctl stop --silent --mode immediate >/dev/null 2>&1 || true; rm -rf "$PGDATA" "$scratch/rows" "$scratch/log"' EXIT

initdb --username postgres --auth trust --encoding UTF8 --no-locale --no-sync >/dev/null
pg_ctl start --silent --wait --log "$scratch/log" \
  --options "-c listen_addresses= -c unix_socket_directories=$scratch -c fsync=off -c full_page_writes=off"
createdb restored
pg_restore --exit-on-error --no-owner --no-privileges --dbname restored "$newest"
psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 --file "$here/rows.psql" >"$scratch/rows"
if ! diff "${newest%.dump}.rows" "$scratch/rows" >&2; then
  echo "$newest does not have the rows that the database had (<), but others (>)." >&2
  exit 1
fi
echo "restored $newest: $(wc -l <"$scratch/rows") tables, $(awk -F '|' '{ rows += $2 } END { print rows + 0 }' "$scratch/rows") rows"

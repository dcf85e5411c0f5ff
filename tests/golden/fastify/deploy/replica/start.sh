#!/bin/sh
# Follows the server of PGHOST, from a copy of it that is made when there is no whole one.
set -eu
if [ ! -e "$PGDATA/standby.signal" ]; then
  rm -rf "$PGDATA"
  mkdir -p "${PGDATA%/*}"
  pg_basebackup --pgdata "$PGDATA" --checkpoint fast
  touch "$PGDATA/standby.signal"
fi

# A query may hold changes up for a second, less than instances remember who has written; then the primary is asked.
exec "$@" -c primary_conninfo="host=$PGHOST" -c max_standby_streaming_delay=1s

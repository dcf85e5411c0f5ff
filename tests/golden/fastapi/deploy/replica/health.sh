#!/bin/sh
# Healthy while it follows the primary, or there is none that could be followed.
set -eu
follows=$(psql -h /var/run/postgresql -Atc "select count(*) from pg_stat_wal_receiver where status = 'streaming'")
if [ "$follows" = 1 ] || ! pg_isready -q; then
  rm -f /tmp/behind
  exit
fi
echo >>/tmp/behind
# The primary has no longer what comes next: rather no answers than old ones, and a new copy when it is started again.
if [ "$(wc -l </tmp/behind)" -gt 6 ]; then
  rm "$PGDATA/standby.signal"
  pg_ctl stop --mode fast --no-wait
fi
exit 1

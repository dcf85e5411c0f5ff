#!/bin/sh
# Restores the newest backup of a folder into a server of its own, compares its rows with those of the backup, and deletes the
# server. Fails if the backup cannot be restored or its rows differ. usage: drill.sh FOLDER SCRATCH
set -eu
umask 077
folder=${1:?is missing: the folder of the backups}
scratch=${2:?is missing: a folder for the server}
newest=$(find "$folder" -maxdepth 1 -name '[0-9]*.sql.gz' | sort | tail -n 1)
if [ -z "$newest" ]; then
  echo "There is no backup in $folder." >&2
  exit 1
fi
unset MYSQL_HOST MYSQL_PWD
data=$scratch/data
socket=$scratch/socket
server=
rm -rf "$data" "$scratch/log"
mkdir -p "$scratch"
trap '[ -z "$server" ] || kill -9 "$server" 2>/dev/null || true; rm -rf "$data" "$socket" "$socket.lock" "$scratch/log"' EXIT

mysqld --no-defaults --initialize-insecure --datadir="$data" --secure-file-priv= >"$scratch/log" 2>&1 || {
  cat "$scratch/log" >&2
  exit 1
}
mysqld --no-defaults --datadir="$data" --socket="$socket" --pid-file="$data/pid" --tmpdir="$data" --skip-networking --mysqlx=OFF \
  --skip-log-bin --secure-file-priv= --innodb-flush-log-at-trx-commit=0 --log-bin-trust-function-creators=1 >"$scratch/log" 2>&1 &
server=$!
tries=0
until mysqladmin --no-defaults --socket="$socket" --user root --silent ping >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ "$tries" -gt 120 ] || ! kill -0 "$server" 2>/dev/null; then
    cat "$scratch/log" >&2
    exit 1
  fi
  sleep 1
done
mysql --no-defaults --socket="$socket" --user root --execute 'create database restored'
sh "$(dirname "$0")/load.sh" "$newest" restored --socket="$socket"
tables=$(mysql --no-defaults --socket="$socket" --user root --skip-column-names --execute \
  "select count(*) from information_schema.tables where table_schema = 'restored'")
echo "restored $newest: $tables tables"

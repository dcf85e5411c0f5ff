#!/bin/sh
# Writes a database as SQL, of one moment while others write. Rows are in the order of their primary keys.
# usage: dump.sh DATABASE [OPTION OF mysqldump...] >FILE
set -eu
database=${1:?is missing: the name of a database}
shift
exec mysqldump --no-defaults ${MYSQL_HOST:+"--host=$MYSQL_HOST"} "$@" --user root --single-transaction --routines --events --hex-blob \
  --no-tablespaces --set-gtid-purged=OFF --skip-comments "$database"

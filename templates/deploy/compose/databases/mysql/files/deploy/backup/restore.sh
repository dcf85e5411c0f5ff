#!/bin/sh
# Puts a backup in the place of the database MYSQL_DATABASE of MYSQL_HOST, which is kept as a file beside the backup. Nothing may be
# connected to it. The backup is restored into a database of another name first: one that is damaged changes nothing.
# usage: restore.sh BACKUP
set -eu
umask 077
backup=${1:?is missing: the backup, such as .../2030-01-31T120000Z.sql.gz}
here=$(dirname "$0")
database=$MYSQL_DATABASE
trial=${database}_restored
before=$(dirname "$backup")/before-$(date -u +%Y-%m-%dT%H%M%SZ).sql

execute() {
  mysql --no-defaults --user root --skip-column-names --execute "$1"
}

execute "drop database if exists \`$trial\`; create database \`$trial\`"
sh "$here/load.sh" "$backup" "$trial"
execute "drop database \`$trial\`"
if [ -n "$(execute "show databases like '$database'")" ]; then
  if ! sh "$here/dump.sh" "$database" >"$before"; then
    rm -f "$before"
    echo "$database cannot be kept, and is as it was. To restore all the same, drop it first." >&2
    exit 1
  fi
  gzip "$before"
  execute "drop database \`$database\`"
fi
execute "create database \`$database\`"
sh "$here/load.sh" "$backup" "$database"
echo "$database is that of $backup; the one before is $before.gz"

#!/bin/sh
# Restores a backup into a database that is empty, and writes that as SQL again: both must be the same.
# usage: load.sh BACKUP DATABASE [OPTION OF mysql...]
set -eu
umask 077
backup=${1:?is missing: the backup, such as .../2030-01-31T120000Z.sql.gz}
database=${2:?is missing: the name of a database}
shift 2
sql=${backup%.sql.gz}.part.sql
trap 'rm -f "$sql" "$sql.restored"' EXIT

checksum() {
  # A restored table names the character set of its columns, which the one before left to the table.
  sed 's/ CHARACTER SET [a-z0-9]*//g' "$1" | sha256sum
}

gunzip -c "$backup" >"$sql"
mysql --no-defaults "$@" --user root "$database" <"$sql"
# The exit status of mysqldump would be lost in a pipe.
sh "$(dirname "$0")/dump.sh" "$database" "$@" >"$sql.restored"
if [ "$(checksum "$sql")" != "$(checksum "$sql.restored")" ]; then
  echo "$database has other rows than $backup." >&2
  exit 1
fi

#!/bin/sh
# Takes a backup of the database MYSQL_DATABASE of MYSQL_HOST: TIME.sql.gz.
# Backups older than BACKUP_KEEP_DAYS are deleted. usage: take.sh FOLDER
set -eu
umask 077
folder=${1:?is missing: the folder for backups}
mkdir -p "$folder"
name=$folder/$(date -u +%Y-%m-%dT%H%M%SZ)
part=$name.part
trap 'rm -f "$part" "$part.gz"' EXIT

if ! sh "$(dirname "$0")/dump.sh" "$MYSQL_DATABASE" >"$part"; then
  echo "mysqldump has failed: there is no new backup." >&2
  exit 1
fi
gzip "$part"
# It is a backup as soon as it has its name.
mv "$part.gz" "$name.sql.gz"
echo "backup $name.sql.gz: $(wc -c <"$name.sql.gz") bytes"
find "$folder" -maxdepth 1 \( -name '[0-9]*.sql.gz' -o -name '*.part*' \) -mtime "+${BACKUP_KEEP_DAYS:-7}" -delete

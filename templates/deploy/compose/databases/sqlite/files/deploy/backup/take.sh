#!/bin/sh
# Takes a backup of the SQLite database while the API goes on writing, and deletes those older than BACKUP_KEEP_DAYS.
# usage: take.sh FOLDER, with DATABASE_FILE
set -eu
umask 077
folder=${1:?is missing: the folder for backups}
python3 "$(dirname "$0")/backup.py" take "${DATABASE_FILE:?is missing}" "$folder/$(date -u +%Y-%m-%dT%H%M%SZ).db"
find "$folder" -maxdepth 1 -type f \( -name '*.db' -o -name '*.rows' -o -name '*.part' \) -mtime "+${BACKUP_KEEP_DAYS:-7}" -delete

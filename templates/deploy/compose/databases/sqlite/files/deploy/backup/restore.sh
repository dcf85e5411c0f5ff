#!/bin/sh
# Puts a backup in the place of the database, which is kept beside it. The API must not run.
# usage: restore.sh BACKUP, with DATABASE_FILE
set -eu
umask 077
backup=${1:?is missing: the file of a backup}
exec python3 "$(dirname "$0")/backup.py" restore "$backup" "${DATABASE_FILE:?is missing}"

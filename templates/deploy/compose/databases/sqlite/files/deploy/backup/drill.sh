#!/bin/sh
# Restores the newest backup into a folder that is emptied afterwards, and compares it with what the database had.
# usage: drill.sh FOLDER SCRATCH
set -eu
umask 077
folder=${1:?is missing: the folder with backups}
scratch=${2:?is missing: a folder for the copy}
newest=$(find "$folder" -maxdepth 1 -type f -name '[0-9]*.db' | sort | tail -n 1)
if [ -z "$newest" ]; then
  echo "There is no backup in $folder." >&2
  exit 1
fi
rm -rf "$scratch"
mkdir "$scratch"
trap 'rm -rf "$scratch"' EXIT
python3 "$(dirname "$0")/backup.py" restore "$newest" "$scratch/app.db"

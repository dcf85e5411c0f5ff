#!/bin/sh
# Takes a backup every BACKUP_EVERY_S seconds, and every RESTORE_EVERY_S seconds restores the newest one somewhere else.
# FOLDER/metrics has the time of the last success of each for Prometheus. usage: run.sh FOLDER
set -eu
folder=${1:?is missing: the folder for backups}
here=$(dirname "$0")
mkdir -p "$folder/metrics"

# usage: publish NAME LINE...
publish() {
  file=$folder/metrics/$1.prom
  shift
  printf '%s\n' "$@" >"$file.part"
  mv "$file.part" "$file"
}

publish intervals "backup_interval_seconds $BACKUP_EVERY_S" "restore_interval_seconds $RESTORE_EVERY_S"
for what in backup restore; do
  [ -e "$folder/metrics/$what.prom" ] || publish "$what" "${what}_last_success_timestamp_seconds 0"
done
restored=0
while :; do
  started=$(date +%s)
  pause=$BACKUP_EVERY_S
  if sh "$here/take.sh" "$folder"; then
    publish backup "backup_last_success_timestamp_seconds $(date +%s)"
  else
    echo "The backup has failed." >&2
    # As before the first migration.
    pause=$((BACKUP_EVERY_S < 60 ? BACKUP_EVERY_S : 60))
  fi
  if [ $((started - restored)) -ge "$RESTORE_EVERY_S" ]; then
    begun=$(date +%s)
    if sh "$here/drill.sh" "$folder" "$folder/scratch"; then
      restored=$started
      ended=$(date +%s)
      publish restore "restore_last_success_timestamp_seconds $ended" "restore_duration_seconds $((ended - begun))"
    else
      echo "The newest backup could not be restored." >&2
    fi
  fi
  left=$((started + pause - $(date +%s)))
  sleep "$((left > 0 ? left : 1))"
done

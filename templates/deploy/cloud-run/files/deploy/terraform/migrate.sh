#!/bin/sh
# Runs the migration job to its end. `terraform apply` calls it before it rolls out a new version.
set -eu

# usage: ask METHOD RESOURCE [OPTION OF curl]...
ask() {
  method=$1 resource=$2
  shift 2
  echo "Authorization: Bearer $TOKEN" |
    curl --silent --show-error --fail-with-body --request "$method" --header @- "$@" "https://run.googleapis.com/v2/$resource"
}

operation=$(ask POST "$JOB:run" --data '')
execution=$(echo "$operation" | grep -o 'projects/[^"]*/executions/[^"]*' | head -n 1)
echo "Migrating in $execution"

while :; do
  state=$(ask GET "$execution" --retry 5 --retry-all-errors)
  case $state in *'"completionTime"'*) break ;; esac
  sleep 5
done

case $state in
  *'"succeededCount": 1'[!0-9]*) echo "Migrated" ;;
  *)
    echo "The migration did not succeed: $(echo "$state" | grep -o 'https://console[^"]*' | head -n 1)" >&2
    exit 1
    ;;
esac

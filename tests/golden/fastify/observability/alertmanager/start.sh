#!/bin/sh
# Writes the configuration for the receivers of the environment, and starts Alertmanager with the options given.
# ALERT_RECEIVER: https://hooks.slack.com/..., the URL of another webhook, or smtp://USER:PASSWORD@HOST:PORT/ADDRESS
# ALERT_WATCHDOG: the URL of a service that raises the alarm when nothing has called it for ten minutes
# usage: start.sh CONFIGURATION [OPTION]...
set -eu
umask 077
file=${1:?is missing: the file to write the configuration to}
shift

quoted() {
  printf "'%s'" "$(printf %s "$1" | sed "s/'/''/g")"
}

receivers() {
  case ${ALERT_RECEIVER:-} in
    '') ;;
    https://hooks.slack.com/*)
      echo "    slack_configs:"
      echo "      - api_url: $(quoted "$ALERT_RECEIVER")"
      echo "        send_resolved: true"
      ;;
    http://* | https://*)
      echo "    webhook_configs:"
      echo "      - url: $(quoted "$ALERT_RECEIVER")"
      ;;
    smtp://*:*@*/*@*)
      rest=${ALERT_RECEIVER#smtp://}
      address=${rest##*/}
      rest=${rest%/*}
      account=${rest%@*}
      echo "    email_configs:"
      echo "      - to: $(quoted "$address")"
      echo "        from: $(quoted "$address")"
      echo "        smarthost: $(quoted "${rest##*@}")"
      echo "        auth_username: $(quoted "${account%%:*}")"
      echo "        auth_password: $(quoted "${account#*:}")"
      echo "        send_resolved: true"
      ;;
    *)
      echo "ALERT_RECEIVER must be an http(s) URL or smtp://USER:PASSWORD@HOST:PORT/ADDRESS" >&2
      return 1
      ;;
  esac
  echo "  - name: watchdog"
  if [ -n "${ALERT_WATCHDOG:-}" ]; then
    echo "    webhook_configs:"
    echo "      - url: $(quoted "$ALERT_WATCHDOG")"
    echo "        send_resolved: false"
  fi
}

team=$(receivers)
cat >"$file" <<END
route:
  receiver: team
  group_by: [alertname, environment, job]
  group_wait: 1m
  group_interval: 5m
  repeat_interval: 12h
  routes:
    - matchers: ['severity="none"']
      receiver: watchdog
      group_wait: 0s
      group_interval: 1m
      repeat_interval: 3m
    - matchers: ['severity="critical"']
      receiver: team
      group_wait: 10s
      repeat_interval: 1h
receivers:
  - name: team
$team
END
exec alertmanager --config.file="$file" "$@"

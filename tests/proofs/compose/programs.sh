#!/usr/bin/env bash
# Fetches nginx, PgBouncer and Docker Compose in the versions of Debian's unstable, whose stable ones are older than what
# projects are made for. usage: programs.sh FOLDER; leaves FOLDER/usr, and FOLDER/bin/pgbouncer, which runs on this machine.
set -euo pipefail
exec bash "$(dirname "$0")/../../unstable.sh" "$1" pgbouncer nginx pgbouncer docker-compose libc6 libgcc-s1 libssl3t64 libpcre2-8-0 \
  zlib1g libcrypt1 libzstd1 libcares2 libevent-2.1-7t64 libldap2 libsasl2-2 libpam0g libsystemd0 libaudit1 libcap-ng0 libcap2

#!/usr/bin/env bash
# Fetches nginx, PgBouncer and Docker Compose in the versions of Debian's unstable, whose stable ones are older than what
# projects are made for, beside the programs of this machine. usage: programs.sh FOLDER; leaves FOLDER/usr, and
# FOLDER/bin/pgbouncer, which runs on this machine.
set -euo pipefail
root=$1
[ -e "$root/bin/pgbouncer" ] && exit
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt"/{lists,archives,packages}/partial "$root"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian sid main" >"$apt/sources.list"
options=(-o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$apt/lists"
  -o "Dir::Cache=$apt" -o APT::Sandbox::User=root -o Acquire::Languages=none)
apt-get "${options[@]}" update -qq
(
  cd "$apt/packages"
  apt-get "${options[@]}" download -qq nginx pgbouncer docker-compose libc6 libgcc-s1 libssl3t64 libpcre2-8-0 zlib1g libcrypt1 \
    libzstd1 libcares2 libevent-2.1-7t64 libldap2 libsasl2-2 libpam0g libsystemd0 libaudit1 libcap-ng0 libcap2
  for package in *.deb; do dpkg -x "$package" "$root"; done
)
# With the C library that it was made for, which is not that of this machine.
libraries=$root/usr/lib/$(uname -m)-linux-gnu
mkdir "$root/bin"
printf '#!/bin/sh\nexec %s --library-path %s %s "$@"\n' "$libraries"/ld-linux-*.so.* "$libraries" "$root/usr/sbin/pgbouncer" >"$root/bin/pgbouncer"
chmod +x "$root/bin/pgbouncer"

#!/usr/bin/env bash
# Makes images of the services of compose.yaml out of programs of this machine, under the names that the file asks for, for
# machines that reach no container registry. The programs are the real ones; the file systems around them are bare.
# usage: stand-ins.sh PROGRAMS (see programs.sh); docker is told by DOCKER_HOST
set -euo pipefail
programs=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
postgresql=$(find /usr/lib/postgresql -maxdepth 1 -name '[0-9]*' | sort -V | tail -1)

image() { sed -n "s/^FROM \(.*\) AS $1$/\1/p" templates/versions/Dockerfile; }

# An empty file system with a shell and a user. usage: bare NAME USER UID
bare() {
  local root=$work/$1
  mkdir -p "$root"/{bin,etc,tmp,usr/bin,usr/lib,usr/lib64}
  chmod 1777 "$root/tmp"
  ln -s usr/lib "$root/lib"
  ln -s usr/lib64 "$root/lib64"
  busybox --list | while read -r name; do ln -s busybox "$root/bin/$name"; done
  cp --remove-destination "$(command -v busybox)" "$root/bin/busybox"
  printf 'root:x:0:0::/:/bin/sh\n%s:x:%s:%s::/tmp:/bin/sh\n' "$2" "$3" "$3" >"$root/etc/passwd"
  printf 'root:x:0:\n%s:x:%s:\n' "$2" "$3" >"$root/etc/group"
}

# Programs of this machine with their libraries. usage: add NAME FILE...
add() {
  local root=$work/$1 file library
  shift
  for file in "$@"; do
    cp -L --parents "$file" "$root"
    ldd "$file" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do cp -Ln --parents "$library" "$root"; done || true
  done
}

# usage: finish NAME [CHANGE]...
finish() {
  local name=$1 change options=()
  shift
  options+=(--change "ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/bin")
  for change in "$@"; do options+=(--change "$change"); done
  tar -C "$work/$name" -c . | docker import "${options[@]}" - "$(image "$name")" >/dev/null
}

bare nginx nginx 101
cp -a "$programs/usr/lib" "$programs/usr/lib64" "$work/nginx/usr/"
install -D "$programs/usr/sbin/nginx" "$work/nginx/usr/sbin/nginx"
finish nginx 'CMD ["nginx", "-g", "daemon off;"]'

bare redis redis 999
add redis /usr/bin/redis-server /usr/bin/redis-cli
# The official program is compiled so that it lets in other hosts without a password.
printf '#!/bin/sh\nexec /usr/bin/redis-server "$@" --protected-mode no\n' | install -D -m755 /dev/stdin "$work/redis/usr/local/bin/redis-server"
install -d -o 999 -g 999 "$work/redis/data"
finish redis 'WORKDIR /data'

bare pgbouncer postgres 70
cp -a "$programs/usr/lib" "$programs/usr/lib64" "$work/pgbouncer/usr/"
install -D "$programs/usr/sbin/pgbouncer" "$work/pgbouncer/usr/bin/pgbouncer"
add pgbouncer "$postgresql/bin/pg_isready"
ln -s "$postgresql/bin/pg_isready" "$work/pgbouncer/usr/bin/pg_isready"
finish pgbouncer

bare postgresql postgres 999
add postgresql "$postgresql"/bin/{initdb,postgres,pg_isready,pg_ctl,pg_basebackup,psql,pg_dump,pg_restore,createdb,dropdb} "$postgresql"/lib/*.so
mkdir -p "$work/postgresql"{/usr/share/postgresql,/usr/local/bin,/var/lib/postgresql}
cp -a "/usr/share/postgresql/${postgresql##*/}" "$work/postgresql/usr/share/postgresql/"
cp -a /usr/share/zoneinfo "$work/postgresql/usr/share/"
ln -s "$postgresql"/bin/* "$work/postgresql/usr/local/bin/"
install -d -m 3777 "$work/postgresql/var/run/postgresql"
chown 999:999 "$work/postgresql"/var/{lib,run}/postgresql
cat >"$work/postgresql/usr/local/bin/docker-entrypoint.sh" <<'END'
#!/bin/sh
# What the official image does with these variables.
set -eu
if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  echo "$POSTGRES_PASSWORD" >/tmp/password
  initdb -D "$PGDATA" -U "$POSTGRES_USER" --pwfile=/tmp/password --auth-local=trust --auth-host=trust --no-locale -E UTF8
  rm /tmp/password
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  echo "create database \"$POSTGRES_DB\"" | postgres --single -D "$PGDATA" postgres
fi
exec "$@"
END
chmod +x "$work/postgresql/usr/local/bin/docker-entrypoint.sh"
finish postgresql 'ENV PGDATA=/var/lib/postgresql/18/docker' 'VOLUME /var/lib/postgresql' \
  'ENTRYPOINT ["docker-entrypoint.sh"]' 'CMD ["postgres"]'

#!/bin/sh
# Where the database is and who may ask come from the environment: no secret stands in a file of the repository.
set -eu
umask 077
mkdir -p /tmp/pooler

# usage: user NAME PASSWORD
user() {
  printf '"%s" "%s"\n' "$1" "$(printf %s "$2" | sed 's/"/""/g')"
}
{
  user "$PGUSER" "$PGPASSWORD"
  user stats "$STATS_PASSWORD"
} >/tmp/pooler/users.txt

# In milliseconds. They hold for every connection that is lent; migrations do not come this way.
statement=${DB_STATEMENT_TIMEOUT_MS:-3000}
limits="set statement_timeout = $statement; set lock_timeout = $((statement / 2))"
limits="$limits; set idle_in_transaction_session_timeout = ${REQUEST_TIMEOUT_MS:-5000}"
pool="port=${PGPORT:-5432} pool_size=$POOL_SIZE min_pool_size=$POOL_SIZE max_db_connections=$POOL_SIZE connect_query='$limits'"

cat >/tmp/pooler/databases.ini <<END
[databases]
$PGDATABASE = host=$PGHOST $pool
${PGREPLICA:+replica = host=$PGREPLICA dbname=$PGDATABASE $pool}
END

cat >/tmp/pooler/tls.ini <<END
server_tls_sslmode = ${PGSSLMODE:-prefer}
server_tls_ca_file = ${PGSSLROOTCERT:-}
END

unset PGPASSWORD STATS_PASSWORD
exec pgbouncer "$(dirname "$0")/pooler.ini"

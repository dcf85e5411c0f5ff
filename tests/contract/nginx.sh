#!/bin/sh
# The load balancer of a Compose deployment: nginx with the project's own deploy/nginx.conf, before the instances of verify.
# Without the directives of nginx 1.27.3 and newer by which it looks for containers.
set -eu
folder=$(mktemp -d)
# The workers are another user.
chmod 755 "$folder"
servers=""
for instance in $BALANCER_INSTANCES; do servers="${servers}server $instance max_fails=3 fail_timeout=2s; "; done
sed -e "s|server api:3000 .*|$servers|" -e '/^ *resolver /d' -e "s|listen 8080 |listen 127.0.0.1:$BALANCER_PORT |" \
  -e "s|/tmp/|$folder/|; s|/dev/std[a-z]*|$folder/log|" deploy/nginx.conf >"$folder/nginx.conf"
nginx -c "$folder/nginx.conf" -g 'daemon off;' &
trap 'kill $!; wait; rm -rf "$folder"; exit 0' TERM INT
wait

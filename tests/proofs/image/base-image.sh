#!/usr/bin/env bash
# Makes a stand-in for the base image of a language out of this Debian host's own packages, for machines that reach no
# container registry. usage: base-image.sh FOLDER node NODE_BINARY | base-image.sh FOLDER python; leaves FOLDER/base.tar
set -euo pipefail
work=$1 language=$2
root=$work/rootfs
rm -rf "$root"
mkdir -p "$root"

needed() { # the packages named and all that they depend on
  local queue="$*" seen="" package
  while [ -n "$queue" ]; do
    set -- $queue
    package=$1
    shift
    queue="$*"
    case " $seen " in *" $package "*) continue ;; esac
    dpkg -s "$package" >/dev/null 2>&1 || continue
    seen="$seen $package"
    queue="$queue $(dpkg-query -W -f '${Pre-Depends}, ${Depends}' "$package" | tr ',' '\n' | sed 's/|.*//; s/(.*//; s/:any//' | tr '\n' ' ')"
  done
  echo "$seen"
}

for folder in bin sbin lib lib64; do
  if [ -L "/$folder" ]; then mkdir -p "$root/usr/$folder" && ln -s "usr/$folder" "$root/$folder"; fi
done
packages=""
[ "$language" = python ] && packages="python3 python3-venv python3-pip"
# shellcheck disable=SC2046,SC2086
dpkg -L $(needed $packages base-files base-passwd bash dash coreutils sed grep findutils tar gzip util-linux passwd login libstdc++6 ca-certificates hostname debianutils mawk) |
  sort -u | grep -v -E '^/usr/share/(doc|man|locale|info)' |
  while read -r file; do
    if [ -d "$file" ] && [ ! -L "$file" ]; then continue; fi
    if [ -e "$file" ]; then echo "${file#/}"; fi
  done | sed -E 's#^(bin|sbin|lib|lib64)/#usr/\1/#' | sort -u >"$work/files.list"
tar -C / --ignore-failed-read -cf - -T "$work/files.list" 2>/dev/null | tar -C "$root" -xf -

mkdir -p "$root"/{tmp,proc,sys,dev,root,var/tmp,run,etc/ssl/certs,usr/local/bin}
chmod 1777 "$root/tmp" "$root/var/tmp"
echo 'root:x:0:0:root:/root:/bin/bash' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
[ -e "$root/usr/bin/sh" ] || ln -s dash "$root/usr/bin/sh"
[ -e "$root/usr/bin/awk" ] || ln -s mawk "$root/usr/bin/awk"
ldconfig -r "$root"

if [ "$language" = node ]; then
  # As the official image has it.
  echo 'node:x:1000:1000::/home/node:/bin/bash' >>"$root/etc/passwd"
  echo 'node:x:1000:' >>"$root/etc/group"
  install -d -o 1000 -g 1000 "$root/home/node"
  install -D -m755 "$3" "$root/usr/local/bin/node"
  mkdir -p "$root/usr/local/lib/node_modules"
  cp -a "$(npm root -g)/npm" "$root/usr/local/lib/node_modules/npm"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
else
  # As the official image has them, where pip may install what it likes.
  rm -f "$root"/usr/lib/python3*/EXTERNALLY-MANAGED
  for name in python python3; do ln -sf /usr/bin/python3 "$root/usr/local/bin/$name"; done
fi
tar -C "$root" --numeric-owner -cf "$work/base.tar" .

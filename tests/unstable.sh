#!/usr/bin/env bash
# Unpacks packages of Debian's unstable beside the programs of this machine, which has older ones, or none.
# usage: unstable.sh FOLDER PROGRAM,... PACKAGE...; leaves FOLDER/usr, and FOLDER/bin/PROGRAM with the C library that it was made for
set -euo pipefail
root=$1
IFS=, read -ra programs <<<"$2"
shift 2
[ -e "$root/bin/${programs[0]}" ] && exit
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt"/{lists,archives,packages}/partial "$root"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian sid main" >"$apt/sources.list"
options=(-o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$apt/lists"
  -o "Dir::Cache=$apt" -o APT::Sandbox::User=root -o Acquire::Languages=none)
apt-get "${options[@]}" update -qq
(
  cd "$apt/packages"
  apt-get "${options[@]}" download -qq "$@"
  for package in *.deb; do dpkg -x "$package" "$root"; done
)
libraries=$root/usr/lib/$(uname -m)-linux-gnu
mkdir -p "$root/bin.part"
for program in "${programs[@]}"; do
  file=$(ls "$root"/usr/*bin/"$program")
  printf '#!/bin/sh\nexec %s --library-path %s --argv0 %s %s "$@"\n' \
    "$libraries"/ld-linux-*.so.* "$libraries" "$file" "$file" >"$root/bin.part/$program"
  chmod +x "$root/bin.part/$program"
done
mv "$root/bin.part" "$root/bin"

#!/bin/bash
# From the sources of belljar to a build of GNU hello that was rebuilt, from its record alone, to the same bytes.
# The store is kept, so that a second demo shows what a store is good for; BELLJAR_STORE chooses another.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/places.sh
umask 022

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# timed PART COMMAND...: shows what the command prints, keeps it in $out/PART, and the seconds in took[PART].
declare -A took
timed() {
    local part=$1 begin=$EPOCHREALTIME
    shift
    "$@" | tee "$out/$part"
    took[$part]=$(awk -v from="$begin" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", to - from }')
}
title() { printf '\n== %s\n' "$1"; }

# Builds of a belljar that root started run as an unprivileged account, which has to reach the store.
if [ -n "${BELLJAR_STORE:-}" ]; then
    store=$BELLJAR_STORE
elif [ "$is_root" = yes ]; then
    store=/var/lib/belljar-demo
else
    store=$PWD/.build/demo-store
fi
export BELLJAR_STORE=$store
belljar=$PWD/.build/release/belljar

title "compile belljar"
timed compile Scripts/build.sh

title "can this host run it?"
"$belljar" doctor

title "the toolchain, from its lock"
timed toolchain "$belljar" toolchain build debian-12-c

title "build GNU hello"
timed build "$belljar" build hello --output "$out"
record=$(sed -nE 's/.* record (sha256:[0-9a-f]{64})$/\1/p' "$out/build")

title "rebuild it from the record alone"
timed rebuild "$belljar" rebuild "$record"
verdict=$(sed -nE 's/^verdict: ([a-z]+) .*/\1/p' "$out/rebuild")

title "is this file what the record says? does it run?"
"$belljar" verify "$out/hello/usr/bin/hello" "$record"
"$out/hello/usr/bin/hello"

title "summary"
echo "record   $record"
echo "verdict  $verdict"
echo "compile ${took[compile]} s, toolchain ${took[toolchain]} s, build ${took[build]} s, rebuild ${took[rebuild]} s"

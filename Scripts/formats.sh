#!/bin/bash
# Compiles belljar with one control more than it has, and runs the tests of formats with it: records, recipes and stores
# of before have to be read and rebuilt as ever, while a build of today has another key. Takes as long as compiling
# everything once, so it is run when a format changes and not with every test.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

export BELLJAR_PRETENDED_CONTROL=1
swift build --build-tests --scratch-path .build/pretended
work=$(mktemp -d /tmp/belljar-formats-XXXXXX)
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
mkdir "$work"/{home,store,tmp}
prefix=()
if [ "$(id -u)" -eq 0 ]; then
    chmod 755 "$work"
    chown -R 65534:65534 "$work"/*
    prefix=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
"${prefix[@]}" env NO_COLOR=1 HOME="$work/home" BELLJAR_STORE="$work/store" TMPDIR="$work/tmp" \
    .build/pretended/debug/belljarPackageTests.xctest --testing-library swift-testing \
    --filter 'FormatTests|OldWorldTests|RecordCodecTests' </dev/null

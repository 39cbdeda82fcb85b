#!/bin/bash
# Compiles belljar with one control more than it has, and runs the tests of formats with it: records, recipes and stores
# of before have to be read and rebuilt as ever, while a build of today has another key. Takes as long as compiling
# everything once, so it is run when a format changes and not with every test.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022
. Scripts/places.sh

export BELLJAR_PRETENDED_CONTROL=1
swift build --build-tests --scratch-path .build/pretended
work=$(mktemp -d /tmp/belljar-formats-XXXXXX)
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
chmod 755 "$work"
as_ordinary "$work/places" .build/pretended/debug/belljarPackageTests.xctest --testing-library swift-testing \
    --filter 'FormatTests|OldWorldTests|RecordCodecTests'

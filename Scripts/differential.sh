#!/bin/bash
# `differential.sh SECONDS`: for that long, random sequences of operations on files with every control and with none, and
# says where their results differ. Started by root, it runs as uid 65534.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/places.sh
umask 022

swift build --build-tests
work=$(mktemp -d /tmp/belljar-differential-XXXXXX)
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
chmod 755 "$work"
as_ordinary "$work/places" env BELLJAR_DIFFERENTIAL_SECONDS="${1:-60}" \
    .build/debug/belljarPackageTests.xctest --testing-library swift-testing --filter manySequences

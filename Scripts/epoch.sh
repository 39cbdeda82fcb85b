#!/bin/bash
# Prints the time that files of a package get: SOURCE_DATE_EPOCH, else that of the last commit, else that of the newest entry of
# CHANGELOG.md, for a checkout without git or of another user.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then
    echo "$SOURCE_DATE_EPOCH"
else
    git log -1 --format=%ct 2>/dev/null || stat --format=%Y CHANGELOG.md
fi

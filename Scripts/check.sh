#!/bin/bash
# What a change needs while it is being made: the style of the files that it touches, the rules of Tests/TidyTests, and the
# unit tests of the modules that it touches. Everything else, and all that starts sandboxes, is `make test`.
#
#     check.sh [MODULE...]      the modules that git finds changed if none is named
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022
. Scripts/places.sh

changed() { { git diff --name-only HEAD && git ls-files --others --exclude-standard; } | sort -u; }

# Modules whose tests start sandboxes or run whole commands.
is_slow() { case $1 in BelljarSandbox | BelljarCommand | BelljarToolchain | belljar | belljar-init) true ;; *) false ;; esac; }

mapfile -t swift < <(changed | grep '\.swift$' | while read -r file; do [ ! -e "$file" ] || echo "$file"; done)
[ "${#swift[@]}" -eq 0 ] || swift format lint --strict --parallel "${swift[@]}"

modules=("$@")
[ "$#" -gt 0 ] || mapfile -t modules < <(changed | sed -nE 's#^(Sources|Tests)/([A-Za-z-]+)/.*\.swift$#\2#p' | sed 's/Tests$//' | sort -u)
filters=(--filter '^TidyTests\.')
for module in "${modules[@]}"; do
    if is_slow "$module"; then
        echo "check: the tests of $module are left to make test" >&2
    else
        filters+=(--filter "^${module}Tests\\.")
    fi
done

swift build --build-tests --quiet
work=$(mktemp -d /tmp/belljar-check-XXXXXX)
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
chmod 755 "$work"
status=0
as_ordinary "$work/places" .build/debug/belljarPackageTests.xctest --testing-library swift-testing "${filters[@]}" 2>&1 |
    grep -vE '^(◇|➜) |^✔ (Test [^r]|Suite)|^↳ ' || status=${PIPESTATUS[0]}
exit "$status"

#!/bin/bash
# Shows that every control matters: the probe that does everything wrong is built with all controls, twice, and then once
# with each control set to real, which has to change what comes out.
#
# BELLJAR_BIN and BATTERY_STORE as in battery.sh, whose images it uses.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/places.sh

# `owners` is real unless a recipe asks for fake root.
controls=(addresses clock cpu fs identity memory mtimes order random stat)
bin=${BELLJAR_BIN:-$PWD/.build/release}
if [ "$is_root" = yes ]; then store=${BATTERY_STORE:-/var/lib/belljar-battery}; else store=${BATTERY_STORE:-$PWD/.build/battery-store}; fi
work=$(mktemp -d /tmp/belljar-culprits-XXXXXX)
trap 'chmod -R u+rwX "$work" 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir -p "$work"/{bin,home,out,project/Recipes,store}
cp "$bin/belljar" "$bin/belljar-init" "$work/bin"
cp -r Toolchains "$work/project/"
cp -r Tests/Fixtures/Probes/wrong "$work/project/Recipes/"
mkdir "$work/project/Recipes/wrong/names"
(cd "$work/project/Recipes/wrong/names" && seq -f 'name-%03g' 200 | shuf | xargs touch && echo seed >seed)
mkdir -p "$store"
give_ordinary "$work" "$store"
chmod 755 "$work"

# build NAME [OPTION...]: leaves what the build saw in out/NAME.
build() {
    local name=$1
    shift
    "${ordinary[@]}" env HOME="$work/home" "$work/bin/belljar" build --quiet --no-cache --project "$work/project" --store "$store" \
        --output "$work/out/$name" "$@" wrong >"$work/log" 2>&1 || {
        cat "$work/log" >&2
        return 1
    }
}

passed=0 failed=0
judge() {
    printf '%-12s %s\n' "$1" "$3"
    if [ "$2" = yes ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

build all
build again
if cmp -s "$work/out/all/wrong/everything.txt" "$work/out/again/wrong/everything.txt"; then
    judge all yes 'the same in two builds'
else
    judge all no 'DIFFERS between two builds:'
    diff -a "$work/out/all/wrong/everything.txt" "$work/out/again/wrong/everything.txt" | cut -c1-160 | head -n 10 || true
fi
for control in "${controls[@]}"; do
    build "$control" --control "$control=real"
    changed=$(diff -a "$work/out/all/wrong/everything.txt" "$work/out/$control/wrong/everything.txt" | grep -ac '^>') || true
    if [ "$changed" -gt 0 ]; then
        judge "$control" yes "real: $changed lines change"
    else
        judge "$control" no 'real: NOTHING changes'
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

#!/bin/bash
# Measures belljar beside other tools and prints a table: goals beside figures, all from this one run. With names of
# sections (`bench.sh world init`) only those. Takes about ten
# minutes and 8 GB below /var/tmp, which it gives back. Started by root, it measures as uid 65534 (only mmdebstrap is
# root, which is how it is fastest).
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/places.sh
umask 022

swift build --package-path Benchmarks --configuration release >&2
work=$(mktemp -d /var/tmp/belljar-bench-XXXXXX)
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT

# Copies, because the checkout may be in a folder that uid 65534 cannot enter.
mkdir "$work/programs" "$work/checkout"
# As they are installed.
for program in belljar belljar-init; do strip -o "$work/programs/$program" ".build/release/$program"; done
cp -r Toolchains Recipes "$work/checkout/"
chmod -R go+rX "$work"
[ "$is_root" = no ] || chown "$ordinary_uid:$ordinary_uid" "$work"

BELLJAR_BENCH_WORK=$work BELLJAR_BENCH_PROGRAMS=$work/programs BELLJAR_BENCH_CHECKOUT=$work/checkout \
    Benchmarks/.build/release/bench "$@"

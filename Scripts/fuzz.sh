#!/bin/bash
# `fuzz.sh SECONDS [TARGET...]`: gives each reader of foreign bytes mutated input for that long, under libFuzzer and
# AddressSanitizer, two readers at a time. What is found stays in Fuzz/.corpus; an input that crashes a reader is made as
# small as it can be and kept in Fuzz/Regressions, where the tests run it from then on.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

seconds=${1:-60}
shift || true
export SWIFT_BACKTRACE=enable=no
# Swift's -sanitize is given as one word: SwiftPM's own --sanitize leaves the coverage out when there are two.
swift build --package-path Fuzz --product belljar-fuzz -Xswiftc -sanitize=fuzzer,address 2>&1 |
    { grep -vE "^/usr/bin/ld.gold: warning: Cannot export local symbol '__asan" || true; }
program=$PWD/Fuzz/.build/debug/belljar-fuzz
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(sed -n 's/^    case \([a-z, ]*\)$/\1/p' Fuzz/Targets/FuzzTarget.swift | tr -d ' ' | tr , '\n')
work=$(mktemp -d /tmp/belljar-fuzz-XXXXXX)
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT

# fuzz_target NAME: leaves NAME.line in the work folder, and fails if an input crashed the reader.
fuzz_target() {
    local name=$1 corpus=Fuzz/.corpus/$1 found=$work/$1 seeds=() dictionary=() status=0
    mkdir -p "$corpus" "$found/samples" "$found/tmp"
    [ ! -d "Fuzz/Seeds/$name" ] || seeds=("Fuzz/Seeds/$name")
    [ ! -f "Fuzz/Dictionaries/$name" ] || dictionary=("-dict=Fuzz/Dictionaries/$name")
    export BELLJAR_FUZZ_TARGET=$name TMPDIR=$found/tmp
    BELLJAR_FUZZ_SAMPLES=$found/samples "$program" || return 1
    "$program" -max_total_time="$seconds" -max_len=16384 -timeout=20 -rss_limit_mb=2048 -malloc_limit_mb=512 \
        -print_final_stats=1 "${dictionary[@]}" -artifact_prefix="$found/" "$corpus" "$found/samples" "${seeds[@]}" \
        >"$found/log" 2>&1 || status=$?
    local runs coverage crashes
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$found/log" | tail -n 1)
    coverage=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$found/log" | tail -n 1)
    crashes=$(find "$found" -maxdepth 1 -type f -name '*-*' | wc -l)
    printf '%-10s %10s executions  coverage %5s  crashes %s\n' \
        "$name" "${runs:-0}" "${coverage:-0}" "$crashes" >"$work/$name.line"
    [ "$status" -ne 0 ] || return 0
    keep "$name" "$found"
    return 1
}

# keep NAME FOLDER: makes what was found smaller and puts it where the tests look.
keep() {
    local input smallest
    mkdir -p "Fuzz/Regressions/$1"
    for input in "$2"/*-*; do
        [ -f "$input" ] || continue
        smallest=$2/smallest
        "$program" -minimize_crash=1 -runs=100000 -max_total_time=60 -exact_artifact_path="$smallest" "$input" \
            >"$2/minimise.log" 2>&1 || true
        [ -s "$smallest" ] || cp "$input" "$smallest"
        cp "$smallest" "Fuzz/Regressions/$1/$(sha256sum "$smallest" | cut -c 1-16)"
        rm -f "$smallest"
    done
    { grep -aE '^(SUMMARY|ERROR|==[0-9]+==ERROR|.*Fatal error)' "$2/log" || tail -n 5 "$2/log"; } | sed "s/^/$1: /"
}

passed=0 failed=0 running=()
finish() {
    local name=${1%%:*} status=0
    wait "${1##*:}" || status=$?
    cat "$work/$name.line" 2>/dev/null || echo "$name did not run"
    if [ "$status" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}
for name in "${targets[@]}"; do
    if [ "${#running[@]}" -ge 2 ]; then
        finish "${running[0]}"
        running=("${running[@]:1}")
    fi
    fuzz_target "$name" &
    running+=("$name:$!")
done
for entry in "${running[@]}"; do finish "$entry"; done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

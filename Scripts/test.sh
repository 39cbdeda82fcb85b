#!/bin/bash
# Compiles with tests, checks the style, and runs every test, the probes that need no large toolchain, what is installed and packed, and
# the first hour of a newcomer: README.md, typed as it is printed, small projects, and the workflows for CI; and pages of diff in a
# browser.
#
# Root can do what belljar's users cannot, and would hide their failures: started by root, the tests run as uid 65534.
# Those with AsRoot in their names run as root, and those of the command run once more as root, which has to end alike.
# Swift bakes the folder's path into the tests, so a checkout that this uid cannot enter (below /root, say) is copied to
# a place that it can, and built there.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022
. Scripts/places.sh

move_to_readable_copy() {
    local copy=/var/lib/belljar-test/checkout
    echo "test: uid $ordinary_uid cannot read $PWD; building in $copy" >&2
    # The build folder stays, so that the next run compiles only what changed.
    mkdir -p "$copy/.build"
    find "$copy" -mindepth 1 -maxdepth 1 ! -name .build -exec rm -rf {} +
    tar --create --exclude=./.build --exclude=./.git --exclude='./.build[-_]*' . | tar --extract --directory "$copy"
    chmod -R go+rX "$copy"
    cd "$copy"
}

if [ "$is_root" = yes ] && ! "${ordinary[@]}" test -r "$PWD/Package.swift" -a -r "$PWD/Sources"; then
    move_to_readable_copy
fi

Scripts/setup.sh tests
Scripts/format.sh lint
swift build --build-tests
bundle=$PWD/.build/debug/belljarPackageTests.xctest

# The tests find a home, a store and a folder for temporary files that are theirs alone.
work=$(mktemp -d /tmp/belljar-test-XXXXXX)
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
chmod 755 "$work"

# run_tests NAME as_ordinary|as_caller [OPTION...]: runs the bundle and returns its exit status. Leaves NAME/log and
# NAME/result.xml; prints the log where something failed, without the lines that say what went well.
run_tests() {
    local name=$1 who=$2 folder=$work/$1 status=0
    shift 2
    mkdir "$folder"
    "$who" "$folder" "$bundle" --testing-library swift-testing --xunit-output "$folder/result.xml" "$@" >"$folder/log" 2>&1 || status=$?
    # 69 says that no test has a name that was asked for.
    [ "$status" -ne 69 ] || status=0
    if [ "$status" -ne 0 ]; then
        grep -vE '^(◇|✔|➜) |^↳ (Testing Library|Target Platform)' "$folder/log" || true
    fi
    echo "tests, $name: $(tail -n 1 "$folder/log")"
    return "$status"
}

# Each answer of `--json` that the tests got has to fit its schema, in the opinion of an outside validator; and of each
# kind there has to be one.
check_answers() {
    local schema name answers status=0 checked=0 validator=.build/check-jsonschema/bin/check-jsonschema
    for schema in Schemas/record.schema.json Schemas/build-event.schema.json Schemas/*-answer.schema.json; do
        name=$(basename "$schema" .schema.json)
        mapfile -t answers < <(find "$work" -path "*/answers/$name/*.json")
        if [ "${#answers[@]}" -eq 0 ]; then
            echo "answers: the tests got no $name" && status=1
        elif ! printf '%s\0' "${answers[@]}" | xargs -0 -n 500 "$validator" --schemafile "$schema" >"$work/validator" 2>&1; then
            head -n 40 "$work/validator" && status=1
        fi
        checked=$((checked + ${#answers[@]}))
    done
    echo "answers: $checked looked at by check-jsonschema"
    return "$status"
}

# run_script NAME WHO COMMAND...: runs what counts for itself, whose last line is "N passed, M failed".
run_script() {
    local name=$1 who=$2 status=0
    shift 2
    "$who" "$work/$name" "$@" >"$work/$name.log" 2>&1 || status=$?
    tail -n 1 "$work/$name.log" | grep -qE '^[0-9]+ passed, [0-9]+ failed$' || echo "0 passed, 1 failed" >>"$work/$name.log"
    [ "$status" -eq 0 ] || cat "$work/$name.log"
    echo "$name: $(tail -n 1 "$work/$name.log")"
    return "$status"
}

# Started when what the tests run is compiled, beside them: it waits for the network half of the time.
newcomer() {
    local status=0
    run_script tour as_caller Scripts/tour.sh "$stage" || status=$?
    run_script first-hour as_caller Scripts/first-hour.sh "$stage" shell perl observe-make || status=$?
    run_script workflows as_caller Scripts/workflows.sh "$stage" || status=$?
    run_script browser as_caller Scripts/browser.sh "$stage" || status=$?
    return "$status"
}

# Verdicts of probes that are neither the same nor open channels are shown with what differs.
run_probes() {
    local status=0
    BELLJAR_BIN=$PWD/.build/debug Scripts/battery.sh c shell make python >"$work/probes" 2>"$work/probes.log" || status=$?
    [ "$status" -eq 0 ] || grep -vE ' (same|differs, as expected|open, but did not differ)$' "$work/probes" || true
    [ -s "$work/probes" ] || cat "$work/probes.log"
    echo "probes: $(tail -n 1 "$work/probes")"
    return "$status"
}

# Tests that were skipped, with their reasons. What only other tests start is no test of its own.
skips() {
    { grep -hE '^➜ Test ' "$work"/*/log || true; } | grep -v 'started by other tests only' | sed -E 's/^➜ Test /  /' || true
}

# Sums one attribute over the results.
count() {
    cat "$work"/*/result*.xml | sed -nE "s/.*<testsuite .* $1=\"([0-9]+)\".*/\1/p" | awk '{ sum += $1 } END { print sum + 0 }'
}

status=0 answers_failed=0
stage=$PWD/.build/stage-test
Scripts/stage.sh "$stage" debug
newcomer >"$work/newcomer" &
newcomer=$!
run_script packages as_caller Scripts/packages.sh "$stage" || status=$?
if [ "$is_root" = yes ]; then
    run_tests unprivileged as_ordinary --skip AsRoot || status=$?
    run_tests root as_caller --filter AsRoot --filter BelljarCommandTests || status=$?
else
    run_tests unprivileged as_ordinary || status=$?
fi

run_probes || status=$?
wait "$newcomer" || status=$?
cat "$work/newcomer"
check_answers || status=$? answers_failed=1

skips
# What counts for itself, by its last line.
scripts_passed=0 scripts_failed=0
for counted in "$work"/{probes,packages.log,tour.log,first-hour.log,workflows.log,browser.log}; do
    read -r passed failed < <(sed -nE '$s/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$counted"; echo 0 1)
    scripts_passed=$((scripts_passed + passed)) scripts_failed=$((scripts_failed + failed))
done
tests=$(($(count tests) + scripts_passed + scripts_failed + 1)) failures=$(($(count failures) + scripts_failed + answers_failed)) errors=$(count errors) skipped=$(skips | wc -l)
if [ "$tests" -eq 0 ] && [ "$status" -eq 0 ]; then
    echo "test: no test ran" >&2
    status=1
elif [ "$status" -ne 0 ] && [ "$((failures + errors))" -eq 0 ]; then
    # A test that ends the program leaves no result: the log's end tells which one.
    echo "test: the tests ended with status $status before they were done:" >&2
    tail -n 20 "$work"/*/log >&2
    failures=1
fi
# The number of tests leaves out those that were skipped.
echo "$((tests - failures - errors)) passed, $((failures + errors)) failed, $skipped skipped"
exit "$status"

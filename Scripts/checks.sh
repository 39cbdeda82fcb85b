# Read by the scripts that count what holds, and whose last line is "N passed, M failed". They have a folder $work.
# shellcheck shell=bash disable=SC2154
passed=0 failed=0

# check WHAT COMMAND...: the command must succeed; of one that fails, what it said is shown.
check() {
    local what=$1
    shift
    if "$@" >"$work/said" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$(basename "$0" .sh): $what: failed" && cat "$work/said"
    fi
}

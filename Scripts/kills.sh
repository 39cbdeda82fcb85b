#!/bin/bash
# Kills belljar at random moments of real builds and looks at what is left: no process, no mount, a sound store, and a next
# build that gives what the first one gave. Prints a closing line `kills: N passed, N failed`. Started by root, belljar runs
# as uid 65534.
#
#     kills.sh [RECIPE...]   shipped recipes that are built in turn; default: greeting zlib
#
# ROUNDS        so many builds are killed; default 50
# SEED          decides the moments; a run prints the one it took
# BELLJAR_BIN   folder with belljar and belljar-init; default .build/release
# KILLS_STORE   where the images stay from run to run; default /var/lib/belljar-kills for root, else .build/kills-store
set -euo pipefail
cd "$(dirname "$0")/.."

# Milliseconds that the processes of a killed build may take to be gone.
patience=10000
rounds=${ROUNDS:-50}
seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
is_root=${KILLS_ROOT:-$([ "$(id -u)" -eq 0 ] && echo yes || echo no)}

# A pid namespace of its own holds the builds' processes and this script, which is its process 1, and no others: whatever
# is there after a kill was left by the killed belljar. The mount namespace shows mounts in the same way.
if [ -z "${KILLS_ROOT:-}" ]; then
    own=(unshare --pid --fork --kill-child --mount-proc)
    [ "$is_root" = yes ] || own+=(--user --map-current-user --keep-caps)
    KILLS_ROOT=$is_root SEED=$seed exec "${own[@]}" "$BASH" "$PWD/Scripts/kills.sh" "$@"
fi
trap 'exit 130' INT TERM

recipes=("$@")
[ "${#recipes[@]}" -gt 0 ] || recipes=(greeting zlib)
bin=${BELLJAR_BIN:-$PWD/.build/release}
as=()
if [ "$is_root" = yes ]; then
    as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    store=${KILLS_STORE:-/var/lib/belljar-kills}
else
    store=${KILLS_STORE:-$PWD/.build/kills-store}
fi

work=$(mktemp -d /tmp/belljar-kills-XXXXXX)
trap 'chmod -R u+rwX "$work" 2>/dev/null || true; rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir -p "$work"/{bin,home,project/Recipes} "$store"
cp "$bin/belljar" "$bin/belljar-init" "$work/bin"
cp -r Toolchains "$work/project/Toolchains"
cp -r "${recipes[@]/#/Recipes/}" "$work/project/Recipes"
chmod -R go+rX "$work"
if [ "$is_root" = yes ]; then chown 65534:65534 "$work/home" "$store"; fi
command=("${as[@]}" env -i PATH="$PATH" HOME="$work/home" TMPDIR="$work/home" NO_COLOR=1 BELLJAR_STORE="$store"
    "$work/bin/belljar")
belljar() { "${command[@]}" "$@" --project "$work/project"; }
# The mirrors and proxies of this machine are asked only while everything is fetched.
fetching() { "${as[@]}" env HOME="$work/home" BELLJAR_STORE="$store" "$work/bin/belljar" "$@" --project "$work/project"; }

milliseconds() {
    local now=${EPOCHREALTIME/./}
    echo "$((now / 1000))"
}

# The digest of what a recipe's build gives, built anew.
tree_of() {
    belljar build "$1" --no-cache --quiet --json >"$work/answer" 2>"$work/complaint" || return 1
    grep -oE '"tree":"sha256:[0-9a-f]{64}"' "$work/answer" | head -n 1
}

# Numbers of the processes in this namespace other than this one.
strangers() {
    local path
    for path in /proc/[0-9]*; do
        [ "${path#/proc/}" = "$$" ] || printf '%s ' "${path#/proc/}"
    done
}

fail() {
    echo "kills: round $round ($recipe, after $moment of ${duration[$recipe]} ms, seed $seed): $*" >&2
    is_good=no
}

# Nothing of the killed build runs any more, or mounts anything.
check_processes() {
    local deadline=$(($(milliseconds) + patience)) left
    # In this shell itself: a subshell would be a process too.
    while strangers >"$work/left"; left=$(<"$work/left") && [ -n "$left" ]; do
        if [ "$(milliseconds)" -gt "$deadline" ]; then
            fail "processes are left after $patience ms:"
            ps -o pid,ppid,stat,args >&2 || true
            kill -9 $left 2>/dev/null || true
            return
        fi
        sleep 0.02
    done
}

check_store() {
    # Read anew: a file of /proc has no size to compare.
    [ "$(</proc/self/mountinfo)" = "$mounts" ] || fail "other mounts than before: $(</proc/self/mountinfo)"
    belljar store fsck >"$work/fsck" 2>&1 || fail "the store is not sound: $(grep -v '^repaired' "$work/fsck" | head -n 5)"
    [ -z "$(ls -A "$store/tmp")" ] || fail "scratch is left: $(ls -A "$store/tmp")"
}

# Kills one build at the chosen moment; says in `ended` whether it was quicker.
kill_one() {
    local child status=0
    "${command[@]}" build "$recipe" --project "$work/project" --no-cache --quiet </dev/null >"$work/log" 2>&1 &
    child=$!
    sleep "$((moment / 1000)).$(printf %03d $((moment % 1000)))"
    kill -9 "$child" 2>/dev/null || true
    { wait "$child" || status=$?; } 2>/dev/null
    case $status in
    137) ended=no ;;
    0) ended=yes ;;
    *) fail "belljar ended by itself with status $status: $(head -n 3 "$work/log")" ;;
    esac
}

declare -A duration expected
for recipe in "${recipes[@]}"; do
    fetching build "$recipe" --quiet >&2
    before=$(milliseconds)
    expected[$recipe]=$(tree_of "$recipe") || {
        cat "$work/complaint" >&2
        exit 1
    }
    duration[$recipe]=$(($(milliseconds) - before))
done
mounts=$(</proc/self/mountinfo)
echo "kills: $rounds rounds of ${recipes[*]}, seed $seed" >&2
RANDOM=$((seed % 32768))
passed=0 failed=0 late=0
for ((round = 1; round <= rounds; round++)); do
    recipe=${recipes[round % ${#recipes[@]}]}
    # A little longer than the build takes, so that its end is hit as well.
    moment=$(((RANDOM * 32768 + RANDOM) % (duration[$recipe] * 11 / 10 + 1)))
    is_good=yes ended=no
    kill_one
    check_processes
    check_store
    if [ "$is_good" = yes ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    [ "$ended" = no ] || late=$((late + 1))
    [ $((round % 50)) -ne 0 ] || echo "kills: $round rounds, $failed failed" >&2
done

echo "kills: $late of $rounds builds had ended before they were to be killed" >&2
[ "$late" -lt "$rounds" ] || { echo "kills: no build was killed" >&2; failed=$((failed + 1)); }
for recipe in "${recipes[@]}"; do
    if found=$(tree_of "$recipe") && [ "$found" = "${expected[$recipe]}" ] && [ -n "$found" ]; then
        passed=$((passed + 1))
    else
        echo "kills: $recipe gives ${found:-nothing}, not ${expected[$recipe]}" >&2
        failed=$((failed + 1))
    fi
done
echo "kills: $passed passed, $failed failed"
[ "$failed" -eq 0 ]

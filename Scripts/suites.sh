#!/bin/bash
# Runs the test suites of foreign projects (Tests/Suites/Recipes) outside of belljar and in it, and compares test by test: what passes
# outside has to pass inside, unless Tests/Suites/exceptions.tsv says why it cannot. A line there for a test that does pass
# is an error as well, so the list only shrinks.
#
#     suites.sh [SUITE...]      all if none is named
#
# BELLJAR_BIN      folder with belljar and belljar-init; default .build/release
# SUITES_STORE     store with the image and the sources; kept, so that the next run has them
# SUITES_OUTPUT    folder that logs and results are copied to
# SUITES_OUTSIDE   folder of an earlier SUITES_OUTPUT: its results outside are taken, and nothing runs there
#
# Outside is the same root file system, copied from the image and mounted read-only, with /build, /out and /tmp to write to, the
# host's /dev and network, and an ordinary user with the same name, number, environment and directory. The sources are unpacked
# by tar. Started by root, builds run in the store of uid 65534.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/places.sh
umask 022

note() { echo "suites: $*" >&2; }

key() { sed -nE "s/^ *(- )?$2: *\"?([^\"]*)\"?\$/\2/p" "$suites/Recipes/$1/recipe.yaml" | head -n 1; }

# ---- Inside ---------------------------------------------------------------------------------------------------------

run_inside() {
    local suite=$1 status=0 name
    mkdir -p "$work/logs/inside"
    "${belljar[@]}" build --no-cache --quiet --project "$work/project" --store "$store" --output "$work/inside" "$suite" \
        </dev/null >"$work/said" 2>&1 || status=$?
    name=$(sed -nE 's/.*belljar log ([0-9a-f]+) .*/\1/p' "$work/said" | head -n 1)
    "${belljar[@]}" log "${name:-$suite}" --project "$work/project" --store "$store" >"$work/logs/inside/$suite" 2>&1 || true
    [ "$status" -ne 0 ] || return 0
    note "$suite: belljar ended with exit code $status"
    { tail -n 12 "$work/logs/inside/$suite" && cat "$work/said"; } | sed 's/^/    /' >&2
}

# ---- Outside --------------------------------------------------------------------------------------------------------

# The image, as a build had it laid out, copied, with the account that builds have.
make_root() {
    local root=$work/root image
    image=$(sed -nE 's/^  digest: sha256:([0-9a-f]{64})$/\1/p' "$suites/Toolchains/debian-12-suites/toolchain.lock.yaml" | head -n 1)
    cp -r --no-target-directory --no-dereference --preserve=mode,links "$store/trees/$image" "$root"
    mkdir -p "$root"/{build,out,tmp,proc,dev,var/tmp,run,inputs/harness}
    cp "$suites"/Recipes/harness/scripts/* "$root/inputs/harness/"
    grep -q '^builder:' "$root/etc/passwd" || echo 'builder:x:1000:1000:builder:/build/.home:/bin/sh' >>"$root/etc/passwd"
    grep -q '^builder:' "$root/etc/group" || echo 'builder:x:1000:' >>"$root/etc/group"
    cp -L /etc/hosts "$root/etc/hosts"
}

# Called by itself in namespaces of mounts and processes: the root, and in it the suite as user 1000.
enter_root() {
    local root=$1 scratch=$2 suite=$3 folder descriptor
    # What the caller left open is nothing that an ordinary user's shell has, and tests look.
    for descriptor in /proc/self/fd/*; do
        descriptor=${descriptor##*/}
        [ "$descriptor" -le 2 ] || [ "$descriptor" -eq 255 ] || eval "exec $descriptor>&-"
    done
    mount --bind "$root" "$root"
    mount -o remount,bind,ro "$root"
    for folder in build out tmp var/tmp run; do mount --bind "$scratch/$folder" "$root/$folder"; done
    mount --rbind /dev "$root/dev"
    mount -t proc proc "$root/proc"
    local environment=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/build/.home USER=builder LOGNAME=builder
        SHELL=/bin/sh LANG=C.UTF-8 LC_ALL=C.UTF-8 TZ=UTC TERM=dumb TMPDIR=/tmp OUT=/out INPUTS=/inputs BELLJAR_JOBS=2
        "SOURCE_DATE_EPOCH=$(key "$suite" epoch)")
    local enter=(chroot --userspec=1000:1000 "$root")
    [ "$is_root" = yes ] || enter=(unshare --user --map-user=1000 --map-group=1000 --root "$root")
    cd "$root"
    exec timeout --kill-after=10 1800 "${enter[@]}" /usr/bin/env -i "${environment[@]}" /bin/sh -e -u -c 'cd /build && sh -e suite.sh' </dev/null
}

run_outside() {
    local suite=$1 scratch=$work/outside/$1 archive blob wrapper=(unshare --mount --pid --fork --kill-child)
    mkdir -p "$scratch"/{build/.home,out,tmp,var/tmp,run}
    chmod 1777 "$scratch"/{tmp,var/tmp,run}
    archive=$(key "$suite" archive)
    if [ -n "$archive" ]; then
        blob=$(key "$suite" sha256)
        blob=$(find "$store/blobs" -name "*${blob:2}" | grep -E "${blob:0:2}/?${blob:2}\$" | head -n 1)
        tar --extract --file="$blob" --strip-components=1 --no-same-owner --directory "$scratch/build"
    fi
    cp "$work/project/Recipes/$suite/suite.sh" "$scratch/build/"
    if [ "$is_root" = yes ]; then chown -R 1000:1000 "$scratch"; else wrapper+=(--user --map-root-user); fi
    mkdir -p "$work/logs/outside"
    "${wrapper[@]}" bash "$PWD/Scripts/suites.sh" --enter "$work/root" "$scratch" "$suite" "$is_root" >"$work/logs/outside/$suite" 2>&1 && return
    note "$suite: outside it ended with exit code $?"
    tail -n 12 "$work/logs/outside/$suite" | sed 's/^/    /' >&2
}

# ---- Both -----------------------------------------------------------------------------------------------------------

count() { grep -c "^$1 " "$2" || true; }
counts() { if [ -s "$1" ]; then printf '%s / %s / %s' "$(count pass "$1")" "$(count fail "$1")" "$(count skip "$1")"; else printf 'nothing'; fi; }

# What of one suite passes outside and not inside, as `TEST<tab>WORD`.
worse_inside() {
    awk 'NR == FNR { word = $1; sub(/^[a-z]+ /, ""); found[$0] = word; next }
        $1 == "pass" { sub(/^[a-z]+ /, ""); word = $0 in found ? found[$0] : "missing"; if (word != "pass") print $0 "\t" word }' "$2" "$1" | sort
}

compare() {
    local suite=$1 outside=$2 inside=$3 worse=$work/worse/$1 test word known=0 found=0 stale=0
    [ -s "$outside" ] && [ -s "$inside" ] || found=1
    [ "$found" -eq 1 ] || worse_inside "$outside" "$inside" >"$worse"
    grep -v '^#' "$suites/exceptions.tsv" | awk -F'\t' -v suite="$suite" '$1 == suite { print $2 }' | sort >"$worse.known"
    if [ "$found" -eq 0 ]; then
        while IFS=$'\t' read -r test word; do
            if grep -qxF -- "$test" "$worse.known"; then known=$((known + 1)); else found=$((found + 1)); fi
        done <"$worse"
        # A line is stale if its test passes inside, or does not exist; one that failed outside this time says nothing.
        while read -r test; do
            if grep -qxF -- "pass $test" "$inside" || ! grep -qxF -e "pass $test" -e "fail $test" -e "skip $test" "$outside"; then
                stale=$((stale + 1))
                echo "$test" >>"$worse.stale"
            fi
        done <"$worse.known"
    fi
    printf "$line" "$suite" "$(counts "$outside")" "$(counts "$inside")" "$known" "$found" "$stale"
    if [ -s "$worse" ]; then
        while IFS=$'\t' read -r test word; do
            grep -qxF -- "$test" "$worse.known" || printf '    %-8s %s\n' "$word" "$test"
        done <"$worse"
    fi
    [ ! -e "$worse.stale" ] || sed 's/^/    no exception any more: /' "$worse.stale"
    [ "$found" -eq 0 ] && [ "$stale" -eq 0 ]
}

main() {
    local names=("$@") suite outside status=0 bin=${BELLJAR_BIN:-$PWD/.build/release} line='%-10s %-24s %-24s %9s %11s %6s\n'
    [ "${#names[@]}" -gt 0 ] || mapfile -t names < <(cd "$suites/Recipes" && dirname */suite.sh)
    work=$(mktemp -d /tmp/belljar-suites-XXXXXX)
    trap 'chmod -R u+rwX "$work" 2>/dev/null || true; rm -rf "$work"' EXIT
    chmod 755 "$work"
    mkdir -p "$work"/{bin,home,project,inside,outside,worse}
    cp "$bin/belljar" "$bin/belljar-init" "$work/bin/"
    cp -r "$suites/Toolchains" "$suites/Recipes" "$work/project/"
    if [ "$is_root" = yes ]; then
        store=${SUITES_STORE:-/var/lib/belljar-suites}
        mkdir -p "$store"
        chown "$ordinary_uid:$ordinary_uid" "$store" "$work/home" "$work/inside"
    else
        store=${SUITES_STORE:-$PWD/.build/suites-store}
    fi
    local belljar=("${ordinary[@]}" env -i PATH="$PATH" HOME="$work/home" TMPDIR="$work/home" "$work/bin/belljar")
    "${belljar[@]}" toolchain build --quiet --project "$work/project" --store "$store" debian-12-suites >&2
    printf "$line" suite 'outside: pass/fail/skip' 'inside: pass/fail/skip' excepted unexpected stale
    for suite in "${names[@]}"; do
        # Inside is first, because it brings the sources into the store.
        run_inside "$suite"
        outside=${SUITES_OUTSIDE:-}/outside/$suite/results
        if [ -z "${SUITES_OUTSIDE:-}" ]; then
            [ -d "$work/root" ] || make_root
            run_outside "$suite"
            outside=$work/outside/$suite/out/results
        fi
        compare "$suite" "$outside" "$work/inside/$suite/results" || status=1
        [ -z "${SUITES_OUTPUT:-}" ] || keep "$suite" "$outside"
        [ -n "${SUITES_OUTSIDE:-}" ] || { chmod -R u+rwX "$work/outside/$suite" && rm -rf "$work/outside/$suite"; }
    done
    return "$status"
}

# keep SUITE RESULTS: copies what was found to the folder that the caller wants it in; RESULTS are those from outside.
keep() {
    local side
    for side in inside outside; do
        mkdir -p "$SUITES_OUTPUT/$side/$1"
        [ ! -e "$work/logs/$side/$1" ] || cp "$work/logs/$side/$1" "$SUITES_OUTPUT/$side/$1/log"
    done
    [ ! -e "$work/inside/$1/results" ] || cp "$work/inside/$1/results" "$SUITES_OUTPUT/inside/$1/"
    [ ! -e "$2" ] || [ "$2" -ef "$SUITES_OUTPUT/outside/$1/results" ] || cp "$2" "$SUITES_OUTPUT/outside/$1/"
}

suites=$PWD/Tests/Suites
# The whole file is read before anything begins: it may be edited while this takes its time.
if [ "${1:-}" = --enter ]; then
    is_root=$5
    enter_root "$2" "$3" "$4"
else
    main "$@"
fi
exit

#!/bin/bash
# Ends belljar by a signal at moments all over every command that may take long, and looks at what is left: no process, no mount,
# no scratch, a sound store, and the same command then gives what it gives undisturbed. Asked to end (SIGTERM), it does so within a
# second, with 143 and an error that says so. Needs nothing but busybox, python3 and jq; prints a closing line
# `ends: N passed, N failed`. Started by root, belljar runs as uid 65534.
#
#     ends.sh [COMMAND...]   of: build fetch import rebuild fsck gc export run verify du log. Default: all these.
#                            Only if named: shipped recipes (greeting zlib lua hello), whose toolchains are fetched once; and
#                            lock toolchain image (belljar toolchain lock, build and verify of debian-12-base), which fetch some
#                            20 MB of packages each time
#
# ROUNDS        so many for each command; default 50
# SIGNAL        TERM, which is the default, INT, HUP, or KILL
# SEED          decides the moments; a run prints the one it took
# BELLJAR_BIN   folder with belljar and belljar-init; default .build/release
# ENDS_STORE    where the shipped recipes' images stay from run to run; default /var/lib/belljar-ends for root, else .build/ends-store
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/places.sh

# Milliseconds; and what the processes of a sandbox may take to be gone after belljar.
most=1000 patience=10000
rounds=${ROUNDS:-50} signal=${SIGNAL:-TERM} seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
declare -A numbers=([HUP]=1 [INT]=2 [KILL]=9 [TERM]=15)
code=$((128 + ${numbers[$signal]}))

# A pid namespace of its own holds belljar's processes and this script, which is its PID 1, and no others: whatever is there
# afterwards was left by belljar. The mount namespace shows mounts in the same way.
if [ -z "${ENDS_WORK:-}" ]; then
    trap 'exit 130' INT TERM
    own=(unshare --pid --fork --kill-child --mount-proc)
    [ "$is_root" = yes ] || own+=(--user --map-current-user --keep-caps)
    work=$(mktemp -d /tmp/belljar-ends-XXXXXX)
    trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
    chmod 755 "$work"
    ENDS_WORK=$work SEED=$seed "${own[@]}" "$BASH" "$PWD/Scripts/ends.sh" "$@"
    exit
fi
work=$ENDS_WORK
kinds=("$@")
[ "${#kinds[@]}" -gt 0 ] || kinds=(build fetch import rebuild fsck gc export run verify du log)
bin=${BELLJAR_BIN:-$PWD/.build/release}
if [ "$is_root" = yes ]; then kept=${ENDS_STORE:-/var/lib/belljar-ends}; else kept=${ENDS_STORE:-$PWD/.build/ends-store}; fi

milliseconds() { local now=${EPOCHREALTIME/./}; echo "$((now / 1000))"; }

# MARK: What there is

mkdir -p "$work"/{bin,home,temporary,out,served,root/bin,project/{Recipes/{build,fetch},Toolchains}}
cp "$bin/belljar" "$bin/belljar-init" "$work/bin"
cp "$(command -v busybox)" "$work/root/bin/busybox"
for applet in $("$work/root/bin/busybox" --list); do
    [ "$applet" = busybox ] || ln -sf busybox "$work/root/bin/$applet"
done
tar -c -f "$work/project/tiny.tar" -C "$work/root" .
mkdir "$work/root/files"
head -c 60000000 /dev/urandom | split -b 20000 -a 3 - "$work/root/files/"
tar -c -f "$work/project/large.tar" -C "$work/root" .
tar -c -f "$work/served/files.tar" -C "$work/root" files
python3 -u "$PWD/Tests/Fixtures/Attacks/server.py" "$work/served" >"$work/port" 2>/dev/null &
server=$!
for _ in {1..100}; do [ -s "$work/port" ] && break; sleep 0.05; done
pin() { sha256sum "$1" | cut -c1-64; }
recipe() {
    {
        printf 'name: %s\nversion: "1"\ntoolchain: tiny\nepoch: 1700000000\n%s\n' "$1" "$2"
        printf 'limits: {file: 8GiB, scratch: 8GiB}\nsteps:\n  - name: make\n    run: |\n'
        sed 's/^/      /' <<<"$3"
        printf 'outputs: [.]\n'
    } >"$work/project/Recipes/$1/recipe.yaml"
}
# Two seconds of hashing and no room on the disk, a log, and many files.
recipe build '' 'truncate -s 2G $OUT/large; seq 1 300000; i=0; while [ $i -lt 2000 ]; do echo $i >$OUT/$i; i=$((i + 1)); done; sleep 0.5'
recipe fetch "sources: [{archive: 'http://127.0.0.1:$(<"$work/port")/files.tar', sha256: $(pin "$work/served/files.tar")}]" 'cp -r . $OUT'
chmod -R go+rX "$work"
mkdir "$work/stores"
give_ordinary "$work"/{home,temporary,out,project,stores}
store=$work/stores/full
command() {
    command=("${ordinary[@]}" env -i PATH="$PATH" HOME="$work/home" TMPDIR="$work/temporary" NO_COLOR=1 BELLJAR_STORE="$store"
        "$work/bin/belljar" "$@")
}
belljar() {
    command "$@"
    "${command[@]}"
}
common=(--project "$work/project" --json --quiet)
copy() { rm -rf "$work/stores/$2"; "${ordinary[@]}" cp -a --sparse=always "$work/stores/$1" "$work/stores/$2"; }
belljar toolchain import tiny https://archive.invalid/tiny.tar --sha256 "$(pin "$work/project/tiny.tar")" \
    --file "$work/project/tiny.tar" "${common[@]}" >/dev/null
copy full small
belljar build build "${common[@]}" --output "$work/out" >/dev/null
for kind in "${kinds[@]}"; do
    [ -e "Recipes/$kind/recipe.yaml" ] || continue
    mkdir -p "$kept"
    [ "$is_root" = no ] || chown "$ordinary_uid:$ordinary_uid" "$kept"
    cp -r "Recipes/$kind" "$work/project/Recipes"
    cp -r "Toolchains/$(sed -n 's/^toolchain: //p' "Recipes/$kind/recipe.yaml")" "$work/project/Toolchains"
    give_ordinary "$work/project"
    # The mirrors and proxies of this machine are asked only while everything is fetched.
    "${ordinary[@]}" env HOME="$work/home" BELLJAR_STORE="$kept" "$work/bin/belljar" build "$kind" "${common[@]}" >/dev/null
done
if [[ " ${kinds[*]} " =~ \ (lock|toolchain|image)\  ]]; then
    cp -r Toolchains/debian-12-base "$work/project/Toolchains"
    give_ordinary "$work/project/Toolchains"
    belljar toolchain build debian-12-base "${common[@]}" >/dev/null
fi

# MARK: What is ended

# The lock as it was before `lock` wrote another.
pinned() { cp Toolchains/debian-12-base/toolchain.lock.yaml "$work/project/Toolchains/debian-12-base"; }

# The words of a command, and a fresh store where it changes one.
prepare() {
    store=$work/stores/full
    case $1 in
    build) copy small changed; store=$work/stores/changed words=(build "${common[@]}" build) ;;
    fetch) copy small changed; store=$work/stores/changed words=(build "${common[@]}" fetch) ;;
    import)
        copy small changed
        store=$work/stores/changed
        rm -rf "$work/project/Toolchains/large"
        words=(toolchain import "${common[@]}" large https://archive.invalid/large.tar --sha256 "$(pin "$work/project/large.tar")"
            --file "$work/project/large.tar")
        ;;
    rebuild) words=(rebuild "${common[@]}" build) ;;
    fsck) words=(store fsck "${common[@]}" --repair) ;;
    gc) copy full changed; store=$work/stores/changed; rm -rf "$store"/records/* "$store"/actions/*; words=(store gc "${common[@]}") ;;
    export) rm -rf "$work/out/again"; words=(build "${common[@]}" build --output "$work/out/again") ;;
    run) words=(run --project "$work/project" -t tiny -- sh -c 'dd if=/dev/zero of=/build/x bs=1M count=1000; sleep 2') ;;
    verify) words=(verify "${common[@]}" "$work/out/build/large" build) ;;
    du) words=(store du "${common[@]}" --by-root) ;;
    log) words=(log --project "$work/project" build) ;;
    lock) copy small changed; store=$work/stores/changed words=(toolchain lock "${common[@]}" debian-12-base) ;;
    toolchain) pinned; copy small changed; store=$work/stores/changed words=(toolchain build "${common[@]}" debian-12-base) ;;
    image) pinned; words=(toolchain verify "${common[@]}" debian-12-base) ;;
    *)
        [ -e "Recipes/$1/recipe.yaml" ] || { echo "ends: no command or recipe $1" >&2; exit 2; }
        store=$kept words=(build "${common[@]}" --no-cache "$1")
        ;;
    esac
}

# What the same command gives each time, of what it printed.
result_of() {
    case $1 in
    run | log) sha256sum <"$2" ;;
    rebuild | verify) jq -c '[.. | .verdict? // empty]' "$2" ;;
    export) (cd "$work/out/again" && find . -type f ! -name .belljar-export -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum) ;;
    # What is left in the store is for fsck to say; what was there is not the same when a killed one had begun.
    gc | fsck | du) echo done ;;
    *) jq -c '[.. | (.tree? // empty), (.image? // empty) | strings]' "$2" ;;
    esac
}

strangers() {
    local path
    for path in /proc/[0-9]*; do
        case ${path#/proc/} in "$$" | "$server") ;; *) printf '%s ' "${path#/proc/}" ;; esac
    done
}

fail() {
    echo "ends: $kind, round $round, after $moment of ${duration[$kind]} ms, seed $seed: $*" >&2
    is_good=no
}

check_processes() {
    local deadline=$(($(milliseconds) + patience)) left
    while strangers >"$work/left"; left=$(<"$work/left") && [ -n "$left" ]; do
        if [ "$(milliseconds)" -gt "$deadline" ]; then
            fail "processes are left: $(ps -o pid,stat,wchan,args -p "${left// /,}0" || true)"
            kill -9 $left 2>/dev/null || true
            return
        fi
        sleep 0.02
    done
}

# Says in `ended` whether it was quicker. Standard output is read by nobody but a file.
end_one() {
    local child status=0 begun took
    command "${words[@]}"
    "${command[@]}" </dev/null >"$work/answer" 2>"$work/complaint" &
    child=$!
    sleep "$((moment / 1000)).$(printf %03d $((moment % 1000)))"
    begun=$(milliseconds)
    kill -"$signal" "$child" 2>/dev/null || true
    { wait "$child" || status=$?; } 2>/dev/null
    took=$(($(milliseconds) - begun))
    ended=no
    if [ "$status" = "$code" ]; then
        # Who is killed says nothing, and is not waited for.
        [ "$signal" != KILL ] || return 0
        [ "$took" -lt "$most" ] || fail "it took $took ms to end"
        [ "$took" -le "$longest" ] || longest=$took
        # Before its own first instruction it is the kernel that ends it, without a word.
        [ ! -s "$work/answer" ] || [ "$kind" = log ] || [ "$kind" = run ] ||
            jq -e '.error.code == "cancelled"' "$work/answer" >/dev/null 2>&1 || fail "it says $(head -c 300 "$work/answer")"
    elif [ "$status" = 0 ]; then
        ended=yes
    else
        fail "it ended with $status: $(head -c 300 "$work/answer") $(head -n 3 "$work/complaint")"
    fi
}

check_store() {
    # Names that were taken away above leave nothing behind that is wrong.
    belljar store fsck >"$work/fsck" 2>&1 || fail "the store is not sound: $(head -n 5 "$work/fsck")"
    [ -z "$(ls -A "$store/tmp")" ] || fail "scratch is left: $(ls -A "$store/tmp")"
    local left parts=(-name '.belljar-part*' -o)
    # Half an export stays beside its place if nobody is there any more to take it away; the next one does.
    [ "$signal" != KILL ] || parts=()
    left=$(find "$work/home" "$work/temporary" "$work/out" -mindepth 1 "${parts[@]}" -path "$work/temporary/*")
    [ -z "$left" ] || fail "files are left: $left"
    [ "$(</proc/self/mountinfo)" = "$mounts" ] || fail "other mounts than before: $(</proc/self/mountinfo)"
}

check_result() {
    local found
    belljar "${words[@]}" >"$work/answer" 2>"$work/complaint" ||
        fail "the next one fails: $(head -c 300 "$work/answer") $(head -n 3 "$work/complaint")"
    found=$(result_of "$kind" "$work/answer") || true
    [ "$found" = "$expected" ] || fail "the next one gives ${found:-nothing}, not $expected"
}

# MARK: The rounds

declare -A duration
mounts=$(</proc/self/mountinfo)
echo "ends: $rounds rounds of each of ${kinds[*]}, seed $seed" >&2
RANDOM=$((seed % 32768))
passed=0 failed=0
for kind in "${kinds[@]}"; do
    longest=0
    prepare "$kind"
    before=$(milliseconds)
    belljar "${words[@]}" >"$work/answer" 2>"$work/complaint" || {
        echo "ends: $kind fails by itself: $(head -c 500 "$work/answer" "$work/complaint")" >&2
        exit 1
    }
    duration[$kind]=$(($(milliseconds) - before))
    expected=$(result_of "$kind" "$work/answer")
    for ((round = 0; round < rounds; round++)); do
        is_good=yes
        for ((try = 0; try < 20; try++)); do
            moment=$((duration[$kind] * (RANDOM % 1000) / 1000))
            prepare "$kind"
            end_one
            check_processes
            [ "$ended" = yes ] || break
        done
        [ "$ended" = no ] || fail "it always ends before it is told to"
        case $kind in
        # These change nothing; the last look will do.
        verify | du | log | run | image) [ "$((round + 1))" -lt "$rounds" ] || check_store ;;
        *)
            check_store
            check_result
            ;;
        esac
        if [ "$is_good" = yes ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    done
    echo "ends: $kind takes ${duration[$kind]} ms, ended after $longest ms at most, and gives $(cut -c1-60 <<<"$expected")" >&2
done
kill "$server" 2>/dev/null || true
echo "ends: $passed passed, $failed failed"
[ "$failed" -eq 0 ]

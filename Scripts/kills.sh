#!/bin/bash
# Kills belljar at moments all over real builds, fetches and imports, and looks at what is left: no process, no mount,
# nothing in the folders for temporary files, a sound store, and the same command then gives what it is to give. Prints a
# closing line `kills: N passed, N failed`. Started by root, belljar runs as uid 65534.
#
#     kills.sh [WHAT...]   in turn: the names of shipped recipes; `fetch`, a build whose archive a slow server on the
#                          loopback device has; `import`, of a toolchain. Default: greeting zlib lua fetch import
#
# ROUNDS        so many are killed; default 50. One that ends before its moment is looked at too, and another one killed
# SEED          decides the moments; a run prints the one it took
# BELLJAR_BIN   folder with belljar and belljar-init; default .build/release
# KILLS_STORE   where the images stay from run to run; default /var/lib/belljar-kills for root, else .build/kills-store
set -euo pipefail
cd "$(dirname "$0")/.."

# Milliseconds that the processes of a killed belljar may take to be gone.
patience=10000
# Files of an archive that is made for one round, each of so many random bytes.
files=300 bytes=16000
rounds=${ROUNDS:-50}
seed=${SEED:-$((RANDOM * 32768 + RANDOM))}

# The slow server stands outside of the namespaces that the script enters below.
serve() {
    local script=$work/served/cgi-bin/archive.tar
    mkdir -p "$work/served/cgi-bin"
    cat >"$script" <<END
#!/bin/sh
printf 'Content-Type: application/octet-stream\r\n\r\n'
part=0
while dd if="$work/served/archive" bs=262144 skip=\$part count=1 status=none | grep -q .; do
    dd if="$work/served/archive" bs=262144 skip=\$part count=1 status=none
    part=\$((part + 1))
    sleep 0.02
done
END
    chmod 755 "$script"
    for _ in $(seq 20); do
        port=$((RANDOM % 40000 + 20000))
        "${as[@]}" busybox httpd -f -p "127.0.0.1:$port" -h "$work/served" </dev/null 2>/dev/null &
        server=$!
        sleep 0.3
        # A server that found its port taken has ended by now.
        ! kill -0 "$server" 2>/dev/null || return 0
    done
    echo "kills: no port for the server" >&2
    return 1
}

clean() {
    [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
    chmod -R u+rwX "$work" 2>/dev/null || true
    rm -rf "$work"
}

# A pid namespace of its own holds the builds' processes and this script, which is its process 1, and no others: whatever
# is there after a kill was left by the killed belljar. The mount namespace shows mounts in the same way.
if [ -z "${KILLS_WORK:-}" ]; then
    trap 'exit 130' INT TERM
    own=(unshare --pid --fork --kill-child --mount-proc)
    is_root=no as=()
    if [ "$(id -u)" -eq 0 ]; then
        is_root=yes as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    else
        own+=(--user --map-current-user --keep-caps)
    fi
    work=$(mktemp -d /tmp/belljar-kills-XXXXXX)
    trap clean EXIT
    chmod 755 "$work"
    serve
    KILLS_WORK=$work KILLS_ROOT=$is_root KILLS_PORT=$port SEED=$seed "${own[@]}" "$BASH" "$PWD/Scripts/kills.sh" "$@"
    exit
fi
work=$KILLS_WORK

kinds=("$@")
[ "${#kinds[@]}" -gt 0 ] || kinds=(greeting zlib lua fetch import)
recipes=()
for kind in "${kinds[@]}"; do
    case $kind in fetch | import) ;; *) recipes+=("$kind") ;; esac
done
bin=${BELLJAR_BIN:-$PWD/.build/release}
as=()
if [ "$KILLS_ROOT" = yes ]; then
    as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    store=${KILLS_STORE:-/var/lib/belljar-kills}
else
    store=${KILLS_STORE:-$PWD/.build/kills-store}
fi

mkdir -p "$work"/{bin,home,temporary,project/Recipes/fetch} "$store"
cp "$bin/belljar" "$bin/belljar-init" "$work/bin"
cp -r Toolchains "$work/project/Toolchains"
for recipe in "${recipes[@]}"; do cp -r "Recipes/$recipe" "$work/project/Recipes"; done
chmod -R go+rX "$work"
if [ "$KILLS_ROOT" = yes ]; then
    chown 65534:65534 "$work"/{home,temporary,project/Toolchains} "$store"
fi
command=("${as[@]}" env -i PATH="$PATH" HOME="$work/home" TMPDIR="$work/temporary" NO_COLOR=1 BELLJAR_STORE="$store"
    "$work/bin/belljar")
belljar() { "${command[@]}" "$@" --project "$work/project"; }
# The mirrors and proxies of this machine are asked only while everything is fetched.
fetching() { "${as[@]}" env HOME="$work/home" BELLJAR_STORE="$store" "$work/bin/belljar" "$@" --project "$work/project"; }

milliseconds() {
    local now=${EPOCHREALTIME/./}
    echo "$((now / 1000))"
}

# MARK: What is killed

# A folder of random files that nobody has seen before.
make_files() {
    rm -rf "$1"
    mkdir -p "$1"
    head -c "$((files * bytes))" /dev/urandom | split -b "$bytes" -a 3 - "$1/"
    chmod -R go+rX "$1"
}

# The digest of all files of a folder, names and contents.
sum_of() { (cd "$1" && find . -type f ! -name .belljar-export -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum); }

prepare() {
    case $1 in
    fetch)
        make_files "$work/tree/files"
        tar -c -f "$work/served/archive" -C "$work/tree" files
        chmod 644 "$work/served/archive"
        cat >"$work/project/Recipes/fetch/recipe.yaml" <<END
name: fetch
version: "1"
toolchain: debian-12-c
epoch: 1735689600
sources:
  - archive: http://127.0.0.1:$KILLS_PORT/cgi-bin/archive.tar
    sha256: $(sha256sum "$work/served/archive" | cut -c1-64)
steps:
  - name: copy
    run: cp -r . "\$OUT"
outputs: [.]
END
        ;;
    import)
        make_files "$work/root/files"
        mkdir -p "$work/root/bin"
        cp "$(command -v busybox)" "$work/root/bin/busybox"
        ln -sf busybox "$work/root/bin/sh"
        tar -c -f "$work/root.tar" -C "$work/root" .
        chmod 644 "$work/root.tar"
        rm -rf "$work/project/Toolchains/imported"
        ;;
    esac
}

# What it takes to do one of them.
words_for() {
    case $1 in
    fetch) words=(build fetch) ;;
    import)
        words=(toolchain import imported https://archive.invalid/root.tar
            --sha256 "$(sha256sum "$work/root.tar" | cut -c1-64)" --file "$work/root.tar")
        ;;
    *) words=(build "$1" --no-cache) ;;
    esac
}

# Does it, to its end, and answers with a line that says what came of it.
result_of() {
    local words
    words_for "$1"
    case $1 in
    fetch)
        rm -rf "$work/temporary/out"
        belljar "${words[@]}" --output "$work/temporary/out" --quiet >/dev/null || return 1
        sum_of "$work/temporary/out"
        rm -rf "$work/temporary/out"
        ;;
    import)
        # An import that was killed when it had done everything is there.
        belljar toolchain verify imported >/dev/null 2>&1 || belljar "${words[@]}" --quiet >/dev/null || return 1
        [ "$(ls -A "$work/project/Toolchains/imported")" = $'toolchain.lock.yaml\ntoolchain.yaml' ] || {
            echo "strange files: $(ls -A "$work/project/Toolchains/imported")" >&2
            return 1
        }
        "${command[@]}" run --project "$work/project" -t imported -- /bin/sh -c 'cd /files && b=/bin/busybox
            $b find . -type f | $b sort | $b xargs $b sha256sum | $b sha256sum'
        ;;
    *)
        belljar "${words[@]}" --quiet --json >"$work/answer" || return 1
        grep -oE '"tree":"sha256:[0-9a-f]{64}"' "$work/answer" | head -n 1
        ;;
    esac
}

# The same line, without belljar or from an undisturbed build.
expected_of() {
    case $1 in
    fetch) sum_of "$work/tree/files" ;;
    import) sum_of "$work/root/files" ;;
    *) echo "${tree[$1]}" ;;
    esac
}

# MARK: What is looked at

# Numbers of the processes in this namespace other than this one.
strangers() {
    local path
    for path in /proc/[0-9]*; do
        [ "${path#/proc/}" = "$$" ] || printf '%s ' "${path#/proc/}"
    done
}

# Says in `phase` what belljar is waiting for, by the programs that run.
look_at_phase() {
    local path line
    phase=belljar
    for path in /proc/[0-9]*; do
        mapfile -d '' -t line 2>/dev/null <"$path/cmdline" || continue
        case "${line[*]:-}" in
        *belljar-init*--parse*) phase=archive && return ;;
        */curl*) phase=download ;;
        *belljar-init*) phase=sandbox ;;
        esac
    done
}

fail() {
    echo "kills: round $round ($kind, after $moment of ${duration[$kind]} ms, seed $seed): $*" >&2
    is_good=no
}

# Nothing of the killed belljar runs any more.
check_processes() {
    local deadline=$(($(milliseconds) + patience)) left seen=
    # In this shell itself: a subshell would be a process too.
    while strangers >"$work/left"; left=$(<"$work/left") && [ -n "$left" ]; do
        # They may go while they are being listed.
        [ -n "$seen" ] || [ "$(milliseconds)" -lt $((deadline - patience / 2)) ] ||
            seen=$(ps -A -o pid,ppid,stat,wchan,etimes,args || true)
        if [ "$(milliseconds)" -gt "$deadline" ]; then
            fail "processes are left after $patience ms; half of that ago there were
$seen"
            kill -9 $left 2>/dev/null || true
            return
        fi
        sleep 0.02
    done
}

check_leftovers() {
    # Read anew: a file of /proc has no size to compare.
    [ "$(</proc/self/mountinfo)" = "$mounts" ] || fail "other mounts than before: $(</proc/self/mountinfo)"
    belljar store fsck >"$work/fsck" 2>&1 || fail "the store is not sound: $(grep -v '^repaired' "$work/fsck" | head -n 5)"
    [ -z "$(ls -A "$store/tmp")" ] || fail "scratch is left: $(ls -A "$store/tmp")"
    local left
    left=$(find "$work/home" "$work/temporary" -mindepth 1)
    [ -z "$left" ] || fail "files are left: $left"
}

check_result() {
    local found expected
    expected=$(expected_of "$kind")
    found=$(result_of "$kind" 2>"$work/complaint") || fail "the next one fails: $(head -n 5 "$work/complaint")"
    [ "$found" = "$expected" ] || fail "the next one gives ${found:-nothing}, not $expected"
}

# Kills one at the chosen moment; says in `ended` whether it was quicker.
kill_one() {
    local child status=0 words
    words_for "$kind"
    "${command[@]}" "${words[@]}" --project "$work/project" --quiet </dev/null >"$work/log" 2>&1 &
    child=$!
    sleep "$((moment / 1000)).$(printf %03d $((moment % 1000)))"
    look_at_phase
    kill -9 "$child" 2>/dev/null || true
    { wait "$child" || status=$?; } 2>/dev/null
    case $status in
    137) ended=no ;;
    0) ended=yes ;;
    *) fail "belljar ended by itself with status $status: $(head -n 3 "$work/log")" ;;
    esac
}

# MARK: The rounds

declare -A duration tree phases
belljar store gc --records-older-than 1 --toolchains-unused-for 7 >&2
for recipe in "${recipes[@]}"; do fetching build "$recipe" --quiet >&2; done
case " ${kinds[*]} " in *" fetch "*) fetching toolchain build debian-12-c --quiet >&2 ;; esac
for kind in "${kinds[@]}"; do
    prepare "$kind"
    words_for "$kind"
    before=$(milliseconds)
    belljar "${words[@]}" --quiet >"$work/answer"
    duration[$kind]=$(($(milliseconds) - before))
    case $kind in fetch | import) ;; *) tree[$kind]=$(result_of "$kind") ;; esac
done
mounts=$(</proc/self/mountinfo)
echo "kills: $rounds rounds of ${kinds[*]}, seed $seed" >&2
RANDOM=$((seed % 32768))
passed=0 failed=0 late=0
trap 'echo "kills: stopped after $((passed + failed)) rounds, $failed failed" >&2; exit 130' INT TERM
for ((round = 0; round < rounds; round++)); do
    kind=${kinds[round % ${#kinds[@]}]}
    # Evenly over the whole length and a little more, so that the end is hit as well; by chance within each part.
    parts=$(((rounds - 1 - round % ${#kinds[@]}) / ${#kinds[@]} + 1))
    part=$((round / ${#kinds[@]} * 1000 + RANDOM % 1000))
    moment=$((duration[$kind] * 11 * part / (10000 * parts)))
    is_good=yes
    for ((try = 0; try < 20; try++)); do
        ended=no phase=
        prepare "$kind"
        kill_one
        check_processes
        check_leftovers
        check_result
        [ "$ended" = yes ] || break
        # Too late: any moment of the whole length.
        late=$((late + 1))
        moment=$((duration[$kind] * (RANDOM % 1000) / 1000))
    done
    [ "$ended" = no ] || fail "it always ends before it is killed"
    if [ "$is_good" = yes ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    phases[$phase]=$((${phases[$phase]:-0} + 1))
    [ $(((round + 1) % 10)) -ne 0 ] || echo "kills: $((round + 1)) rounds, $failed failed" >&2
done

echo "kills: $late more had ended before they were to be killed; killed during" \
    "$(for phase in "${!phases[@]}"; do echo "$phase: ${phases[$phase]}"; done | sort | paste -s -d ,)" >&2
echo "kills: $passed passed, $failed failed"
[ "$failed" -eq 0 ]

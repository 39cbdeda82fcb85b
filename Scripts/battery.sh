#!/bin/bash
# Shows that builds see the same world on different hosts: every probe of Tests/Fixtures/Probes runs in three rounds, and
# between them as much of the host is changed as this account may change. docs/battery.md explains the table it prints.
#
#     battery.sh [GROUP...]    all groups if none is named
#
# ROUNDS          so many rounds that all are as the first one, under the second one's load; what parallel jobs make has to be the
#                 same each time (`make parallel`)
# BELLJAR_BIN     folder with belljar and belljar-init; default .build/release
# BATTERY_STORE   where images are built once and stay; default /var/lib/belljar-battery for root, else .build/battery-store
# BATTERY_OUTPUT  folder that all rounds' outputs are left in, for a look at what differs
set -euo pipefail
shopt -s nullglob
cd "$(dirname "$0")/.."
. Scripts/places.sh
probes=$PWD/Tests/Fixtures/Probes
table=$probes/probes.tsv
rounds=${ROUNDS:-3}
is_repeated=${ROUNDS:+yes}

note() { echo "battery: $*" >&2; }

# ---- What changes from round to round -------------------------------------------------------------------------------

# Host name, processors, umask, stack limit, what processes inherit (letters of starter.c), and as root the uid: round 1 is the
# quiet one, which also builds the images.
describe_round() {
    local cpus=$(awk -F: '/^Cpus_allowed_list/ { gsub(/[ \t]/, "", $2); print $2 }' /proc/self/status)
    local first=${cpus%%[-,]*} last=${cpus##*[-,]}
    # Rounds that are repeated are quiet ones, but for the load.
    case ${is_repeated:-$1} in
    1 | yes) host='' cpu=$cpus mask=022 stack='' inherit='' uid=$ordinary_uid owner=$ordinary_uid language=C.UTF-8 zone=UTC ;;
    2) host=probe-two.example cpu=$first mask=077 stack='' inherit=nistpcmgl uid=20002 owner=20002 language=de_DE.UTF-8 zone=Asia/Tokyo ;;
    3) host=third cpu=$last mask=002 stack=unlimited inherit=bistpcmg uid=0 owner=$ordinary_uid language=C zone=America/Caracas ;;
    esac
    # Of round 3 root's belljar takes back all, hard limits too where it may.
    [ "${is_repeated:-$1}$is_root" != 3yes ] || inherit+=n
    [ "${is_repeated:-$1}" != 3 ] || ! may_raise_limits || inherit+=L
}

# Root of a container need not be able to (CAP_SYS_RESOURCE).
may_raise_limits() { [ "$is_root" = yes ] && (ulimit -n 1000 && ulimit -n 1001) 2>/dev/null; }

# Root, or an ordinary user in a namespace where they look like root; empty if neither can be had.
find_wrapper() {
    local own=(unshare --mount --uts --propagation private)
    [ "$is_root" = yes ] || own+=(--user --map-root-user)
    if "${own[@]}" true 2>/dev/null; then
        wrapper=("${own[@]}")
        if [ "$is_root" = no ] && ! "${own[@]}" unshare --user --map-user="$(id -u)" --map-group="$(id -g)" true 2>/dev/null; then
            wrapper=()
        fi
    fi
    [ "${#wrapper[@]}" -gt 0 ] || note "not varied: host name, file system of the store (no user namespace inside another)"
}

# The images' store as the round sees it. Round 2 has a copy on a tmpfs, that belongs to its account and is gone with the
# round's mounts; round 3 sees the store under another path. Sets `uid` and `owner` back where the store stays as it is.
place_store() {
    local number=$1 place=$2 available needed
    mkdir -p "$place"
    if [ "$number" -eq 2 ] && [ "${#wrapper[@]}" -gt 0 ]; then
        available=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
        needed=$(du -sm "$store" | cut -f1)
        if [ "$available" -lt $((2 * needed + 1024)) ]; then
            note "not varied: file system of the store (a tmpfs of $needed MiB is too much for $available MiB of memory)"
        elif mount -t tmpfs -o "mode=755,size=$((needed + 2048))m" battery "$place"; then
            cp -a --no-preserve=ownership "$store/." "$place"
            [ "$is_root" = no ] || chown -R "$owner:$owner" "$place"
            return
        fi
    fi
    [ "$uid" -eq 0 ] || uid=$ordinary_uid
    owner=$ordinary_uid
    if [ "${#wrapper[@]}" -gt 0 ]; then mount --bind "$store" "$place"; else cp -al "$store/." "$place"; fi
}

# Two busy processors and a busy disk, until the round is over, however it ends, and for a quarter of an hour at most.
start_load() {
    local i
    # Somebody else's lock, which the kernel lists for everybody.
    [ ! -x "$work/bin/starter" ] || { timeout 900 "$work/bin/starter" k sleep 900 >/dev/null 2>&1 & load+=($!); }
    for i in 1 2; do
        timeout 900 bash -c 'while kill -0 "$1"; do for i in {1..10000}; do :; done; done' - "$$" >/dev/null 2>&1 &
        load+=($!)
    done
    timeout 900 bash -c 'while kill -0 "$1"; do dd if=/dev/zero of="$2" bs=1M count=32; done' - "$$" "$work/load" \
        >/dev/null 2>&1 &
    load+=($!)
}

# A project with the groups' recipes, every file created anew in an order of its own.
make_project() {
    local folder=$1 group
    mkdir -p "$folder/Recipes"
    cp -r Toolchains "$folder/Toolchains"
    for group in $(shuf -e "${groups[@]}"); do
        mkdir "$folder/Recipes/$group"
        (cd "$probes/$group" && find -L . -type f -print0 | shuf --zero-terminated |
            tar --create --dereference --null --files-from=-) | tar --extract --touch --no-same-owner --directory "$folder/Recipes/$group"
        if grep -q 'local: names' "$probes/$group/recipe.yaml"; then
            mkdir "$folder/Recipes/$group/names"
            (cd "$folder/Recipes/$group/names" && { seq -f 'name-%05g' 4999 | shuf; } | xargs touch && echo seed >seed)
        fi
    done
    chmod -R go+rX "$folder"
}

# ---- One round, inside its namespaces -------------------------------------------------------------------------------

# Builds one group with the round's account, limits and environment; `run_round` has set the variables.
build_group() {
    local options=(--no-cache --quiet --project "$folder/project" --store "$place" --output "$folder/out")
    [ "$is_root" = no ] || [ "$uid" -ne 0 ] || options+=(--build-uid "$owner")
    local starter=()
    [ -z "$inherit" ] || [ ! -x "$work/bin/starter" ] || starter=("$work/bin/starter" "$inherit")
    (
        umask "$mask"
        [ -z "$stack" ] || ulimit -S -s "$stack" 2>/dev/null || true
        exec "${as[@]}" env -i PATH="$PATH" HOME="$folder/home" LANG="$language" TZ="$zone" "ROUND_$number=$RANDOM" \
            XDG_CACHE_HOME="$folder/home/$number" taskset --cpu-list "$cpu" "${starter[@]}" "$work/bin/belljar" build "${options[@]}" "$1"
    ) </dev/null >"$folder/logs/$1" 2>&1 || {
        note "round $number: $1 could not be built:"
        tail -n 15 "$folder/logs/$1" | sed 's/^/    /' >&2
        return
    }
    "${as[@]}" env -i PATH="$PATH" HOME="$folder/home" "$work/bin/belljar" show "$1" --project "$folder/project" \
        --store "$place" 2>&1 | sed -n 's/^  open  *//p' | tr -d ' ' >"$folder/labels/$1"
}

run_round() {
    local number=$1 folder=$work/round-$1 place=$store group as=() load=()
    describe_round "$number"
    mkdir -p "$folder"/{out,home,logs,labels}
    make_project "$folder/project"
    if [ "${#wrapper[@]}" -gt 0 ] && [ -n "$host" ]; then
        hostname "$host" || note "not varied: host name"
    fi
    if [ "${is_repeated:-$number}" = 2 ] || [ "${is_repeated:-$number}" = 3 ]; then
        place=$folder/another/store
        place_store "$number" "$place"
    fi
    if [ "$is_root" = yes ]; then
        # Round 3 is root's own, whose builds run under the account that it is told.
        chown -R "$uid:$uid" "$folder"/{out,home}
        [ "$uid" -eq 0 ] || as=(setpriv "--reuid=$uid" "--regid=$uid" --clear-groups)
    elif [ "${#wrapper[@]}" -gt 0 ]; then
        as=(unshare --user --map-user="$own_uid" --map-group="$own_gid")
    fi
    [ "${is_repeated:-$number}" != 2 ] && [ -z "$is_repeated" ] || start_load
    # As many groups at a time as there are processors.
    for group in "${groups[@]}"; do
        while [ "$(jobs -rp | wc -l)" -ge $((${#load[@]} + $(nproc))) ]; do sleep 0.1; done
        build_group "$group" &
    done
    while [ "$(jobs -rp | wc -l)" -gt "${#load[@]}" ]; do sleep 0.1; done
    [ "${#load[@]}" -eq 0 ] || kill "${load[@]}" 2>/dev/null || true
    wait
    chmod -R a+rX "$folder/out"
}

# ---- All rounds -----------------------------------------------------------------------------------------------------

# Builds the images with the account of round 1, which owns the store.
build_images() {
    local toolchains
    mapfile -t toolchains < <(for group in "${groups[@]}"; do sed -n 's/^toolchain: //p' "$probes/$group/recipe.yaml"; done | sort -u)
    mkdir -p "$store" "$work/home"
    [ "$is_root" = no ] || chown "$ordinary_uid:$ordinary_uid" "$store" "$work/home"
    "${ordinary[@]}" env HOME="$work/home" "$work/bin/belljar" toolchain build --quiet --project "$work/toolchains" \
        --store "$store" "${toolchains[@]}" >&2
}

# verdict FILE: compares the rounds' copies of one output.
verdict() {
    local first=$work/round-1/out/$1 number
    for ((number = 1; number <= rounds; number++)); do
        if [ ! -e "$work/round-$number/out/$1" ]; then
            echo "missing in round $number"
            return
        fi
    done
    if tail -n 1 "$first" | grep -qE '^exit [0-9]+$' || grep -aqE '(^| )bad$|^bad:' "$first"; then
        echo "wrong: $(grep -aE '(^| )bad$|^bad:|^exit [0-9]+$' "$first" | cut -c1-160 | head -n 3 | tr '\n' ';')"
        return
    fi
    for ((number = 2; number <= rounds; number++)); do
        cmp -s "$first" "$work/round-$number/out/$1" || {
            echo "differs in round $number"
            return
        }
    done
    echo same
}

# unlabelled GROUP CHANNEL,...: the channels that a probe which differs looks at, and no round's label of the group names.
unlabelled() {
    local channel known
    known=$({ cat "$work"/round-*/labels/"$1" || true; } | tr ',' '\n' | sort -u)
    for channel in ${2//,/ }; do
        grep -qxF "$channel" <<<"$known" || echo "$channel"
    done
}

show_difference() {
    local number
    for ((number = 2; number <= rounds; number++)); do
        cmp -s "$work/round-1/out/$1" "$work/round-$number/out/$1" || {
            diff -a "$work/round-1/out/$1" "$work/round-$number/out/$1" | grep -a '^[<>]' | cut -c1-160 | head -n "${BATTERY_LINES:-6}" |
                sed 's/^/      /'
            return 0
        }
    done
}

compare() {
    local line='%-34s %-22s %-28s %s\n' group probe in language controls file name found missing
    local passed=0 failed=0 open=0 quiet=0
    printf "$line" probe language controls verdict
    for group in "${groups[@]}"; do
        while IFS=$'\t' read -r probe in language controls; do
            [[ ,$in, == *,$group,* ]] || continue
            # One output, or one for each way in which the program was compiled.
            local files=("$work"/round-1/out/"$group/$probe".*txt)
            [ "${#files[@]}" -gt 0 ] || files=("$work/round-1/out/$group/$probe.txt")
            for file in "${files[@]}"; do
                name=$group/${file#"$work/round-1/out/$group/"}
                found=$(verdict "$name")
                if [[ $probe == open/* ]]; then
                    open=$((open + 1))
                    case $found in
                    same) found='open, but did not differ' quiet=$((quiet + 1)) ;;
                    differs*)
                        found='differs, as expected'
                        missing=$(unlabelled "$group" "$controls" | paste -sd,)
                        [ -z "$missing" ] || { found="differs, and no label says $missing" failed=$((failed + 1)); }
                        ;;
                    esac
                elif [ "$found" = same ]; then
                    passed=$((passed + 1))
                else
                    failed=$((failed + 1))
                fi
                [ -z "$is_repeated" ] || [ "$found" != same ] || found="same $rounds times"
                printf "$line" "${name%.txt}" "$language" "$controls" "$found"
                [[ $found != differs\ in* ]] || show_difference "$name"
                [[ $found != missing* || $probe != open/* ]] || failed=$((failed + 1))
            done
        done < <(grep -v '^#' "$table")
        for file in "$work"/round-1/out/"$group"/*.txt "$work"/round-1/out/"$group"/open/*.txt; do
            name=${file#"$work/round-1/out/$group/"}
            name=${name%.txt}
            # Not grep -q, which may end before cut has written everything.
            cut -f1,2 "$table" | grep -E "^${name%.*}(\.[^	]*)?	(.*,)?$group(,|\$)" >/dev/null ||
                { note "$group/$name is not in probes.tsv"; failed=$((failed + 1)); }
        done
    done
    echo "$open probes of open channels, $quiet of them did not differ"
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# Called by itself inside a round's namespaces.
begin_round() {
    local number=$1
    work=$2 store=$3 own_uid=$4 own_gid=$5 is_root=$6
    shift 6
    while [ "$1" != -- ]; do
        wrapper+=("$1")
        shift
    done
    shift
    groups=("$@")
    run_round "$number"
}

main() {
    local number status=0
    groups=("$@")
    if [ "${#groups[@]}" -eq 0 ]; then
        for recipe in "$probes"/*/recipe.yaml; do groups+=("$(basename "$(dirname "$recipe")")"); done
    fi
    bin=${BELLJAR_BIN:-$PWD/.build/release}
    if [ "$is_root" = yes ]; then store=${BATTERY_STORE:-/var/lib/belljar-battery}; else store=${BATTERY_STORE:-$PWD/.build/battery-store}; fi
    work=$(mktemp -d /tmp/belljar-battery-XXXXXX)
    trap 'chmod -R u+rwX "$work" 2>/dev/null || true; rm -rf "$work"' EXIT
    chmod 755 "$work"
    mkdir -p "$work/bin" "$work/toolchains"
    cp "$bin/belljar" "$bin/belljar-init" "$work/bin"
    gcc -O1 -w -static -o "$work/bin/starter" Tests/Fixtures/Programs/starter.c 2>/dev/null ||
        note "not varied: what processes inherit (no C compiler)"
    cp -r Toolchains "$work/toolchains/"
    chmod -R go+rX "$work/bin" "$work/toolchains"

    find_wrapper
    [ "$is_root" = yes ] || note "not varied: uid (only root can start belljar under another)"
    may_raise_limits || note "not varied: hard limits (only root with CAP_SYS_RESOURCE can raise them again)"
    [ "$(nproc)" -gt 1 ] || note "not varied: processors (there is one)"
    note "not varied: the kernel, its version and its settings (it is this machine's)"
    note "not varied: the wall clock beyond the minutes between rounds (setting it would set the host's)"
    build_images
    for ((number = 1; number <= rounds; number++)); do
        note "round $number of $rounds"
        "${wrapper[@]}" bash "$PWD/Scripts/battery.sh" --round "$number" "$work" "$store" "$(id -u)" "$(id -g)" "$is_root" "${wrapper[@]}" -- "${groups[@]}"
    done
    compare || status=1
    if [ -n "${BATTERY_OUTPUT:-}" ]; then
        mkdir -p "$BATTERY_OUTPUT"
        for ((number = 1; number <= rounds; number++)); do cp -r "$work/round-$number/out" "$BATTERY_OUTPUT/round-$number"; done
    fi
    return "$status"
}

# The whole file is read before anything begins: it may be edited during the minutes that this takes.
wrapper=()
if [ "${1:-}" = --round ]; then
    shift
    begin_round "$@"
else
    main "$@"
fi
exit

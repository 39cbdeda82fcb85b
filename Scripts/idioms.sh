#!/bin/bash
# Runs the everyday idioms of docs/world.md outside of belljar and inside. Outside means: the same programs, of the image
# debian-12-idioms, on this machine's kernel with its clock, disk and network, under an ordinary account.
#
#     idioms.sh               all: outside, and inside in the battery's three rounds
#     idioms.sh NAME...       some (files' names of Tests/Fixtures/Probes/idioms/probes, or what these begin with): one round inside
#
# BELLJAR_BIN, BATTERY_STORE  as for battery.sh
# IDIOMS_OUTPUT               folder that what they printed is left in
set -euo pipefail
shopt -s nullglob
cd "$(dirname "$0")/.."
. Scripts/places.sh
group=$PWD/Tests/Fixtures/Probes/idioms

note() { echo "idioms: $*" >&2; }

# A project with this group alone.
make_project() {
    mkdir -p "$work/project/Recipes"
    cp -r Toolchains "$work/project/Toolchains"
    cp -rL "$group" "$work/project/Recipes/idioms"
    [ "$#" -eq 0 ] || sed -i "s|run: sh -eu run.sh|run: IDIOMS='$*' sh -eu run.sh|" "$work/project/Recipes/idioms/recipe.yaml"
    chmod -R go+rX "$work/project"
}

# ---- Outside --------------------------------------------------------------------------------------------------------

# Called by itself in namespaces where it looks like root: the image, writable, with this machine's /proc, /sys and /dev.
begin_outside() {
    local work=$1 image=$2 root=$1/root uid=$3 gid=$4 names=$5 options=''
    [ "$uid" -eq "$ordinary_uid" ] || options=,userxattr
    mkdir -p "$root" "$work/over"
    mount -t tmpfs idioms "$work/over"
    mkdir "$work/over/upper" "$work/over/work"
    mount -t overlay -o "lowerdir=$image,upperdir=$work/over/upper,workdir=$work/over/work$options" idioms "$root"
    mkdir -p "$root"/{proc,sys,dev,build,tmp,run,var/tmp}
    for folder in proc sys dev; do mount --rbind "/$folder" "$root/$folder"; done
    # The sources lie on this machine's disk.
    mount --bind "$work/build" "$root/build"
    mount -t tmpfs -o mode=1777 idioms "$root/tmp"
    mount -t tmpfs -o mode=1777 idioms "$root/var/tmp"
    mount -t tmpfs -o mode=755 idioms "$root/run"
    mkdir -m 1777 "$root/run/lock"
    printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n' >"$root/etc/hosts"
    local as=(chroot "$root" setpriv "--reuid=$uid" "--regid=$gid" --clear-groups)
    [ "$uid" -eq "$ordinary_uid" ] || as=(unshare --user "--map-user=$uid" "--map-group=$gid" "--root=$root")
    exec "${as[@]}" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/build/home OUT=/build/out IDIOMS_OUTSIDE=1 IDIOMS="$names" \
        sh -c 'cd /build && exec sh -eu run.sh' </dev/null
}

run_outside() {
    local image uid=$ordinary_uid gid=$ordinary_uid own=()
    image=$(lay_out_image)
    cp -r "$work/project/Recipes/idioms" "$work/build"
    mkdir -p "$work/build"/{home,out,work}
    if [ "$is_root" = yes ]; then
        give_ordinary "$work/build"
    else
        uid=$(id -u) gid=$(id -g)
        own=(--user --map-root-user)
    fi
    unshare "${own[@]}" --mount --propagation private bash "$PWD/Scripts/idioms.sh" --outside "$work" "$image" "$uid" "$gid" "$*"
}

# The folder in which the image lies as files, which belljar makes when it is used first.
lay_out_image() {
    local digest
    digest=$(sed -n '/^image:/,/digest/s/^ *digest: sha256://p' Toolchains/debian-12-idioms/toolchain.lock.yaml)
    "${ordinary[@]}" env HOME="$work/home" "$bin/belljar" run --quiet --project "$work/project" --store "$store" -t debian-12-idioms -- true >&2
    echo "$store/trees/$digest"
}

# ---- Inside ---------------------------------------------------------------------------------------------------------

run_inside() {
    if [ "$#" -eq 0 ]; then
        BELLJAR_BIN=$bin BATTERY_STORE=$store BATTERY_OUTPUT=$work/battery Scripts/battery.sh idioms >"$work/table" || true
        mkdir -p "$work/inside"
        cp "$work"/battery/round-1/idioms/*.txt "$work/inside/"
        return
    fi
    "${ordinary[@]}" env -i PATH="$PATH" HOME="$work/home" "$bin/belljar" build --no-cache --quiet --project "$work/project" --store "$store" \
        --output "$work/home/out" idioms >&2 </dev/null
    mv "$work/home/out/idioms" "$work/inside"
}

# answer FILE: what an idiom came to.
answer() {
    if [ ! -e "$1" ]; then
        echo missing
    elif grep -q '^not inside: ' "$1"; then
        head -n 1 "$1"
    elif [ "$(tail -n 1 "$1")" = ok ] && ! grep -q '^bad: ' "$1"; then
        echo ok
    else
        grep -a -m 1 -E '^bad: |^exit' "$1" | cut -c1-100
    fi
}

# What battery.sh says of the three rounds, where it says anything else than this.
rounds_of() { [ ! -e "$work/table" ] || awk -v name="idioms/$1" '$1 == name && $NF != "same" { sub(/^[^ ]+ +[^ ]+ +[^ ]+ +/, ""); print " (" $0 ")" }' "$work/table"; }

compare() {
    local line='%-26s %-8s %s\n' name file outside inside passed=0 failed=0
    printf "$line" idiom outside inside
    for file in "$@"; do
        name=${file%.*}
        outside=$(answer "$work/build/out/$name.txt")
        inside=$(answer "$work/inside/$name.txt")$(rounds_of "$name")
        printf "$line" "$file" "$outside" "$inside"
        case $outside,$inside in
        ok,ok | 'ok,not inside: '*) passed=$((passed + 1)) ;;
        *) failed=$((failed + 1)) ;;
        esac
    done
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

main() {
    local files=() status=0 name
    bin=${BELLJAR_BIN:-$PWD/.build/release}
    [[ $bin = /* ]] || bin=$PWD/$bin
    work=$(mktemp -d /tmp/belljar-idioms-XXXXXX)
    trap 'chmod -R u+rwX "$work" 2>/dev/null || true; rm -rf "$work"' EXIT
    chmod 755 "$work"
    mkdir "$work/home" "$work/bin"
    cp "$bin/belljar" "$bin/belljar-init" "$work/bin/"
    bin=$work/bin
    if [ "$is_root" = yes ]; then
        store=${BATTERY_STORE:-/var/lib/belljar-battery}
        mkdir -p "$store"
        chown "$ordinary_uid:$ordinary_uid" "$store" "$work/home"
    else
        store=${BATTERY_STORE:-$PWD/.build/battery-store}
    fi
    for name in "${@:-}"; do files+=("$group/probes/$name"*); done
    [ "${#files[@]}" -gt 0 ] || { note "no idiom is called $*"; return 2; }
    files=("${files[@]#"$group/probes/"}")
    [ "$#" -eq 0 ] || set -- "${files[@]}"
    make_project "$@"
    "${ordinary[@]}" env HOME="$work/home" "$bin/belljar" toolchain build --quiet --project "$work/project" --store "$store" debian-12-idioms >&2
    note outside
    run_outside "$@"
    note inside
    run_inside "$@" || status=1
    compare "${files[@]}" || status=1
    if [ -n "${IDIOMS_OUTPUT:-}" ]; then
        mkdir -p "$IDIOMS_OUTPUT"
        cp -r "$work/build/out" "$IDIOMS_OUTPUT/outside"
        cp -r "$work/inside" "$IDIOMS_OUTPUT/inside"
        [ ! -d "$work/battery" ] || cp -r "$work/battery/." "$IDIOMS_OUTPUT"
    fi
    return "$status"
}

if [ "${1:-}" = --outside ]; then
    shift
    begin_outside "$@"
else
    main "$@"
fi
exit

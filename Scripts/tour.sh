#!/bin/bash
# Types what README.md shows as somebody would: from this checkout, as an ordinary user with an empty home and an empty store.
# Fails if a command fails, or prints something else than is shown. Needs the network: Debian's packages.
#
#     tour.sh STAGE [PAGE]      STAGE as stage.sh lays it out: `make install` on the page installs that, and compiles nothing
#
# Blocks that are marked ```console are typed, each line behind "$ " with those behind "> " that go on with it. What differs from
# day to day may differ: digests, numbers, and names of months. A line "..." stands for any lines, and /home/you for the home.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/places.sh
umask 022
# Somebody types it, not make: it would say which folders it enters.
unset MAKEFLAGS MFLAGS MAKELEVEL

stage=$(realpath "${1:?usage: tour.sh STAGE [PAGE]}")
page=$(realpath "${2:-README.md}")

if [ "${BELLJAR_TOUR:-}" != inside ]; then
    work=$(mktemp -d /tmp/belljar-tour-XXXXXX)
    trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
    chmod 755 "$work"
    as_ordinary "$work/places" env BELLJAR_TOUR=inside "$PWD/Scripts/tour.sh" "$stage" "$page"
    exit
fi

# What is typed, and what has to be printed, one command after the other.
commands=() outputs=() places=()
read_page() {
    local line number=0 inside=no
    while IFS= read -r line; do
        number=$((number + 1))
        case $inside:$line in
        no:'```console') inside=yes ;;
        no:*) ;;
        *:'```') inside=no ;;
        yes:'$ '*) commands+=("${line#??}") outputs+=("") places+=("$number") ;;
        yes:'> '*) commands[-1]+=$'\n'${line#??} ;;
        yes:*) outputs[-1]+=$line$'\n' ;;
        esac
    done <"$page"
}

# What is printed, without what differs from day to day.
plain() {
    sed -E -e "s#$HOME#/home/you#g" -e 's/sha256:[0-9a-f]{64}/sha256:D/g' -e 's/[0-9]+(\.[0-9]+)*/N/g' \
        -e 's/\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b +/M /g'
}

# A pattern of bash's for what has to be printed.
pattern() {
    local line
    while IFS= read -r line; do
        if [ "$line" = ... ]; then printf '*'; else printf '%s\n' "$line" | sed 's/[][*?\\]/\\&/g'; fi
    done
}

read_page
if [ "${#commands[@]}" -eq 0 ]; then
    echo "tour: $page shows nothing to type" >&2
    exit 1
fi
export BELLJAR_STAGE=$stage
failed=0 begin=$SECONDS
for index in "${!commands[@]}"; do
    status=0
    # In this very shell, so that a `cd` and an `export` hold for what follows.
    eval "${commands[index]}" >"$TMPDIR/said" 2>&1 </dev/null || status=$?
    wanted=$(plain <<<"${outputs[index]}" | pattern)
    said=$(plain <"$TMPDIR/said")
    # shellcheck disable=SC2053 # It is a pattern.
    if [ "$status" -ne 0 ] || [[ $said != $wanted ]]; then
        echo "${page##*/}:${places[index]}: \$ ${commands[index]}"
        echo "ends with $status and prints"
        cat "$TMPDIR/said"
        echo "where the page shows"
        printf '%s\n' "${outputs[index]}"
        failed=1
        break
    fi
done
echo "tour: $((index + 1)) of ${#commands[@]} commands of ${page##*/} typed, $((SECONDS - begin)) s"
echo "$((index + 1 - failed)) passed, $failed failed"
exit "$failed"

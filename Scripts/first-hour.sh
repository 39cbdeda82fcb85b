#!/bin/bash
# Does what a newcomer does, with a small project of each kind: from an installed belljar, an empty home and an empty store, `init`,
# `build`, and run what was built. Prints the seconds that each takes. Needs the network: Debian's packages for each kind. Two of
# them once more with `observe` in place of `init`.
#
#     first-hour.sh STAGE [PROJECT...]      STAGE as stage.sh lays it out; PROJECT of Tests/Fixtures/FirstHour, or observe-PROJECT; default all
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/places.sh
umask 022

stage=${1:?usage: first-hour.sh STAGE [PROJECT...]}
projects=("${@:2}")
[ "${#projects[@]}" -gt 0 ] || projects=(make autotools cmake meson rust go python perl java shell observe-make observe-cmake)

# How a project's artifact is run, in its folder; each says "hi from" and the project's name.
declare -A artifact=(
    [make]='out/*/hello'
    [autotools]='out/*/usr/bin/hello'
    [cmake]='out/*/usr/bin/hello'
    [meson]='out/*/usr/bin/hello'
    [rust]='out/*/usr/bin/hello'
    [go]='out/*/usr/bin/hello'
    [python]='PYTHONPATH=$(echo out/*/*.whl) python3 -m hi'
    [perl]='PERL5LIB=$(echo out/*/usr/share/perl5) perl out/*/usr/bin/hi'
    # A host need not have Java.
    [java]='belljar run -q -t java --bind-ro $(echo out/*):/mnt -- java -cp /mnt/classes.jar org.Hi'
    [shell]='out/*/usr/bin/hi.sh'
)

# What is typed first.
declare -A first=(
    [observe-make]='belljar observe -q -- make'
    [observe-cmake]='belljar observe -q -- sh -c "cmake -B made && cmake --build made"'
)
artifact[observe-make]='out/*/hello'
artifact[observe-cmake]='out/*/made/hello'
case " ${projects[*]} " in *" observe-cmake "*) Scripts/setup.sh observe ;; esac

work=$(mktemp -d /tmp/belljar-first-hour-XXXXXX)
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
chmod 755 "$work"
make_places "$work/places"
cp -R Tests/Fixtures/FirstHour/. "$work/places/home/"
give_ordinary "$work/places"

# typed FOLDER COMMAND: what somebody types there. Leaves the seconds in $took and what it said in $work/said.
typed() {
    local begin=$EPOCHREALTIME status=0
    (cd "$1" && in_places "$work/places" "${ordinary[@]}" env "PATH=$work/places/home/.local/bin:$PATH" bash -c "$2") >"$work/said" 2>&1 || status=$?
    took=$(awk -v from="$begin" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", to - from }')
    return "$status"
}

# The steps of one project; prints its row.
try() {
    local folder=$work/places/home/$1 row
    [ -z "${first[$1]:-}" ] || cp -R "Tests/Fixtures/FirstHour/${1#observe-}" "$folder"
    give_ordinary "$folder"
    typed "$folder" "${first[$1]:-belljar init -q}" || return
    row=$(printf '%-13s %8s' "$1" "$took")
    typed "$folder" "belljar build -q --output out" || return
    row=$(printf '%s %8s' "$row" "$took")
    typed "$folder" "${artifact[$1]}" || return
    if [ "$(cat "$work/said")" != "hi from ${1#observe-}" ]; then return 1; fi
    printf '%s  %s\n' "$row" "$(head -1 "$work/said")"
}

typed . "BELLJAR_STAGE='$stage' make install PREFIX=\$HOME/.local" || { cat "$work/said" >&2 && exit 1; }
printf '%-13s %8s %8s\n' project "first, s" "build, s"
failed=0
for project in "${projects[@]}"; do
    if ! try "$project"; then
        echo "$project: failed" && cat "$work/said"
        failed=$((failed + 1))
    fi
done
echo "$((${#projects[@]} - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]

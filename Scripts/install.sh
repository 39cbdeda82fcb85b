#!/bin/bash
# `install.sh FOLDER` installs below FOLDER what `make release` laid out. An ordinary user's installation compiles first, unless
# BELLJAR_STAGE names a folder with what is to be installed. Root's compiles nothing: what root compiles, root alone can clean up,
# and sudo's PATH has no Swift.
# `install.sh --remove FOLDER` removes what it installed there.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

# Relative paths of what was installed, one a line.
list=share/belljar/installed

fail() {
    echo "install: $1" >&2
    echo "remedy: $2" >&2
    exit 2
}

# remove_files PREFIX: reads relative paths from standard input; folders that are empty then go too, if they are belljar's.
remove_files() {
    local path
    while read -r path; do
        rm -f "$1/$path"
        case $path in share/belljar/* | share/doc/belljar/*)
            path=$(dirname "$path")
            (cd "$1" && [ ! -d "$path" ] || rmdir --parents --ignore-fail-on-non-empty "$path")
            ;;
        esac
    done
}

if [ "${1:-}" = --remove ]; then
    prefix=${2:?usage: install.sh --remove FOLDER}
    [ -r "$prefix/$list" ] || fail "there is no $prefix/$list, which says what was installed" \
        "name the PREFIX (and DESTDIR) that it was installed with"
    files=$(cat "$prefix/$list")
    remove_files "$prefix" <<<"$files"
    echo "removed from $prefix"
    exit
fi

prefix=${1:?usage: install.sh [--remove] FOLDER}
stage=${BELLJAR_STAGE:-.build/stage}
if [ "$(id -u)" -ne 0 ] && [ -z "${BELLJAR_STAGE:-}" ]; then
    Scripts/setup.sh build
    Scripts/build.sh
    Scripts/stage.sh "$stage"
fi
[ -x "$stage/bin/belljar" ] || fail "there is nothing to install: no $stage/bin/belljar" "as an ordinary user, first: make release"
if [ -n "$(find Sources Package.swift -newer "$stage/bin/belljar" -type f -print -quit)" ]; then
    echo "install: the sources are newer than what was compiled and is installed now; \`make release\` compiles them" >&2
fi

mkdir -p "$prefix"
files=$({ cd "$stage" && find . -type f -printf '%P\n' && echo "$list"; } | LC_ALL=C sort)
# What an earlier version installed, and this one does not.
if [ -r "$prefix/$list" ]; then
    LC_ALL=C comm -23 "$prefix/$list" <(echo "$files") | remove_files "$prefix"
fi
# Files alone, so that folders that are there keep their modes; each is unlinked first, also a program that runs.
grep -vxF "$list" <<<"$files" | tar --create --directory "$stage" --files-from=- |
    tar --extract --directory "$prefix" --no-same-owner --preserve-permissions --unlink-first
mkdir -p "$(dirname "$prefix/$list")"
echo "$files" >"$prefix/$list"
echo "installed below $prefix"

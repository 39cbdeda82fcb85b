#!/bin/bash
# `dist.sh STAGE FOLDER` packs what stage.sh laid out into FOLDER: a tarball that can be unpacked anywhere, and one with the symbols
# for debuggers, to be unpacked over it. The same stage gives the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

stage=${1:?usage: dist.sh STAGE FOLDER}
folder=${2:?usage: dist.sh STAGE FOLDER}
version=$("$stage/bin/belljar" version | cut -d' ' -f2)
name=belljar-$version-linux-x86_64
mkdir -p "$folder"

# pack FROM FILE: everything below one folder, names sorted, owners and times fixed, compressed by one thread.
pack() {
    (cd "$1" && find . -mindepth 1 -print0 | LC_ALL=C sort --zero-terminated) |
        tar --create --directory "$1" --null --no-recursion --files-from=- --format=gnu --mtime="@$(Scripts/epoch.sh)" \
            --owner=0 --group=0 --numeric-owner --transform="s#^\./#$name/#" |
        xz --threads=1 >"$2.new"
    mv "$2.new" "$2"
    echo "$2"
}

pack "$stage" "$folder/$name.tar.xz"
pack "$stage-debug" "$folder/$name-debug.tar.xz"

#!/bin/bash
# Shows that what belljar refuses is nothing that ordinary builds need: every tool of Tests/Fixtures/Tools does its work in a
# build. Toolchains are those of the battery, in its store.
#
#     tools.sh [TOOL...]      all if none is named
#
# BELLJAR_BIN      folder with belljar and belljar-init; default .build/release
# BATTERY_STORE    as for battery.sh
#
# Started by root, builds run in the store of uid 65534.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/places.sh

note() { echo "tools: $*" >&2; }

# A program of this machine with its libraries, for tools that no toolchain has: copied to $work/host, started by its own loader.
copy_program() {
    local name=$1 program library
    program=$(command -v "$name") || return 1
    mkdir -p "$work/host/lib"
    ldd "$program" | grep -oE '/[^ ]+' | while read -r library; do cp -L "$library" "$work/host/lib/"; done
    cp -L "$program" "$work/host/lib/$name.program"
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nhere=$(dirname "$0")\nexec "$here/lib/ld-linux-x86-64.so.2" --library-path "$here/lib" "$here/lib/%s.program" "$@"\n' \
        "$name" >"$work/host/$name"
    if [ "$name" = git ]; then
        # git starts itself by these names.
        for library in upload-pack index-pack; do
            # shellcheck disable=SC2016
            printf '#!/bin/sh\nexec "$(dirname "$0")/git" %s "$@"\n' "$library" >"$work/host/git-$library"
        done
    fi
    chmod -R a+rX "$work/host" && chmod 755 "$work/host"/*
}

run_tool() {
    local tool=$1 script=$tools/$1.sh folder=$work/project/Recipes/$1 toolchain needs path=''
    toolchain=$(sed -n 's/^# toolchain: //p' "$script")
    needs=$(sed -n 's/^# needs: //p' "$script")
    mkdir -p "$folder/tool"
    cp "$script" "$folder/tool/run.sh"
    if [ -n "$needs" ]; then
        if ! copy_program "$needs"; then
            skipped+=("$tool: this machine has no $needs")
            return
        fi
        cp -r "$work/host" "$folder/tool/"
        path='export PATH=/build/host:$PATH GIT_EXEC_PATH=/build/host
      '
    fi
    printf 'name: %s\nversion: "1"\ntoolchain: %s\nepoch: 1700000000\nsources: [{local: tool}]\nsteps:\n  - name: use\n    run: |\n      %ssh -e run.sh\n      echo works >"$OUT/result"\noutputs: [result]\n' \
        "$tool" "$toolchain" "$path" >"$folder/recipe.yaml"
    chmod -R a+rX "$folder"
    if "${ordinary[@]}" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$work/home" TMPDIR="$work/home" "$work/bin/belljar" build --no-cache --quiet \
        --project "$work/project" --store "$store" "$tool" >"$work/log" 2>&1 </dev/null; then
        passed=$((passed + 1))
        printf '%-20s %-20s works\n' "$tool" "$toolchain"
    else
        failed=$((failed + 1))
        printf '%-20s %-20s FAILS\n' "$tool" "$toolchain"
        tail -n 12 "$work/log" | cut -c1-300 | sed 's/^/      /'
    fi
}

main() {
    local passed=0 failed=0 skipped=() names=("$@") name bin=${BELLJAR_BIN:-$PWD/.build/release}
    tools=$PWD/Tests/Fixtures/Tools
    [ "${#names[@]}" -gt 0 ] || mapfile -t names < <(basename -s .sh "$tools"/*.sh)
    work=$(mktemp -d /tmp/belljar-tools-XXXXXX)
    trap 'chmod -R u+rwX "$work" 2>/dev/null || true; rm -rf "$work"' EXIT
    chmod 755 "$work"
    mkdir -p "$work"/{bin,home,project/Recipes}
    cp "$bin/belljar" "$bin/belljar-init" "$work/bin/"
    cp -r Toolchains "$work/project/"
    chmod -R a+rX "$work/bin" "$work/project"
    if [ "$is_root" = yes ]; then
        store=${BATTERY_STORE:-/var/lib/belljar-battery}
        mkdir -p "$store"
        chown "$ordinary_uid:$ordinary_uid" "$store" "$work/home"
    else
        store=${BATTERY_STORE:-$PWD/.build/battery-store}
    fi
    mapfile -t toolchains < <(for name in "${names[@]}"; do sed -n 's/^# toolchain: //p' "$tools/$name.sh"; done | sort -u)
    "${ordinary[@]}" env HOME="$work/home" "$work/bin/belljar" toolchain build --quiet --project "$work/project" --store "$store" "${toolchains[@]}" >&2
    for name in "${names[@]}"; do run_tool "$name"; done
    [ "${#skipped[@]}" -eq 0 ] || printf 'skipped: %s\n' "${skipped[@]}"
    echo "$passed passed, $failed failed, ${#skipped[@]} skipped"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

main "$@"
exit

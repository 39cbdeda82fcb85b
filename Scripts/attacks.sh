#!/bin/bash
# Attacks belljar as a hostile build, archive, mirror or neighbour would: every row of Tests/Fixtures/Attacks first without
# belljar, where it works, and then with it. docs/attacks.md explains the table it prints.
#
#     attacks.sh [ROW...]      all rows if none is named; a row is a number (`7`) or a name (`together`)
#
# BELLJAR_BIN    folder with belljar and belljar-init; default .build/release
# ATTACKS_KEEP   a folder that what the rows left behind is moved to, for a look at it
#
# Started by root, it becomes uid 65534: root would not notice what an ordinary user may do.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/places.sh

note() { echo "attacks: $*" >&2; }

# Everything that the rows need where uid 65534 can read it, and then all over again as that.
become_ordinary() {
    work=$(mktemp -d /tmp/belljar-attacks-XXXXXX)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/project/Tests/Fixtures" "$work/bin"
    cp -r Scripts "$work/project/"
    cp -r Tests/Fixtures/Attacks Tests/Fixtures/Programs Tests/Fixtures/Probes "$work/project/Tests/Fixtures/"
    cp -r --parents Tests/BelljarSandboxTests/Golden "$work/project/"
    cp "$bin/belljar" "$bin/belljar-init" "$work/bin/"
    give_ordinary "$work"
    "${ordinary[@]}" env BELLJAR_BIN="$work/bin" ATTACKS_KEEP="${ATTACKS_KEEP:+$work/kept}" \
        bash "$work/project/Scripts/attacks.sh" "$@" && status=0 || status=$?
    [ -z "${ATTACKS_KEEP:-}" ] || { mkdir -p "$ATTACKS_KEEP" && cp -a "$work/kept/." "$ATTACKS_KEEP/"; }
    return "$status"
}

need() {
    local tool missing=()
    for tool in gcc nm objcopy jq python3 curl unshare setpriv script busybox strace pgrep gpg gpgv dpkg-deb apt-get; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    [ "${#missing[@]}" -eq 0 ] || { note "missing: ${missing[*]} (Scripts/setup.sh attacks)"; exit 2; }
    if ! unshare --user --map-root-user true; then
        note "the positive controls need user namespaces, as belljar does: belljar doctor says how to allow them"
        exit 2
    fi
}

# A project with a store whose only toolchain is a static busybox. Every row gets a copy.
make_template() {
    local applet
    mkdir -p "$work/root/bin" "$work/template"/{project/Recipes,project/Toolchains,home,tmp,bin,outside}
    cp "$(command -v busybox)" "$work/root/bin/busybox"
    for applet in $(busybox --list); do [ "$applet" = busybox ] || ln -s busybox "$work/root/bin/$applet"; done
    tar -c -C "$work/root" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -f "$work/tiny.tar" .
    env -i PATH=/usr/bin:/bin HOME="$work/template/home" "$bin/belljar" toolchain import tiny https://archive.invalid/tiny.tar \
        --sha256 "$(sha256sum "$work/tiny.tar" | cut -d' ' -f1)" --file "$work/tiny.tar" --quiet \
        --project "$work/template/project" --store "$work/template/store" >"$work/import" 2>&1 ||
        { note "the toolchain could not be made:"; cat "$work/import" >&2; exit 1; }
}

# Runs one row and leaves its findings in $work/rows/NAME/found.
run_row() {
    local name=$1 row=$work/rows/$1
    mkdir -p "$work/rows"
    cp -a "$work/template" "$row"
    chmod 0700 "$row"
    : >"$row/found"
    # A session of its own, so that whatever a row leaves running can be ended by its group.
    env row="$row" bin="$row/bin" attacks="$attacks" programs="$bin" setsid --wait timeout --kill-after=10 240 \
        bash -u -c '. "$attacks/attack.sh"; . "$1"; found end finished' - "$attacks/$name.sh" \
        </dev/null >>"$row/trouble" 2>&1 &
    local leader=$!
    wait "$leader" || true
    pkill -KILL -s "$leader" 2>/dev/null || true
}

of() { { grep -P "^$1\t" "$2" || true; } | cut -f2- | paste -sd';' | sed 's/;/; /g'; }
shorten() { if [ "${#1}" -le "$2" ]; then printf '%s' "$1"; else printf '%s…' "${1:0:$(($2 - 1))}"; fi; }

# What a row's findings come to: `pass`, `FAIL` or `skip`.
judge() {
    local file=$1
    if grep -qP '^wrong\t' "$file"; then echo FAIL
    elif grep -qP '^skip\t' "$file"; then echo skip
    elif ! grep -qP '^end\t' "$file"; then echo 'wrong	it did not come to its end' >>"$file"; echo FAIL
    elif ! grep -qP '^control\t' "$file"; then echo 'wrong	it has no positive control' >>"$file"; echo FAIL
    elif ! grep -qP '^(belljar|class)\t' "$file"; then echo 'wrong	belljar was never run' >>"$file"; echo FAIL
    else echo pass; fi
}

report() {
    local name=$1 file=$work/rows/$1/found number=${1%%-*} verdict story
    verdict=$(judge "$file")
    story=$(sed -n '1s/^# //p' "$attacks/$name.sh")
    printf "$line" "$number" "$(shorten "$story" 44)" "$(shorten "$(of control "$file")" 40)" \
        "$(shorten "$(of belljar "$file")" 40)" "$(of class "$file" | tr -d ' ' | tr ';' '\n' | uniq | paste -sd,)" "$verdict"
    case $verdict in
    pass) passed=$((passed + 1)) ;;
    skip) skipped+=("$number: $(of skip "$file")") ;;
    FAIL)
        failed=$((failed + 1))
        grep -P '^wrong\t' "$file" | cut -f2- | cut -c1-1500 | sed 's/^/      /'
        tail -n 5 "$work/rows/$name/trouble" | cut -c1-300 | sed 's/^/      | /'
        ;;
    esac
    if [ -n "${ATTACKS_KEEP:-}" ]; then mkdir -p "$ATTACKS_KEEP" && mv "$work/rows/$name" "$ATTACKS_KEEP/"; else remove "$work/rows/$name"; fi
}

remove() { chmod -R u+rwX "$1" 2>/dev/null || true; rm -rf "$1"; }

# Names of the files for what was asked for.
select_rows() {
    local asked file name
    for file in "$attacks"/[0-9]*.sh "$attacks"/[a-z]*.sh; do
        name=$(basename "$file" .sh)
        [ "$name" != attack ] || continue
        [ "$#" -gt 0 ] || { echo "$name"; continue; }
        for asked in "$@"; do
            case $name in "$asked" | "$asked"-* | "0$asked"-*) echo "$name" ;; esac
        done
    done
}

main() {
    local name names passed=0 failed=0 skipped=() line='%-9s %-45s %-41s %-41s %-20s %s\n'
    [ "$is_root" = no ] || { become_ordinary "$@"; return; }
    need
    attacks=$PWD/Tests/Fixtures/Attacks
    mapfile -t names < <(select_rows "$@")
    [ "${#names[@]}" -gt 0 ] || { note "there is no row $*"; exit 2; }
    work=$(mktemp -d /tmp/belljar-attacks-XXXXXX)
    trap 'remove "$work"' EXIT
    make_template
    printf "$line" row attack 'without belljar' 'under belljar' 'exit class' verdict
    for name in "${names[@]}"; do
        run_row "$name"
        report "$name"
    done
    [ "${#skipped[@]}" -eq 0 ] || printf 'skipped: %s\n' "${skipped[@]}"
    echo "$passed passed, $failed failed, ${#skipped[@]} skipped"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

bin=$(realpath "${BELLJAR_BIN:-$PWD/.build/release}")
# The whole file is read before anything begins: it may be edited during the minutes that this takes.
main "$@"
exit

#!/bin/bash
# Checks what `make install`, `make dist` and `make deb` make of a stage: that it works wherever it is put, that the same stage gives the
# same bytes, and that `make uninstall` leaves nothing. As whoever asks; compiles nothing.
#
#     packages.sh STAGE      as stage.sh lays it out
set -euo pipefail
cd "$(dirname "$0")/.."
umask 022

stage=$(realpath "${1:?usage: packages.sh STAGE}")
work=$(mktemp -d /tmp/belljar-packages-XXXXXX)
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
mkdir "$work/home"

. Scripts/checks.sh

# What sudo gives a command: no Swift, and nothing of the caller's.
bare() { env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$work/home" LANG=C.UTF-8 "$@"; }

# works FOLDER: the belljar below this prefix runs, and has its toolchains with it.
works() (
    cd "$work/home" && bare "$1/bin/belljar" version &&
        bare "$1/bin/belljar" toolchain list | grep -x 'debian-12-c  locked  from belljar' &&
        bare "$1/bin/belljar" toolchain list --json | grep -F "\"folder\":\"$1/share/belljar/toolchains/debian-12-c\"" &&
        bare "$1/bin/belljar" toolchain show debian-12-c | grep -q '^gcc ' &&
        test -x "$1/bin/belljar-init" -a -s "$1/share/man/man1/belljar.1"* &&
        bash -n "$1/share/bash-completion/completions/belljar"
)

says() { ! "$@" >"$work/answer" 2>&1 && grep -F "remedy: as an ordinary user, first: make release" "$work/answer"; }

same() { (cd "$1" && sha256sum -- *) | diff - <(cd "$2" && sha256sum -- *); }

install_from() { bare env "BELLJAR_STAGE=$1" make --silent install "${@:2}"; }

# --- make install
check "nothing is compiled" says install_from "$work/none" "PREFIX=$work/prefix"
check "install" install_from "$stage" "PREFIX=$work/my prefix"
check "it works" works "$work/my prefix"
check "with DESTDIR" install_from "$stage" PREFIX=/usr "DESTDIR=$work/dest"
check "both are the same" diff -r "$work/my prefix" "$work/dest/usr"
mkdir -p "$work/my prefix/share/man/man1" && echo foreign >"$work/my prefix/share/man/man1/other.1"
check "again" install_from "$stage" "PREFIX=$work/my prefix"
mv "$work/my prefix" "$work/moved"
check "moved" works "$work/moved"
check "uninstall" bare make --silent uninstall "PREFIX=$work/moved"
check "only what is foreign is left" test "$(cd "$work/moved" && find . -type f)" = ./share/man/man1/other.1
check "and belljar's folders are gone" test ! -e "$work/moved/share/belljar" -a ! -e "$work/moved/share/doc/belljar"

# --- symbols
check "symbols are found" grep -w belljar.debug <(readelf --string-dump=.gnu_debuglink "$stage/bin/belljar")
check "symbols are apart" grep -q '\.debug_info' <(readelf --sections --wide "$stage-debug/bin/.debug/belljar.debug" 2>/dev/null)
check "the program has none" test -z "$(readelf --sections --wide "$stage/bin/belljar" | grep -E '\.debug_info|\.symtab')"

# --- make dist
check "dist" env XZ_DEFAULTS=-0 Scripts/dist.sh "$stage" "$work/dist"
mkdir "$work/unpacked"
check "unpack" tar --extract --directory "$work/unpacked" --file "$(echo "$work"/dist/belljar-*-linux-x86_64.tar.xz)"
check "it works" works "$(echo "$work"/unpacked/*)"

# Small programs in place of the real ones, which take long to compress.
mkdir "$work/small" && cp -R "$stage/share" "$work/small/" && mkdir -p "$work/small/bin" "$work/small-debug/bin/.debug"
printf '#!/bin/sh\necho belljar 1.2.3-rc1\n' >"$work/small/bin/belljar"
chmod 755 "$work/small/bin/belljar"
mkdir "$work/other" && cp -R "$work/small" "$work/small-debug" "$work/other/"
find "$work/other" -exec touch --date=2001-02-03 {} +
for folder in "$work" "$work/other"; do
    check "dist" Scripts/dist.sh "$folder/small" "$folder/packed"
    check "deb" Scripts/deb.sh "$folder/small" "$folder/packed"
done
check "the same bytes" same "$work/packed" "$work/other/packed"

# --- make deb
deb=$(echo "$work"/packed/belljar_1.2.3~rc1_amd64.deb)
check "its version" test "$(dpkg-deb --field "$deb" Version)" = '1.2.3~rc1'
check "owned by root" test -z "$(dpkg-deb --contents "$deb" | grep -v ' root/root ')"
check "unpacks" dpkg-deb --extract "$deb" "$work/deb"
check "sums" bash -c "cd '$work/deb' && dpkg-deb --ctrl-tarfile '$deb' | tar --extract --to-stdout ./md5sums | md5sum --check --quiet"
check "has a licence" test -s "$work/deb/usr/share/doc/belljar/copyright"
check "has toolchains" test -s "$work/deb/usr/share/belljar/toolchains/debian-12-c/toolchain.lock.yaml"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

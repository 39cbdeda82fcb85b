# Mirrors that lie
# Whoever is between a build and the archive gives other bytes, bytes without an end, one byte a second, half a file, or an address on
# the host itself. The pin decides what counts, and there is a limit to what is taken.
mkdir "$row/files"
echo 'int main(void) { return 0; }' >"$row/files/source.c"
head -c 3000000 /dev/urandom >"$row/files/big"
serve "$row/files"
pin=$(digest "$row/files/source.c")
believed() { curl -sS "$address/other/source.c" | cmp -s - "$row/files/source.c" || echo other bytes; }
outside 'other bytes' believed
take() {
    more="sources: [{file: '$address/$1', sha256: $2, name: source.c${4:-}}]"
    build "$3" 'cp source.c /out/source.c'
    found belljar "$1 $3"
}
take source.c "$pin" built
touch "$row/lies-begin"
rm -rf "$row/store/blobs/${pin:0:2}/$pin"* "$row/store/memos"/*
take other/source.c "$pin" integrity
take endless/x "$pin" integrity ', size: 29'
take lies/big "$(digest "$row/files/big")" unavailable
take moved/x "$pin" unavailable
take missing "$pin" unavailable
# Whatever came since is small: none of the endless file, and no half of the large one.
refuse "something of the lies is in the store" sh -c 'find "$1/store" -type f -size +1000k -cnewer "$1/lies-begin" | grep .' - "$row"
expect "no scratch is left" [ -z "$(ls -A "$row/store/tmp")" ]

# Package lists. Locking asks apt of this machine, so it gets another /etc/apt here, which names a mirror and a key of the row's own.
mirror=$row/files/debian
mkdir -p "$row/apt"/{apt.conf.d,sources.list.d,preferences.d,trusted.gpg.d,auth.conf.d} "$row/package/DEBIAN" "$row/package/usr/bin" "$row/package/bin"
cp "$(command -v busybox)" "$row/package/usr/bin/busybox"
ln -s busybox "$row/package/usr/bin/sh"
printf '#!/bin/sh\nexit 0\n' >"$row/package/usr/bin/dpkg"
chmod 755 "$row/package/usr/bin/dpkg"
key_of() { gpg --homedir "$row/$1" --batch --quiet "${@:2}" 2>>"$row/trouble"; }
for keys in archive somebody; do
    mkdir -m 0700 "$row/$keys"
    key_of "$keys" --passphrase '' --quick-generate-key "$keys" ed25519 sign never
done
key_of archive --export >"$row/apt/archive.gpg"
printf 'Types: deb\nURIs: %s/debian\nSuites: bookworm\nComponents: main\nSigned-By: /etc/apt/archive.gpg\n' "$address" \
    >"$row/apt/sources.list.d/archive.sources"

# lists KEYS DATE VERSION [FIELD]: what a mirror hands out, with one package of that version.
lists() {
    local folder=$mirror/dists/bookworm file
    file=pool/main/t/tiny_$3_amd64.deb
    mkdir -p "$folder/main/binary-amd64" "$mirror/pool/main/t"
    printf 'Package: tiny\nVersion: %s\nArchitecture: amd64\nMaintainer: nobody <nobody@invalid>\nDescription: small\n' "$3" >"$row/package/DEBIAN/control"
    [ -e "$mirror/$file" ] || dpkg-deb --root-owner-group --build "$row/package" "$mirror/$file" >>"$row/trouble" 2>&1
    {
        cat "$row/package/DEBIAN/control"
        printf 'Filename: %s\nSize: %s\nSHA256: %s\n' "$file" "$(stat -c %s "$mirror/$file")" "$(digest "$mirror/$file")"
    } >"$folder/main/binary-amd64/Packages"
    {
        printf 'Origin: Debian\nLabel: Debian\nSuite: stable\nCodename: bookworm\nDate: %s\n' "$2"
        printf '%sArchitectures: amd64\nComponents: main\nSHA256:\n' "${4:+$4$'\n'}"
        (cd "$folder" && printf ' %s %s %s\n' "$(digest main/binary-amd64/Packages)" "$(stat -c %s main/binary-amd64/Packages)" main/binary-amd64/Packages)
    } >"$row/release"
    rm -f "$folder/InRelease" "$folder/Release"
    if [ "$1" = nobody ]; then cp "$row/release" "$folder/Release"; else key_of "$1" --clearsign --output "$folder/InRelease" "$row/release"; fi
}

# lock CLASS TOOLCHAIN: in a mount namespace where the row's own /etc/apt is.
lock() {
    mkdir -p "$row/project/Toolchains/$2"
    printf 'name: %s\ndebian: {suite: bookworm, architecture: amd64, packages: [tiny]}\n' "$2" >"$row/project/Toolchains/$2/toolchain.yaml"
    # shellcheck disable=SC2016
    unshare --user --map-current-user --keep-caps --mount sh -c 'mount --bind "$1" /etc/apt && shift &&
        exec setpriv --ambient-caps=-all --inh-caps=-all "$@"' - "$row/apt" \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$row/home" TMPDIR="$row/tmp" LANG=C.UTF-8 BELLJAR_MIRROR_DEBIAN="$address/debian" \
        "$programs/belljar" toolchain lock --json --quiet "$2" --project "$row/project" --store "$row/store" \
        >"$row/answer" 2>>"$row/trouble" </dev/null && code=0 || code=$?
    ended "$1" "$code"
    locked=$row/project/Toolchains/$2/toolchain.lock.yaml
}

newer='Thu, 01 May 2025 00:00:00 UTC' older='Wed, 01 Jan 2025 00:00:00 UTC'
lists archive "$newer" 2.0
lock built kept
expect "the lock pins the newer package" grep -q '2\.0' "$locked"
cp "$locked" "$row/before"
# Signed as well as any, and older than what was there before.
lists archive "$older" 1.0
offered() { curl -sS "$address/debian/dists/bookworm/InRelease" | gpgv --keyring "$row/apt/archive.gpg" 2>/dev/null && curl -sS "$address/debian/dists/bookworm/main/binary-amd64/Packages" | grep ^Version; }
outside 'Version: 1.0' offered
lock refused kept
found belljar 'older lists refused'
matches "the answer to older lists" '*1735689600*1746057600*' "$(answer)"
expect "the lock is as it was" cmp -s "$locked" "$row/before"
# Whoever has no lock yet has nothing to compare with: that it is of then stands in the lock.
lock built first
expect "the lock says of when it is" grep -q 'timestamp: 1735689600' "$locked"
# Lists that say themselves how long they hold; by another key; by none.
refused_lists() {
    lists "$2" "$newer" 2.0 "${3:-}"
    lock unavailable "$1"
    found belljar "$1 lists refused"
    matches "the answer to $1 lists" "*$4*" "$(answer)"
    refuse "there is a lock of $1 lists" [ -e "$locked" ]
}
refused_lists expired archive 'Valid-Until: Thu, 08 May 2025 00:00:00 UTC' expired
refused_lists foreign somebody '' 'not signed'
refused_lists unsigned nobody '' 'not signed'
for keys in archive somebody; do gpgconf --homedir "$row/$keys" --kill all; done

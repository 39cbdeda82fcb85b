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

# Package lists that nobody signed, or somebody else did.
mkdir -p "$row/files/dists/bookworm/main/binary-amd64"
printf 'Origin: Debian\nSuite: bookworm\nCodename: bookworm\nDate: Thu, 01 Jan 2015 00:00:00 UTC\nArchitectures: amd64\nComponents: main\n' \
    >"$row/files/dists/bookworm/Release"
cp "$row/files/dists/bookworm/Release" "$row/files/dists/bookworm/InRelease"
mkdir -p "$row/project/Toolchains/unsigned"
printf 'name: unsigned\ndebian:\n  suite: bookworm\n  architecture: amd64\n  packages: [bash]\n' >"$row/project/Toolchains/unsigned/toolchain.yaml"
environment=("BELLJAR_MIRROR_DEBIAN=$address" "BELLJAR_MIRROR_DEBIAN_SECURITY=$address")
belljar toolchain lock --json --quiet unsigned >"$row/answer" 2>>"$row/trouble" </dev/null && code=0 || code=$?
found belljar "unsigned lists: $(jq -r .error.code "$row/answer")"
expect "unsigned lists are refused" [ "$code" -ne 0 ]
expect "there is no lock" [ ! -e "$row/project/Toolchains/unsigned/toolchain.lock.yaml" ]

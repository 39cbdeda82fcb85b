# The disk fills up while a build is recorded
# A record that is half written, or names outputs for which there was no room, is worse than none.
full() { "${as_root[@]}" sh -c 'mount -t tmpfs -o size=64k none "$1" && dd if=/dev/zero of="$1/x" bs=1k count=100 2>&1 | grep -o "No space left on device"' - "$row/outside"; }
outside 'No space left on device' full
recipe large 'dd if=/dev/urandom of=/out/file bs=1M count=40 2>/dev/null; head -c 40000000 /dev/zero >/out/other; tr "\0" x </out/other >/out/file'
# The store on a small disk of its own; then more room, and everything has to be right.
small_disk() {
    unshare --user --map-root-user --mount sh -c 'mount -t tmpfs -o size=24m,mode=755 none "$1/disk" && cp -a "$1/store" "$1/disk/" &&
        exec unshare --user --map-user="$2" --map-group="$3" sh -c '\''
            row=$1 programs=$2
            run() { env HOME="$row/home" TMPDIR="$row/tmp" "$programs/belljar" "$@" --project "$row/project" --store "$row/disk/store"; }
            run build --json --quiet large >"$row/answer" 2>>"$row/trouble"; echo "code $?"
            echo "records $(run records --json | jq -r ".records | length")"
            run store fsck >>"$row/trouble" 2>&1 && echo whole
            ls -A "$row/disk/store/tmp"
        '\'' - "$1" "$4"' - "$row" "$(id -u)" "$(id -g)" "$programs"
}
mkdir "$row/disk"
text=$(small_disk 2>>"$row/trouble")
matches "with a full disk" $'code 9\nrecords 0\nwhole' "$text"
ended host 9
found belljar "$text"

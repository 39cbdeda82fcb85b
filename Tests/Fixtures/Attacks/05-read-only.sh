# Writing to inputs, to the image, and to what is mounted below a read-only folder
# A recursive bind mount that is made read-only is so only at its top: what is mounted below it stays writable. A build that
# changes an input changes it for everybody, because the store shares files.
mkdir -p "$row/host/sub"
echo original >"$row/host/file"
below_bind() {
    "${as_root[@]}" sh -c 'mount -t tmpfs none "$1/sub" && mount --rbind "$1" "$2" && mount -o remount,bind,ro "$2" && touch "$2/sub/new" &&
        echo written' - "$row/host" "$row/outside" 2>&1 | tail -n 1
}
outside written below_bind

recipe library 'echo original >/out/file'
expect "an input" belljar build library
# The store is the user's own, so its modes are no protection.
own_tree() { find "$row/store/blobs" -type f -exec sh -c ': >>"$1" && echo writable' - {} \; -quit; }
outside writable own_tree
more='inputs: [library]'
inside $'/inputs/library/file refused\n/bin/busybox refused\n/etc/passwd refused\n/inputs/new refused\n/proc/sys/kernel/hostname refused\noriginal' '
for file in /inputs/library/file /bin/busybox /etc/passwd /inputs/new /proc/sys/kernel/hostname; do
    { echo changed >>$file; } 2>/dev/null && echo $file written || echo $file refused
done
mount -o remount,rw /inputs/library 2>/dev/null && echo remounted
cat /inputs/library/file'
expect "the store is whole" belljar store fsck

# A folder of the host with something mounted below it.
submount() {
    unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none "$1/host/sub" && exec unshare --user --map-user="$2" --map-group="$3" \
        env HOME="$1/home" "$4/belljar" run --quiet --project "$1/project" --store "$1/store" --bind-ro "$1/host:/host" -t tiny -- \
        sh -c "for place in /host /host/sub; do touch \$place/x 2>&1 || :; done"' - "$row" "$(id -u)" "$(id -g)" "$programs"
}
matches "below a submount" $'touch: /host/x: Read-only file system\ntouch: /host/sub/x: Read-only file system' "$(submount 2>&1)"

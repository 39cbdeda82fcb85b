# A root file system whose /dev, /proc, /etc and /build are links
# Whoever mounts or writes below a name of the image follows its links: to the host's own directories. The first of these
# images has links in place of directories, the second a link in the way of the base layer.
mkdir -p "$row/canary" "$row/image"
ln -s "$row/canary" "$row/image/dev"
follow() { "${as_root[@]}" sh -c 'mount -t tmpfs none "$1/dev" && mountpoint -q "$2" && echo mounted outside' - "$row/image" "$row/canary"; }
outside 'mounted outside' follow

root=$row/linked
mkdir -p "$root/bin"
cp "$(command -v busybox)" "$root/bin/busybox"
for applet in sh ls echo readlink touch mkdir; do ln -s busybox "$root/bin/$applet"; done
for place in dev proc etc build out tmp inputs sys; do ln -s "$row/canary" "$root/$place"; done
tar -c -C "$root" -f "$row/linked.tar" .
expect "the image is imported" belljar toolchain import linked https://archive.invalid/linked.tar \
    --sha256 "$(digest "$row/linked.tar")" --file "$row/linked.tar"
toolchain=linked
# shellcheck disable=SC2016
inside 'real directories' 'for place in dev proc etc build out tmp inputs sys; do
    ! readlink /$place || exit 3
    touch /$place/x 2>/dev/null || :
done
test -c /dev/null; test -r /proc/self/stat; echo real directories'
expect "nothing came into the folder that the links lead to" [ -z "$(ls -A "$row/canary")" ]

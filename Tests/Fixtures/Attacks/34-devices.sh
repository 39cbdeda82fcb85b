# Device nodes and whiteouts
# A character device 0:0 needs no privilege: overlayfs takes it for "removed here". In an output it would hide files of
# whatever it is laid over. Real devices the kernel refuses to ordinary users by itself.
attempt plain EPERM whiteout=ok rename-whiteout=ok device=reached
inside 'fifo ok' 'calls fifo'
# Where a build believes to be root, PID 1 answers, and a device is an empty file. A path that PID 1 leaves to the kernel must
# not get there, and neither may one that another thread changes meanwhile.
more='root: fake'
# shellcheck disable=SC2016
inside $'empty\nrefused\nrefused' 'mknod /tmp/one c 0 0; [ -z "$(cat /tmp/one)" ] && echo empty
for path in /proc/1/../../tmp/two $(head -c 4095 /dev/zero | tr "\0" /)/tmp/three; do
    mknod $path c 0 0 2>/dev/null || echo refused
done
[ -z "$(ls /tmp | grep -v one)" ]'

# Giving files away until PID 1 has no more descriptors
# Under `root: fake` PID 1 remembers whom a directory was given to, and holds it, because an overlay's directories have a number only
# as long as somebody does: what is held for each change, and not for each directory, or is never let go, is soon too much.
compile pressure
naive() {
    bash -c 'ulimit -n 500; mkdir held; n=0; while exec {file}<held; do n=$((n + 1)); done 2>/dev/null; [ $n -gt 400 ] && echo "no more descriptors"' || :
}
outside 'no more descriptors' naive
more='root: fake'
# The table of descriptors never becomes smaller, so this is the most that there ever were. A power of two.
# shellcheck disable=SC2016
table='sed -n "s/^FDSize:[[:space:]]*//p" /proc/1/status'
inside $'20000 owners\n[0-9]*' "cd /build; pressure owners one d 20000; $table"
expect "the table is as small as ever" test "$(tail -n 1 "$row/log")" -le 256
inside $'30000 owners\n[0-9]*' "cd /build; pressure owners gone d 30000; $table"
expect "what is gone is let go" test "$(tail -n 1 "$row/log")" -le 32768
# What lies outside of the overlay needs nobody to hold it.
inside $'3000 owners\n[0-9]*' "pressure owners many /tmp/d 3000; $table"
expect "the table is as small as ever" test "$(tail -n 1 "$row/log")" -le 256
inside $'3000 owners\n1000' 'cd /build; pressure owners many d 3000; find d -mindepth 1 -user 1 | wc -l | sed s/1500/1000/'
# Sources are copied, so that nothing of /build needs to be held either. PressureTests does the same over large sources, which
# lie under an overlay, and where it is a violation.
inside '20000 owners' 'cd /build; pressure owners many d 20000'
# More than PID 1 remembers at a time, one after the other, where nothing else has to be known of names.
more="root: fake
controls: {clock: real, mtimes: flat, stat: real}"
inside '265000 owners' 'pressure owners file /tmp/d 265000'

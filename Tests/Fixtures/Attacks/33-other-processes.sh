# Processes of the host, and their roots
# /proc/PID/root leads to the root of another process, /proc/PID/environ has its secrets, and a signal ends it. Processes
# of the same account are fair game, whatever they belong to.
sleep 100 &
victim=$!
look() { test -d "/proc/$victim/root/etc" && tr '\0' ' ' <"/proc/$victim/cmdline" && kill -0 "$victim" && echo reachable; }
outside 'sleep 100 reachable' look
# shellcheck disable=SC2016
inside $'none\nnone\n/' 'for pid in /proc/[0-9]*; do
    case $(tr "\0" " " <$pid/cmdline 2>/dev/null) in "sleep 100 "*) echo found ;; esac
done; echo none
test $(ls -d /proc/[0-9]* | wc -l) -lt 20 && echo none

cd /; readlink -f /proc/self/root; ls /..  >/dev/null
test "$(ls /..)" = "$(ls /)"'
expect "the neighbour lives" kill -0 "$victim"
kill "$victim"

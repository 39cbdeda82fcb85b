# script gives a program a terminal: tty names one, and /dev/tty is it.
script -qec 'tty' /dev/null | tr -d '\r' >out
grep -q '^/dev/pts/[0-9]*$' out || echo "bad: $(cat out)"
script -qec 'echo written >/dev/tty; test -t 0 && echo terminal; stty size >/dev/null && echo stty' /dev/null | tr -d '\r'
(setsid sh -c 'exec 3</dev/tty' 2>&1) | grep -q 'No such device or address' || echo "bad: /dev/tty without a terminal"
echo ok

# Typing into the terminal of whoever started belljar
# TIOCSTI puts bytes into a terminal's input, TIOCLINUX pastes a selection: when the build is over, the user's shell reads
# them as if they had been typed. It takes a descriptor of the terminal, or the controlling terminal by its name.
compile calls
in_terminal() { script --quiet --return --command "$*" /dev/null; }
typed() { in_terminal "$bin/calls tty tiocsti tiocsti-high" </dev/null | tr -d '\r' | sed 's,^x*,,'; }
if [ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2>/dev/null || echo 1)" = 1 ]; then
    outside $'tty ok\ntiocsti ok\ntiocsti-high ok' typed
else
    # This kernel refuses it to everybody; the terminal itself is what there is to take.
    outside $'tty ok\ntiocsti EIO\ntiocsti-high EIO' typed
fi
inside $'tty ENXIO\ntiocsti EPERM\ntiocsti-high EPERM\ntioclinux EPERM' 'calls tty tiocsti tiocsti-high tioclinux'

# And with belljar itself started in a terminal.
run_in_terminal() {
    in_terminal env HOME="$row/home" "$programs/belljar" run --quiet --project "$row/project" --store "$row/store" -t tiny \
        --bind-ro "$bin:/tools" -- /tools/calls tty tiocsti tioclinux </dev/null | tr -d '\r'
}
text=$(run_in_terminal)
matches "in a terminal" $'tty ENXIO\ntiocsti EPERM\ntioclinux EPERM' "$text"
# Terminals of its own it may have, as the kernel makes them and not as a modem's line.
attempt plain EPERM line-discipline=ok

# Runs every idiom in probes/, or those that $IDIOMS names, by what its file's name ends with. An idiom that holds prints no line
# `bad: ...` and ends with the line `ok`. Its second line may give the reason why it cannot hold in a build: `# not inside: ...`.
# It has two minutes, which is enough on a busy machine: a loop that never ends is the failure that is looked for.
PROBE_LIMIT=120
. ./probe.sh

holds() { [ "$(tail -n 1 "$1")" = ok ] && ! grep -q '^bad: ' "$1"; }

for idiom in ${IDIOMS:-$(ls probes)}; do
    name=${idiom%.*}
    case $idiom in
    *.sh) set -- sh ;;
    *.bash) set -- bash ;;
    *.pl) set -- perl ;;
    *.py) set -- python3 ;;
    *.awk) set -- gawk -f ;;
    *.c) set -- sh -c 'gcc -O1 -w -o prog "$0" && exec ./prog' ;;
    *.js) set -- node ;;
    *.tcl) set -- tclsh ;;
    esac
    probe "$name" "$@" "$probes/probes/$idiom"
    out=$OUT/$name.txt
    reason=$(sed -n '2s|^[#/]* not inside: ||p' "probes/$idiom")
    if [ -z "$reason" ] || [ -n "${IDIOMS_OUTSIDE:-}" ]; then
        holds "$out" || echo 'bad: no ok at its end, or a line that says bad' >>"$out"
    elif holds "$out"; then
        echo 'bad: it holds now: take its reason away' >>"$out"
    else
        printf 'not inside: %s\nok\n' "$reason" >"$out"
    fi
done

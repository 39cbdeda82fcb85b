# Read by each group's run.sh: how a probe is run.
#
# probe NAME COMMAND...       runs it in a fresh directory; what it prints becomes $OUT/NAME.txt
# open_probe NAME COMMAND...  the same for what belljar does not take over; $OUT/open/NAME.txt
#
# A probe that fails says so in the last line, `exit N`. A probe that checks something prints `ok` or `bad`.
probes=$PWD
mkdir -p "$OUT/open" /build/work/open

probe() { run_probe "" "$@"; }
open_probe() { run_probe open/ "$@"; }

run_probe() {
    file=$OUT/$1$2.txt
    mkdir "/build/work/$1$2"
    cd "/build/work/$1$2"
    shift 2
    status=0
    # 60 seconds, or what run.sh says: a clock that stands still must not stop the whole group.
    timeout --kill-after=5 "${PROBE_LIMIT:-60}" "$@" >"$file" 2>&1 </dev/null || status=$?
    [ "$status" -eq 0 ] || echo "exit $status" >>"$file"
    cd "$probes"
}

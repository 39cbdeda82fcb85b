# `taskset -c 0 nproc` says 1, and sched_setaffinity is undone as it was done.
[ "$(taskset -c 0 nproc)" = 1 ] || echo "bad: $(taskset -c 0 nproc)"
python3 - <<'END'
import os
before = os.sched_getaffinity(0)
os.sched_setaffinity(0, {min(before)})
if os.sched_getaffinity(0) != {min(before)}: print("bad:", os.sched_getaffinity(0))
os.sched_setaffinity(0, before)
if os.sched_getaffinity(0) != before: print("bad: not undone")
END
echo ok

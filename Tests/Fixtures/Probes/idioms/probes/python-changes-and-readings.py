# Hundreds of files that are changed in turn with readings of the clock are never older than the reading before, nor newer than the one after.
import os, time

# Outside, the kernel's time for files is late by up to its longest tick.
tick = 10_000_000 if os.environ.get("IDIOMS_OUTSIDE") else 0
for turn in range(200):
    for change in [lambda: open("a", "w").close(), lambda: os.rename("a", "b"), lambda: os.utime("b"), lambda: os.truncate("b", turn + 1)]:
        before = time.time_ns()
        change()
        path = "b" if os.path.exists("b") else "a"
        changed = max(os.stat(path).st_ctime_ns, os.stat(path).st_mtime_ns)
        after = time.time_ns()
        if not before - tick <= changed <= after:
            print("bad: turn", turn, before, changed, after)
    os.remove("b")
print("ok")

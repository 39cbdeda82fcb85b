# time.time() - st_mtime of a file that was just written is never negative, and small.
import os, time
for i in range(50):
    before = time.time()
    with open(f"f{i}", "w") as file: file.write("x" * i)
    status = os.stat(f"f{i}")
    age = time.time() - status.st_mtime
    if age < 0: print("bad: from the future by", -age)
    if age > 5: print("bad: old by", age)
    # The kernel's clock for files lags behind by a tick.
    if status.st_mtime < before - 0.02: print("bad: older than before by", before - status.st_mtime)
    if status.st_mtime_ns > time.time_ns(): print("bad: ns")
print("ok")

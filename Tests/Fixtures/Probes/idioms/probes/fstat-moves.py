# fstat of a file that is open for writing moves when it was written to.
import os, time
file = open("f", "w")
last = os.fstat(file.fileno()).st_mtime_ns
for i in range(3):
    time.sleep(0.05)
    file.write("more")
    file.flush()
    status = os.fstat(file.fileno())
    if status.st_mtime_ns <= last: print("bad: not moved by write", i)
    if status.st_mtime_ns != os.stat("f").st_mtime_ns: print("bad: stat says another time")
    last = status.st_mtime_ns
os.ftruncate(file.fileno(), 1)
if os.fstat(file.fileno()).st_size != 1: print("bad: size")
print("ok")

# os.utime sets both times to the nanosecond, and reading a file leaves them.
import os, time
open("f", "w").write("text")
now = time.time_ns() // 10**9 * 10**9
times = (now + 100 * 10**9 + 123456789, now - 100 * 10**9 + 987654321)
os.utime("f", ns=times)
for look in (1, 2):
    status = os.stat("f")
    if (status.st_atime_ns, status.st_mtime_ns) != times: print("bad:", status.st_atime_ns - times[0], status.st_mtime_ns - times[1])
    open("f").read()
print("ok")

# int(time.time()) lies between `date +%s` before and after.
import datetime, os, subprocess, time
date = lambda: int(subprocess.check_output(["date", "+%s"]))
before = date()
seconds = [int(time.time()), int(datetime.datetime.now().timestamp()), time.time_ns() // 10**9]
after = date()
for second in seconds:
    if not before <= second <= after: print("bad:", before, seconds, after)
print("ok")

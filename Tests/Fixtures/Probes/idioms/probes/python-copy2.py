# shutil.copy2 and copystat keep a file's time to the nanosecond, copy does not; getmtime finds what is older than a minute.
import os, shutil, time
open("a", "w").write("a")
os.utime("a", ns=(10**18 + 1, 10**18 + 123456789))
shutil.copy2("a", "b")
shutil.copy("a", "c")
if os.stat("b").st_mtime_ns != 10**18 + 123456789: print("bad: copy2 made", os.stat("b").st_mtime_ns)
if os.stat("c").st_mtime < time.time() - 60: print("bad: copy is old")
old = sorted(name for name in os.listdir() if os.path.getmtime(name) < time.time() - 60)
print(old)
if old != ["a", "b"]: print("bad: old ones")
print("ok")

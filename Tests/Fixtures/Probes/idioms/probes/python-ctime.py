# The change time moves with chmod, rename and link, cannot be set, and the modification time stays.
import os, time
open("f", "w").write("text")
os.utime("f", (1000, 1000))
status = os.stat("f")
if status.st_ctime < time.time() - 60: print("bad: utime set the change time to", status.st_ctime)
def moved(what, name="f"):
    global status
    later = os.stat(name)
    if later.st_ctime_ns <= status.st_ctime_ns: print("bad: not moved by", what)
    if later.st_mtime_ns != status.st_mtime_ns: print("bad: modification time moved by", what)
    if later.st_ctime > time.time(): print("bad: from the future after", what)
    status = later
    time.sleep(0.05)
time.sleep(0.05)
os.chmod("f", 0o600); moved("chmod")
os.link("f", "g"); moved("link")
os.rename("f", "h"); moved("rename", "h")
os.unlink("g"); moved("unlink", "h")
print("ok")

# A mailbox that was read after it was written to has no new mail: its access time is later.
import os, time
open("box", "w").write("From a\n")
status = os.stat("box")
os.utime("box", (status.st_mtime + 1, status.st_mtime))
status = os.stat("box")
if not status.st_atime > status.st_mtime: print("bad: looks unread")
open("box", "a").write("From b\n")
os.utime("box", (status.st_mtime - 1, os.stat("box").st_mtime))
if not os.stat("box").st_atime < os.stat("box").st_mtime: print("bad: looks read")
print("ok")

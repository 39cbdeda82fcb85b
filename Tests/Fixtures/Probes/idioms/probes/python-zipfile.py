# zipfile and tarfile keep the times of files, and take new ones for not older than 1980.
import os, tarfile, time, zipfile
open("f", "w").write("text")
before = time.time()
with zipfile.ZipFile("a.zip", "w") as archive:
    archive.write("f")
    archive.writestr("g", "more")
for info in zipfile.ZipFile("a.zip").infolist():
    seconds = time.mktime(info.date_time + (0, 0, -1))
    if not before - 5 <= seconds <= time.time() + 1: print("bad:", info.filename, info.date_time)
with tarfile.open("a.tar", "w") as archive: archive.add("f")
with tarfile.open("a.tar") as archive: archive.extractall("out")
if int(os.stat("out/f").st_mtime) != int(os.stat("f").st_mtime): print("bad: tarfile")
print("ok")

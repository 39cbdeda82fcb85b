# SEEK_DATA and SEEK_HOLE find what was written into an empty file, and the holes around it.
import os
file = os.open("f", os.O_RDWR | os.O_CREAT)
os.ftruncate(file, 8 << 20)
os.pwrite(file, b"x" * 65536, 4 << 20)
os.fsync(file)
data = os.lseek(file, 0, os.SEEK_DATA)
hole = os.lseek(file, data, os.SEEK_HOLE)
print(data, hole)
if not (3 << 20) < data <= (4 << 20): print("bad: data at", data)
if not (4 << 20) + 65536 <= hole < (5 << 20): print("bad: hole at", hole)
try: print("bad: more at", os.lseek(file, hole, os.SEEK_DATA))
except OSError as error: print(error.strerror)
print("ok")

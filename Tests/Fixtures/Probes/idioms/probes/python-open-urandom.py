# open("/dev/urandom", "rb").read(16) gives other bytes at each opening and at each reading.
import os
found = [open("/dev/urandom", "rb").read(16).hex() for i in range(10)]
with open("/dev/urandom", "rb", buffering=0) as device: found += [device.read(16).hex() for i in range(10)]
file = os.open("/dev/urandom", os.O_RDONLY | os.O_CLOEXEC)
found += [os.read(file, 16).hex() for i in range(10)]
print(*found[:12], sep="\n")
if len(set(found)) != 30: print("bad:", len(set(found)), "of 30")
if any(len(text) != 32 for text in found): print("bad: short")
print("ok")

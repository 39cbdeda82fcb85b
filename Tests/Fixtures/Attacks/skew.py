"""`skew.py PROGRAM CODE FILES SKEWED [clock]`: a copy of a static program, SKEWED, that believes it is ten years later. CODE is what
skew.S becomes, FILES where its second part begins in it. With `clock`, only the clock is skewed and not the times of files.
"""
import struct
import subprocess
import sys


def functions(path):
    for line in subprocess.run(["nm", "-S", path], capture_output=True, text=True, check=True).stdout.splitlines():
        words = line.split()
        if len(words) == 4:
            yield words[3], (int(words[0], 16), int(words[1], 16))


def offset(program, address):
    """Where in the file lies what is loaded at an address."""
    start, size, count = struct.unpack_from("<Q14xHH", program, 32)
    for index in range(count):
        kind, _, at, there, _, length = struct.unpack_from("<IIQQQQ", program, start + index * size)
        if kind == 1 and there <= address < there + length:
            return at + address - there
    sys.exit("nothing is loaded there")


program, code, files, skewed = sys.argv[1:5]
known = dict(functions(program))
with open(program, "rb") as file:
    image = bytearray(file.read())
with open(code, "rb") as file:
    parts = file.read()
clock, room = known["clock_gettime"]
if len(parts) + 5 > room:
    sys.exit(f"{len(parts)} bytes do not fit into {room}")
at = offset(image, clock)
image[at : at + len(parts)] = parts
if len(sys.argv) < 6:
    call, length = known["syscall"]
    begin = offset(image, call)
    # syscall; cmp $-4095, %rax
    found = image.find(bytes.fromhex("0f05483d01f0ffff"), begin, begin + length)
    if found < 0:
        sys.exit("syscall is another than expected")
    there, back = clock + int(files), call + found - begin
    image[found : found + 5] = b"\xe9" + struct.pack("<i", there - (back + 5))
    end = clock + len(parts)
    image[at + len(parts) : at + len(parts) + 5] = b"\xe9" + struct.pack("<i", back + 8 - (end + 5))
with open(skewed, "wb") as file:
    file.write(image)

# A file without a name can be written, read, and linked into a folder.
import os, tempfile
file = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o644)
os.write(file, b"text")
os.link(f"/proc/self/fd/{file}", "named", src_dir_fd=os.open(".", os.O_RDONLY), follow_symlinks=True)
print(open("named").read())
with tempfile.TemporaryFile() as other:
    other.write(b"x")
    if os.fstat(other.fileno()).st_nlink != 0: print("bad: it has a name")
with tempfile.NamedTemporaryFile() as other:
    if not os.path.exists(other.name): print("bad: no", other.name)
print("ok")

"""Orders and numbers of folders' entries."""
import glob, hashlib, os, pathlib

def digest(names): return hashlib.sha256("\n".join(names).encode()).hexdigest()

for folder in ("/build/names", "/usr/lib/python3.11", "/etc"):
    print(folder, digest(os.listdir(folder)), digest(glob.glob(folder + "/*")), digest(str(p) for p in pathlib.Path(folder).iterdir()))
    print(digest(path for root, _, _ in os.walk(folder) for path in [root]))
print(os.listdir("/build/names")[:5], [e.inode() for e in os.scandir("/build/names")][:3])
os.mkdir("made")
for number in range(300): open(f"made/{number * 7919 % 300}", "w").close()
print(os.listdir("made")[:10], digest(os.listdir("made")))
s = os.stat("made")
print(s, s.st_mtime_ns, s.st_ctime_ns, s.st_blocks, os.stat("/build/names"), os.stat("/build/names/seed"))

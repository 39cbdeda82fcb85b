"""Archives of files that were made here, with the library's defaults."""
import gzip, hashlib, io, os, shutil, tarfile, zipfile

os.mkdir("tree")
for name in ("zeta", "alpha", "middle"):
    with open(f"tree/{name}", "w") as file: file.write(name)
for name, format in (("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT), ("ustar", tarfile.USTAR_FORMAT)):
    with tarfile.open(f"{name}.tar", "w", format=format) as archive: archive.add("tree")
with tarfile.open("archive.tgz", "w:gz") as archive: archive.add("tree")
with zipfile.ZipFile("archive.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for name in os.listdir("tree"): archive.write(f"tree/{name}")
    archive.writestr("text", "text")
with gzip.open("file.gz", "wb") as file: file.write(b"text")
shutil.make_archive("made", "zip", "tree")
for name in sorted(n for n in os.listdir() if os.path.isfile(n)):
    print(name, hashlib.sha256(open(name, "rb").read()).hexdigest())
with tarfile.open("pax.tar") as archive:
    for member in archive: print(member.name, member.mtime, member.uid, member.uname, member.pax_headers)

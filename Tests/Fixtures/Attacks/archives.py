"""`archives.py KIND FILE CANARY`: an archive that tries to come out of the folder it is unpacked in, or to bring down
whoever unpacks it. CANARY is what it writes to if it can, as an absolute path; the folder it is unpacked in lies beside it.
`archives.py --unpack FILE FOLDER` is a careless program that unpacks: it does what archives say. `archives.py --first FILE` says
what it takes the first member for.
"""
import gzip
import io
import os
import sys
import tarfile
import zipfile


def tar(path, members, **options):
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT, **options) as archive:
        for name, kind, content in members:
            entry = tarfile.TarInfo(name)
            if kind == "file":
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
            else:
                entry.type = {"link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "folder": tarfile.DIRTYPE,
                              "device": tarfile.CHRTYPE, "fifo": tarfile.FIFOTYPE}[kind]
                entry.linkname = content
                archive.addfile(entry)


def zip_(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, kind, content in members:
            entry = zipfile.ZipInfo(name)
            entry.create_system = 3
            entry.external_attr = (0o120777 if kind == "link" else 0o100644) << 16
            archive.writestr(entry, content)


def ar(path, members):
    with open(path, "wb") as archive:
        archive.write(b"!<arch>\n")
        for name, _, content in members:
            archive.write(f"{name + '/':<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode() + content)
            archive.write(b"\n" * (len(content) % 2))


def make(kind, path, canary):
    evil = b"evil"
    folder = os.path.dirname(canary)
    name = os.path.basename(canary)
    out = [("up/" + "../" * 2 + name, "file", evil)]
    linked = [("way", "link", folder), ("way/" + name, "file", evil)]
    form, _, case = kind.partition("-")
    if form in ("tar", "zip"):
        members = {
            "absolute": [(canary, "file", evil)],
            "climbs": out,
            "link": linked,
            "relative": [("way", "link", ".."), ("way/" + name, "file", evil)],
            "hardlink": [("hard", "hard", canary), ("hard", "file", evil)],
        }.get(case)
        if members:
            return tar(path, members) if form == "tar" else zip_(path, members)
    if kind == "ar-climbs":
        return ar(path, [("../" + name, "file", evil)])
    if kind == "ar-absolute":
        # A name with slashes stands before the content, as BSD does it.
        long = canary.encode()
        with open(path, "wb") as archive:
            header = f"{'#1/' + str(len(long)):<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(long + evil):<10}`\n"
            archive.write(b"!<arch>\n" + header.encode() + long + evil + b"\n" * (len(long + evil) % 2))
        return
    if kind == "device":
        return tar(path, [("device", "device", "")])
    if kind == "fifo":
        return tar(path, [("pipe", "fifo", "")])
    if kind == "deep":
        return tar(path, [("d/" * 1000 + "file", "file", b"")])
    if kind == "long-name":
        return tar(path, [("n" * 300, "file", b"")])
    if kind == "long-path":
        return tar(path, [("/".join(["n" * 200] * 30), "file", b"")])
    if kind == "long-link":
        return tar(path, [("link", "link", "l" * 5000)])
    if kind == "twice":
        return tar(path, [("same", "file", b"one"), ("same", "file", b"two")])
    if kind == "nul":
        header = b"12 path=a\0b\n"
        with open(path, "wb") as archive:
            entry = tarfile.TarInfo("PaxHeaders/x")
            entry.type = tarfile.XHDTYPE
            entry.size = len(header)
            archive.write(entry.tobuf(tarfile.USTAR_FORMAT) + header.ljust(512, b"\0"))
            archive.write(tarfile.TarInfo("harmless").tobuf(tarfile.USTAR_FORMAT) + b"\0" * 1024)
        return
    if kind == "bomb":
        # 1 GiB of zeros.
        with gzip.open(path, "wb", 9) as packed:
            entry = tarfile.TarInfo("zeros")
            entry.size = 1 << 30
            packed.write(entry.tobuf())
            for _ in range(1 << 10):
                packed.write(bytes(1 << 20))
            packed.write(bytes(1024))
        return
    if kind == "zip-bomb":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            with archive.open("zeros", "w", force_zip64=True) as member:
                for _ in range(1 << 10):
                    member.write(bytes(1 << 20))
        return
    if kind == "lying-size":
        # A member that says it has an exbibyte.
        with open(path, "wb") as archive:
            entry = tarfile.TarInfo("huge")
            entry.size = 1 << 60
            archive.write(entry.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
        return
    if kind == "truncated":
        tar(path, [("half", "file", b"x" * 100000)])
        with open(path, "r+b") as archive:
            archive.truncate(50000)
        return
    sys.exit("unknown kind " + kind)


def unpack(path, folder):
    os.makedirs(folder, exist_ok=True)
    with open(path, "rb") as file:
        magic = file.read(8)
    if magic == b"!<arch>\n":
        with open(path, "rb") as file:
            data = file.read()[8:]
        while data:
            name, size, data = data[:16].decode().strip(), int(data[48:58]), data[60:]
            content, data = data[:size], data[size + size % 2:]
            if name.startswith("#1/"):
                length = int(name[3:])
                name, content = content[:length].decode(), content[length:]
            name = name.rstrip("/")
            with open(os.path.join(folder, name), "wb") as out:
                out.write(content)
    elif magic.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                target = os.path.join(folder, entry.filename)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                if entry.external_attr >> 28 == 0o12:
                    os.symlink(archive.read(entry), target)
                else:
                    with open(target, "wb") as out:
                        out.write(archive.read(entry))
    else:
        with tarfile.open(path) as archive:
            for entry in archive:
                target = os.path.join(folder, entry.name)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                if entry.issym():
                    os.symlink(entry.linkname, target)
                elif entry.islnk():
                    os.link(entry.linkname, target)
                elif entry.isfile():
                    with open(target, "wb") as out:
                        out.write(archive.extractfile(entry).read())


def first(path):
    if zipfile.is_zipfile(path):
        entry = zipfile.ZipFile(path).infolist()[0]
        return f"file {len(entry.filename)} {entry.file_size}"
    entry = tarfile.open(path).firstmember
    kinds = {tarfile.CHRTYPE: "device", tarfile.FIFOTYPE: "fifo", tarfile.SYMTYPE: "link"}
    return f"{kinds.get(entry.type, 'file')} {len(entry.linkname or entry.name)} {entry.size}"


if sys.argv[1] == "--first":
    print(first(sys.argv[2]))
elif sys.argv[1] == "--unpack":
    unpack(sys.argv[2], sys.argv[3])
else:
    make(*sys.argv[1:4])

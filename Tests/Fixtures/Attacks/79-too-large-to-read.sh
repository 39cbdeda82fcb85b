# Outputs too large to be read again
# A build leaves a hundred megabytes of names, or of targets of links, in files of no bytes, and an archive of a few megabytes holds
# as much. Written down they are three to eight times as many. Whoever gathers them all before looking at the size needs gigabytes
# and minutes, and what is written then is larger than anybody reads: a store that holds it can neither be used nor collected.
compile oversize

# ---- Without belljar: a program that gathers them has no limit, and an archive of them is small.
gathered() {
    mkdir -p "$1" && (cd "$1" && oversize "$2" "$3") || return
    python3 -c '
import json, os, sys
def text(raw): return "".join("\0%02x" % byte if byte > 127 else chr(byte) for byte in raw)
size = 0
for where, folders, files in os.walk(os.fsencode(sys.argv[1])):
    for name in folders + files:
        path = os.path.join(where, name)
        size += len(text(os.readlink(path))) if os.path.islink(path) else len(json.dumps(text(path)))
print("more than is read" if size > (256 << 20) else size)' "$1"
}
control() {
    gathered links links 24000
    gathered files files 12000
    mkdir ascii
    python3 -c '
import os
for i in range(68000): os.symlink("a" * 4000, "ascii/%d" % i)'
    tar -cf - ascii | gzip -9 >links.tar.gz
    [ "$(stat -c %s links.tar.gz)" -lt 8000000 ] && echo 'a small archive'
}
outside $'more than is read\nmore than is read\na small archive' control

# ---- Under belljar: each is refused by its size, before a file of it is read.
# peak COMMAND...: the most memory that belljar, or what it ran, ever had, in MB.
peak() {
    python3 - "$row/peak" "$@" <<'PYTHON'
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024))
sys.exit(code)
PYTHON
}
belljar() {
    peak env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$row/home" TMPDIR="$row/tmp" NO_COLOR=1 LANG=C.UTF-8 \
        BELLJAR_STORE="$row/store" timeout 120 "$programs/belljar" "$@" --project "$row/project"
}
# large PATTERN SCRIPT
large() {
    recipe large "$2"
    belljar build --json --quiet --no-cache large >"$row/answer" 2>>"$row/trouble" </dev/null && code=0 || code=$?
    ended resource_exceeded "$code"
    matches "the answer" "$1" "$(answer)"
    expect "belljar took less than 1 GiB, not $(cat "$row/peak") MB" [ "$(cat "$row/peak")" -lt 1024 ]
    found belljar "$(jq -r .error.answer "$row/answer" | cut -c 1-70), $(cat "$row/peak") MB"
    matches "the status" resource_exceeded "$(belljar show large --json | jq -r .result.status)"
}
large '*256MiB for one directory*' 'cd /out && oversize links 24000'
large '*128MiB for a record*' 'cd /out && oversize files 40000'
large '*256MiB for the paths*' 'cd /out && oversize folders 40000'

serve "$row/outside"
more="sources: [{archive: '$address/links.tar.gz', sha256: $(digest "$row/outside/links.tar.gz")}]"
recipe archive 'true >/out/x'
belljar build --json --quiet archive >"$row/answer" 2>>"$row/trouble" </dev/null && code=0 || code=$?
ended resource_exceeded "$code"
matches "the answer to an archive" '*256MiB for*' "$(answer)"
expect "belljar took less than 1 GiB, not $(cat "$row/peak") MB" [ "$(cat "$row/peak")" -lt 1024 ]
found belljar "an archive: $(jq -r .error.answer "$row/answer" | cut -c 1-70)"
more=''

# ---- The store is used, checked and collected as before.
matches "the memos of archives" 0 "$(grep -l '"unpack/' "$row"/store/memos/* 2>/dev/null | wc -l)"
expect "the store is sound" belljar store fsck
expect "it is measured" belljar store du --by-root
expect "it is collected" belljar store gc
# What fits is built, and used.
recipe fits 'cd /out && oversize links 2000'
belljar build --json --quiet fits --output "$row/out" >"$row/answer" 2>>"$row/trouble" </dev/null && code=0 || code=$?
ended built "$code"
matches "the outputs" 2000 "$(find "$row/out" -type l | wc -l)"

#!/bin/bash
# Looks at pages of `belljar diff --html` in headless Chromium, 800 pixels wide: each has to show something, to be no wider than the
# window, and to run no script, whoever wrote what it shows. The last line counts.
#
#     browser.sh STAGE [FOLDER]      STAGE as stage.sh lays it out; FOLDER: where the pictures are left
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/places.sh
umask 022

stage=$(realpath "${1:?usage: browser.sh STAGE [FOLDER]}")
work=$(mktemp -d /tmp/belljar-browser-XXXXXX)
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
chmod 755 "$work"
make_places "$work/places"
home=$work/places/home

# Two sides of each kind: text with very long lines and names, archives, JSON, bytes, programs, and text that would be a script.
python3 - "$home" <<'END'
import gzip, io, os, sys, tarfile, zipfile
home = sys.argv[1]
for side, number in ("a", 1), ("b", 2):
    top = f"{home}/{side}"
    os.makedirs(f"{top}/share")
    def write(name, data):
        with open(f"{top}/{name}", "wb") as file: file.write(data)
    write("long.txt", b"x" * 5000 + b"%d\n" % number)
    write("share/" + "a-rather-long-name-" * 12 + "end", b"%d\n" % number)
    write("data.json", b'{"b": %d, "a": [1, 2, 3]}' % number)
    write("bytes", bytes(range(256)) * 4 + bytes([number]))
    write("hostile.html", b"<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">%d\n" % number)
    write("odd.txt", f"\u202e\u200b\t\x07\u00e4 {number}\n".encode())
    with open("/bin/true", "rb") as file: write("program", file.read() + bytes([number]))
    for kind in "w:gz", "w:xz", "w":
        with tarfile.open(f"{top}/{kind.replace(':', '.')}.tar", kind) as archive:
            for index in range(60):
                data = b"line\n" * 50 + b"built at Nov 2%d 2026 12:00:00\n" % number
                member = tarfile.TarInfo(f"doc/{index}.txt")
                member.size, member.mtime = len(data), number * 1000
                archive.addfile(member, io.BytesIO(data))
    with zipfile.ZipFile(f"{top}/members.zip", "w") as archive: archive.writestr("m.txt", f"m{number}")
END
give_ordinary "$work/places"

belljar() { (cd "$home" && in_places "$work/places" "${ordinary[@]}" "$stage/bin/belljar" "$@"); }

# With a profile, and so a bus and a home, of its own. Chromium's own sandbox needs what a container often has not; the page is ours.
browser() {
    (cd "$home" && in_places "$work/places" "${ordinary[@]}" env DBUS_SESSION_BUS_ADDRESS=disabled: chromium --headless --no-sandbox --disable-gpu \
        --no-first-run --disable-extensions --hide-scrollbars --window-size=800,1600 --virtual-time-budget=5000 \
        --user-data-dir="$home/profile" --enable-logging=stderr "$@" 2>"$home/browser.log")
}

passed=0 failed=0
# say TEXT COMMAND...: counts whether a command succeeds.
say() {
    if "${@:2}"; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "$1" && tail -n 5 "$home/browser.log"; fi
}

# So many different colours, of which the page has a dozen with its text.
colours() {
    python3 - "$1" <<'END'
import struct, sys, zlib
data = open(sys.argv[1], "rb").read()
assert data[:8] == b"\x89PNG\r\n\x1a\n"
width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
assert depth == 8 and kind in (2, 6) and width == 800, (width, depth, kind)
size, place, packed = (3 if kind == 2 else 4), 8, b""
while place < len(data):
    length, name = struct.unpack(">I4s", data[place:place + 8])
    if name == b"IDAT": packed += data[place + 8:place + 8 + length]
    place += 12 + length
raw, stride, previous, seen = zlib.decompress(packed), width * size, bytes(width * size), set()
for row in range(height):
    at = row * (stride + 1)
    method, line = raw[at], bytearray(raw[at + 1:at + 1 + stride])
    for index in range(stride):
        left = line[index - size] if index >= size else 0
        up, corner = previous[index], previous[index - size] if index >= size else 0
        if method == 1: add = left
        elif method == 2: add = up
        elif method == 3: add = (left + up) // 2
        elif method == 4:
            guess = left + up - corner
            add = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
        else: add = 0
        line[index] = (line[index] + add) & 255
    previous = bytes(line)
    seen.update(previous[index:index + 3] for index in range(0, stride, size))
print(len(seen))
END
}

shows_much() { [ "$(colours "$1")" -ge 12 ]; }
# What the browser's console got: errors of scripts, and refusals of the page's own policy.
is_quiet() { ! grep -q 'CONSOLE' "$home/browser.log"; }
is_untouched() { grep -q '<title>[0-9]* paths\? differ' "$1" && ! grep -q '<title>taken' "$1"; }
# The page's width, told by a script that only this copy has; its policy would not let that run.
is_narrow() {
    sed -e '/http-equiv="Content-Security-Policy"/d' -e 's|</body>|<script>document.title = document.documentElement.scrollWidth</script></body>|' \
        "$1" >"$home/measured.html"
    browser --dump-dom "file://$home/measured.html" >"$home/measured"
    local width
    width=$(sed -nE 's|.*<title>([0-9]+)</title>.*|\1|p' "$home/measured")
    [ "$width" -le 800 ] && [ "$width" -ge 700 ]
}
# The positive control: a script in the page itself is refused by its policy, and the console says so.
is_refused() {
    sed 's|</body>|<script>document.title = "taken"</script></body>|' "$1" >"$home/tried.html"
    browser --dump-dom "file://$home/tried.html" >"$home/tried"
    is_untouched "$home/tried" && grep -q 'CONSOLE.*Content Security Policy' "$home/browser.log"
}

for name in "" long.txt data.json bytes hostile.html odd.txt program w.gz.tar members.zip; do
    page=$home/page-${name:-all}.html
    belljar diff --html "$page" "a/$name" "b/$name" >/dev/null 2>"$home/browser.log" && status=0 || status=$?
    say "${name:-both folders}: diff ended with $status" [ "$status" -eq 3 ]
    browser --screenshot="$home/${name:-all}.png" "file://$page"
    say "$page: the console has something" is_quiet
    say "$page: the picture shows next to nothing" shows_much "$home/${name:-all}.png"
    browser --dump-dom "file://$page" >"$home/dom"
    say "$page: something ran" is_untouched "$home/dom"
    say "$page: it is wider than the window" is_narrow "$page"
done
say "a script in the page is not refused" is_refused "$home/page-all.html"
if [ -n "${2:-}" ]; then mkdir -p "$2" && cp "$home"/*.png "$2"; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

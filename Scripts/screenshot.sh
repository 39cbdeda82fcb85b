#!/bin/bash
# Makes docs/progress.svg: what a terminal shows while belljar builds this repository's recipes. The terminal is tmux's, and what
# stands in it is made a picture by rich. Needs a compiled belljar, the toolchain's packages in the store or the network, and
#
#     apt install tmux python3-rich
#
#     screenshot.sh [SECONDS] [PROGRAM]     taken so long after the start, default 6; PROGRAM default .build/release/belljar
#
# BELLJAR_SCREENSHOT_FOLDER names a folder for the store, which is kept for the next picture. What a picture shows depends on how
# fast the machine is: look at it, and choose other SECONDS if nothing runs in it any more.
set -euo pipefail
cd "$(dirname "$0")/.."
. Scripts/places.sh
umask 022

seconds=${1:-6}
belljar=${2:-$PWD/.build/release/belljar}
work=${BELLJAR_SCREENSHOT_FOLDER:-$(mktemp -d /tmp/belljar-screenshot-XXXXXX)}
# The terminal's server belongs to whom belljar runs as.
terminal() { in_places "$work/places" "${ordinary[@]}" tmux -L "belljar-screenshot-$$" -f /dev/null "$@"; }
finish() {
    terminal kill-server 2>/dev/null || true
    [ -n "${BELLJAR_SCREENSHOT_FOLDER:-}" ] || { chmod -R u+rwX "$work" && rm -rf "$work"; }
}
trap finish EXIT
chmod 755 "$work"
make_places "$work/places"
mkdir -p "$work/programs" "$work/project"
cp "$belljar" "$(dirname "$belljar")/belljar-init" "$work/programs"
cp -R Recipes Toolchains "$work/project"
give_ordinary "$work/places" "$work/project"

# The image, and what is fetched, are there before: the picture is of builds.
builds=(build --no-cache --jobs 3)
as_ordinary "$work/places" "$work/programs/belljar" "${builds[@]}" --quiet --project "$work/project"

columns=100 rows=16
cat >"$work/run" <<END
cd "$work/project"
unset NO_COLOR
PATH="$work/programs:\$PATH"
clear
printf '\$ belljar build --no-cache --jobs 3\n'
belljar build --no-cache --jobs 3
sleep 60
END
give_ordinary "$work/run"
terminal new-session -d -x "$columns" -y "$rows" \
    "env --unset=NO_COLOR TERM=tmux-256color LANG=C.UTF-8 bash '$work/run'" \; set-option -g status off
sleep "$seconds"
terminal capture-pane -e -p >"$work/screen"
grep -q '\[[0-9]*/[0-9]*\]' "$work/screen" || {
    echo "no progress in what was captured; choose other SECONDS:" >&2
    cat "$work/screen" >&2
    exit 1
}

/usr/bin/python3 - "$work/screen" "$columns" docs/progress.svg <<'END'
import re, sys
from rich.console import Console
from rich.text import Text

screen, columns, picture = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with open(screen, encoding="utf-8") as file:
    text = Text.from_ansi(file.read().rstrip("\n"))
console = Console(record=True, width=columns, file=open("/dev/null", "w"), force_terminal=True, legacy_windows=False)
console.print(text, no_wrap=True, overflow="crop")
svg = console.export_svg(title="belljar build", unique_id="belljar")
# No font from a server: whoever looks at the picture has a monospaced one. It may be higher than Fira Code, whose lines are cut
# off where the next begins.
svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.S).replace("Fira Code", "DejaVu Sans Mono")
svg = re.sub(r' clip-path="url\(#belljar-(line-\d+|clip-terminal)\)"', "", svg)
svg = re.sub(r'<clipPath id="belljar-(line-\d+|clip-terminal)">.*?</clipPath>', "", svg, flags=re.S)

# Some programs leave out spaces at the beginning of a text, so it begins where they end.
cell = 12.2
def begun(found):
    x, y, length, spaces, rest = found.groups()
    count = len(spaces) // len("&#160;")
    return f'x="{float(x) + count * cell:.1f}" y="{y}" textLength="{float(length) - count * cell:.1f}">{rest}'
svg = re.sub(r'x="([0-9.]+)" y="([0-9.]+)" textLength="([0-9.]+)">((?:&#160;)+)([^<&\n])', begun, svg)
with open(picture, "w", encoding="utf-8") as file:
    file.write("\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n")
END
echo "wrote docs/progress.svg"

# Archives and texts that bring down whoever reads them
# Depth, length and repetition cost an attacker nothing. What has no limit ends in a full disk, an exhausted stack, or two
# programs that read two different things from the same bytes.
mkdir "$row/archives"
serve "$row/archives"
big() { python3 "$attacks/archives.py" bomb bomb "$PWD/x" && [ "$(gzip -dc bomb | head -c 300000000 | wc -c)" = 300000000 ] && stat -c %s bomb; }
outside '10?????' big
twice() { python3 "$attacks/archives.py" twice made "$PWD/x" && python3 "$attacks/archives.py" --unpack made unpacked && cat unpacked/same; }
outside two twice
# A host on which sources are small.
mkdir -p "$row/home/.config/belljar"
echo 'source-size: 256MiB' >"$row/home/.config/belljar/limits.yaml"
# What each is to a program that believes what it reads (kind, length of the name, size), and what belljar says of it.
refusals='deep|file 2004 0|a path more than 128 directories deep
long-name|file 300 0|a name longer than 255 bytes
long-path|file 6029 0|a path longer than 4095 bytes
long-link|link 5000 0|a target longer than 4095 bytes
bomb|file 5 1073741824|limit source-size of 256MiB was reached: its files up to "zeros" have 1073741824 bytes|resource_exceeded
zip-bomb|file 5 1073741824|limit source-size of 256MiB was reached: its files up to "zeros" have 1073741824 bytes|resource_exceeded
lying-size|file 4 1152921504606846976|limit source-size of 256MiB was reached: its files up to "huge" have 1152921504606846976|resource_exceeded
truncated|file 4 100000|Truncated tar archive (after "half")'
while IFS='|' read -r kind believed words class; do
    file=$row/archives/$kind
    python3 "$attacks/archives.py" "$kind" "$file" "$row/canary"
    outside "$believed" python3 "$attacks/archives.py" --first "$file"
    more="sources: [{archive: '$address/$kind', strip: 0, sha256: $(digest "$file")}]"
    build "${class:-integrity}/refused" 'echo it was unpacked'
    found belljar "$kind refused"
    matches "the answer to $kind" "*$words*" "$(answer)"
done <<<"$refusals"

# What can be had is: the last of two, and nothing of devices and FIFOs. Outside, they are what the archive says.
got() {
    local kind=$1 believed=$2 script=$3 file=$row/archives/$1
    python3 "$attacks/archives.py" "$kind" "$file" "$row/canary"
    outside "$believed" python3 "$attacks/archives.py" --first "$file"
    python3 -c 'import io, sys, tarfile
entry = tarfile.TarInfo("harmless")
with tarfile.open(sys.argv[1], "a") as archive: archive.addfile(entry, io.BytesIO())' "$file"
    more="sources: [{archive: '$address/$kind', strip: 0, sha256: $(digest "$file")}]"
    inside "$4" "$script"
}
got twice 'file 4 3' 'cat same' two
got device 'device 6 0' 'ls' harmless
got fifo 'fifo 4 0' 'ls' harmless

# A name with a NUL in it ends there, for libarchive and for every system call; nothing comes into the name behind it.
python3 "$attacks/archives.py" nul "$row/archives/nul" "$row/canary"
more="sources: [{archive: '$address/nul', strip: 0, sha256: $(digest "$row/archives/nul")}]"
inside a 'ls'

# Recipes: depth, aliases that multiply, a size without an end, and the same key twice.
more=''
recipe attack true
recipe_file=$row/project/Recipes/attack/recipe.yaml
refuse_text() {
    belljar build --json --quiet attack >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?
    ended usage "$code"
    matches "the answer to $1" "*$2*" "$(answer)"
}
python3 -c 'print("environment: " + "[" * 100000)' >>"$recipe_file"
refuse_text 'depth' 'nested deeper than 16 levels*'
{ echo 'a: &a [x, x, x, x, x, x, x, x]'; for i in {1..30}; do echo "b$i: &b$i [*a, *a]"; done; } >"$recipe_file"
refuse_text 'aliases' 'anchor*'
yes 'x: 1' | head -c 2000000 >"$recipe_file"
refuse_text 'size' '*at most 1048576 bytes*'
recipe attack true
echo 'name: other' >>"$recipe_file"
refuse_text 'a key twice' 'duplicate key "name"*'
# Records: a file that somebody sends.
python3 -c 'print("[" * 1000000)' >"$row/deep.json"
belljar rebuild --json --quiet "$row/deep.json" >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?
ended usage "$code"
matches "the answer to a deep record" '*deeper than 64 levels*' "$(answer)"

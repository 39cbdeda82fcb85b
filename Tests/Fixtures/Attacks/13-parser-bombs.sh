# Archives and texts that bring down whoever reads them
# Depth, length and repetition cost an attacker nothing. What has no limit ends in a full disk, an exhausted stack, or two
# programs that read two different things from the same bytes.
mkdir "$row/archives"
serve "$row/archives"
big() { python3 "$attacks/archives.py" bomb bomb "$PWD/x" && [ "$(gzip -dc bomb | head -c 300000000 | wc -c)" = 300000000 ] && stat -c %s bomb; }
outside '10?????' big
twice() { python3 "$attacks/archives.py" twice made "$PWD/x" && python3 "$attacks/archives.py" --unpack made unpacked && cat unpacked/same; }
outside two twice
refusals='deep|128 directories
long-name|255 bytes
long-path|4095 bytes
long-link|4095 bytes
twice|there already
bomb|250
zip-bomb|250
lying-size|
truncated|
device|device
fifo|FIFO'
while IFS='|' read -r kind words; do
    file=$row/archives/$kind
    python3 "$attacks/archives.py" "$kind" "$file" "$row/canary"
    more="sources: [{archive: '$address/$kind', strip: 0, sha256: $(digest "$file")}]"
    build integrity 'echo it was unpacked'
    found belljar "$kind refused"
    matches "the answer to $kind" "*$words*" "$(answer)"
done <<<"$refusals"

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
refuse_text 'depth' '*'
{ echo 'a: &a [x, x, x, x, x, x, x, x]'; for i in {1..30}; do echo "b$i: &b$i [*a, *a]"; done; } >"$recipe_file"
refuse_text 'aliases' 'anchor*'
yes 'x: 1' | head -c 2000000 >"$recipe_file"
refuse_text 'size' '*at most 1048576 bytes*'
recipe attack true
echo 'name: other' >>"$recipe_file"
refuse_text 'a key twice' '*name*'
# Records: a file that somebody sends.
python3 -c 'print("[" * 1000000)' >"$row/deep.json"
belljar rebuild --json --quiet "$row/deep.json" >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?
ended usage "$code"

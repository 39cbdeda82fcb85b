# A damaged input under a rebuild
# Whoever writes to the store once changes a byte of what a recorded build used: a file of an input, of a source, of the image. What
# a rebuild made of it would be other bytes, and the verdict `different` would blame an honest record; or it would be the same, and
# prove nothing.
mkdir -p "$row/project/Recipes/program/src"
echo original source >"$row/project/Recipes/program/src/text"
recipe library 'echo original library >/out/file'
more='inputs: [library]
sources: [{local: src}]'
recipe program 'cat /inputs/library/file text | sha256sum >/out/sum'
belljar build --json --quiet program --output "$row/out" >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?
ended built "$code"
file_of() { find "$row/store/blobs" -type f -size -200c -print0 | xargs -0 grep -lx "$1" | head -n 1; }
tamper() { printf O | dd of="$1" conv=notrunc status=none; }
# Without belljar nobody notices, least of all whoever copies.
copied() { cp "$(file_of 'original library')" copy && tamper copy && tar -cf copy.tar copy && tar -xOf copy.tar; }
outside 'Original library' copied
rebuild() { belljar rebuild --json --quiet program >"$row/verdict" 2>>"$row/trouble" && code=0 || code=$?; }
rebuild
matches "the verdict before" identical "$(jq -r .verdict "$row/verdict")"
image=$(find "$row/store/blobs" -type f -name '*.x' -size +500k | head -n 1)
for target in "$(file_of 'original library')" "$(file_of 'original source')" "$image"; do
    [ -n "$target" ] || wrong "there is nothing to damage"
    cp "$target" "$row/kept"
    if [ "$target" = "$image" ]; then
        printf '\377' | dd of="$target" conv=notrunc status=none bs=1 seek=$(($(stat -c %s "$target") - 1))
    else
        tamper "$target"
    fi
    rebuild
    matches "the exit code" 6 "$code"
    matches "the verdict" 'inconclusive integrity verify' "$(jq -r '[.verdict, .reason.code, .reason.stage] | join(" ")' "$row/verdict")"
    refuse "it was executed" jq -e .executed "$row/verdict"
    found class "$(jq -r .reason.code "$row/verdict")"
    found belljar "$(jq -r '.verdict + ": " + .reason.code' "$row/verdict")"
    belljar store fsck >>"$row/trouble" 2>&1 && code=0 || code=$?
    matches "the exit code of fsck" 6 "$code"
    # Written into the same inode, as the damage was.
    cat "$row/kept" >"$target"
    touch -d @315619200 "$target"
done
rebuild
matches "the verdict after all is as it was" identical "$(jq -r .verdict "$row/verdict")"

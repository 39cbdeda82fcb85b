# Traps in the folders that belljar writes to
# A neighbour knows where failed builds are kept, and is there first: with a link to where they want it, or a folder that they can
# write to as well. And in the folder that outputs go to something waits: a FIFO with the name of the list of earlier exports.
kept=$row/tmp/belljar-failed-$(id -u)
mkdir -p "$row/outside/trap"
ln -s "$row/outside/trap" "$kept"
# What a program does that does not look: it makes its folder through the link, and it reads the list.
plain() {
    mkdir -p "$kept/build-1" && echo secret >"$kept/build-1/file" && cat trap/build-1/file
    mkfifo list && timeout 1 cat list
    echo "reading: $?"
}
outside $'secret\nreading: 124' plain
rm -rf "$row/outside/trap/build-1"
recipe failing 'echo secret >/build/file; exit 1'
failing() { belljar build --json --quiet --keep-failed failing >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?; }
failing
ended build_failed "$code"
matches "what is said of a link" '*not kept: *' "$(answer)"
expect "nothing went through the link" rmdir "$row/outside/trap"
rm "$kept"
mkdir -m 0777 "$kept"
chmod 0777 "$kept"
failing
ended build_failed "$code"
matches "what is said of a folder that others may write to" '*others may write to it*' "$(answer)"
expect "nothing was put there" rmdir "$kept"
failing
matches "what is said of a folder of one's own" '*kept: */belljar-failed-*' "$(answer)"
expect "it is there" grep -qs secret "$kept"/failing-*/build/file
refuse "others can look at it" [ "$(stat -c %a "$kept")" != 700 ]
found belljar "not kept through a link, nor where others may write"

more=''
recipe plain 'echo x >/out/x'
for name in .belljar-export .belljar-export-part .belljar-part-1 x; do
    rm -rf "$row/out"
    mkdir "$row/out"
    mkfifo "$row/out/$name"
    belljar build --json --quiet plain --output "$row/out" >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?
    case $name in
    .belljar-export) ended usage "$code" && matches "what is said of the list" '*a FIFO, not the list*' "$(answer)" ;;
    x) ended usage "$code" && matches "what is in the way" '*not what an earlier export left there*' "$(answer)" ;;
    *) ended built "$code" ;;
    esac
done
found belljar "no FIFO was waited for"

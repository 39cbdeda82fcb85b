# The machine stops between two system calls
# A power cut or a kill leaves whatever was written by then: half a file under its final name, a record of outputs that are not there.
# belljar is killed at its first, second, third ... call that changes the store; after each, everything has to be right.
command -v strace >/dev/null || { wrong "strace is missing"; exit 0; }
calls=fsync,fdatasync,renameat2,renameat,rename,linkat,link,mkdirat,mkdir,unlinkat,ftruncate,syncfs
torn() {
    python3 -c 'import sys; open("whole", "w").write("x" * 100000)' && rm -f half
    strace -qq -o /dev/null -e trace=write -e inject=write:signal=KILL:when=2 busybox dd if=whole of=half bs=40000 2>/dev/null
    [ "$(stat -c %s half)" -lt 100000 ] && echo half a file
}
outside 'half a file' torn
recipe victim 'mkdir /out/d; echo one >/out/d/one; seq 2000 >/out/two; ln -s two /out/three'
cp -a "$row/store" "$row/clean"
whole='' killed=0
for step in 1 2 3 5 8 12 16 20 25 30 35 40 45 50 60 70 80 100; do
    rm -rf "$row/store"
    cp -a "$row/clean" "$row/store"
    env -i PATH=/usr/bin:/bin HOME="$row/home" TMPDIR="$row/tmp" strace -f -qq -o /dev/null -e trace="$calls" \
        -e inject="$calls:signal=KILL:when=$step" "$programs/belljar" build --quiet --project "$row/project" \
        --store "$row/store" victim >/dev/null 2>&1 </dev/null || killed=$((killed + 1))
    belljar records --json >"$row/records" 2>>"$row/trouble" || wrong "records cannot be listed after step $step"
    jq -r '.records[].status' "$row/records" | grep -vqx ok && wrong "a record of something else than success after step $step"
    belljar store fsck >>"$row/trouble" 2>&1 || wrong "the store is not whole after step $step"
    belljar build --json --quiet victim >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?
    [ "$code" = 0 ] || ended built "$code"
    tree=$(belljar show victim --json | jq -r '.result.tree.digest')
    whole=${whole:-$tree}
    [ "$tree" = "$whole" ] || wrong "other outputs after step $step"
done
found belljar "killed $killed times"
found class built
expect "most of them killed it" [ "$killed" -ge 8 ]

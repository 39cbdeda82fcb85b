# Scratch that others may read, and modes that a failure leaves behind
# With a umask of 000 and a folder in /tmp, every account of the host reads what is being built; and directories of mode 000 that
# a failed build leaves cannot be removed by the next.
umask 000
open_scratch() { mkdir scratch && stat -c %a scratch; }
outside 777 open_scratch
inside "" 'mkdir -p /build/closed/in /out/closed; echo x >/build/closed/in/file; chmod 000 /build/closed /out/closed; exit 1' build_failed
belljar build --json --quiet --keep-failed "$recipe" >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?
ended build_failed "$code"
kept=$(find "$row/tmp" -mindepth 1 -maxdepth 1)
matches "the mode of what is kept" '700' "$(stat -c %a "$kept")"
expect "what was closed can be looked at" find "$kept" -name file
expect "it can be removed" rm -rf "$kept"
matches "the mode of the store's scratch" '7*' "$(stat -c %a "$row/store/tmp")"
refuse "others may write to something of the store" sh -c 'find "$1" -perm /022 ! -type l | grep .' - "$row/store"

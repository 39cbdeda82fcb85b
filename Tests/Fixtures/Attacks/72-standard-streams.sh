# What stands behind the standard streams
# Whoever starts belljar has 0 to 2 open on anything, or closed. A folder of the host, a file opened only to be read, a pipe
# that a shell reads its commands from: by a descriptor, a command reaches all of it, through every namespace.
compile descriptors
belljar_run=(env -i PATH=/usr/bin:/bin HOME="$row/home" TMPDIR="$row/tmp" timeout 60 "$programs/belljar" run --quiet -t tiny
    --project "$row/project" --store "$row/store" --bind-ro "$bin:/tools" -- /tools/descriptors)
careless=("${as_root[@]}" "$bin/descriptors")
echo secret >"$row/outside/secret"

# A folder, and none at all: what was opened next took its place.
of_folder() { "${careless[@]}" below kind <"$row/outside"; }
outside $'below secret\nkind file' of_folder
answered() { # answered WHAT CODE TEXT COMMAND...
    local what=$1 wanted=$2 expected=$3 text code
    shift 3
    text=$("$@" 2>>"$row/trouble") && code=0 || code=$?
    matches "the exit code of $what" "$wanted" "$code"
    if matches "$what" "$expected" "$text"; then found belljar "$what: ${text:-nothing}"; fi
}
below_folder() { "${belljar_run[@]}" below kind <"$row/outside"; }
answered 'a folder' 2 '' below_folder
below_closed() { "${belljar_run[@]}" below kind <&-; }
answered closed 0 $'below nothing\nkind own' below_closed
below_epoll() {
    python3 -c 'import os, select, sys; e = select.epoll(); os.dup2(e.fileno(), 0); os.execv(sys.argv[1], sys.argv[1:])' \
        /usr/bin/env "${belljar_run[@]:1}" below
}
answered 'an epoll' 2 '' below_epoll

# A file that was opened to be read: opened anew, it can be written to.
echo original >"$row/outside/file"
of_file() { "${careless[@]}" anew <"$row/outside/file"; head -n 1 "$row/outside/file"; }
outside $'anew written\nchanged' of_file
echo original >"$row/outside/file"
anew_file() { "${belljar_run[@]}" kind anew <"$row/outside/file"; cat "$row/outside/file"; }
answered 'a file' 0 $'kind own\nanew *\noriginal' anew_file

# A pipe that somebody reads from afterwards, such as a shell its commands.
of_pipe() { { echo one; sleep 1; } | { "${careless[@]}" anew; cat; }; }
outside $'anew written\none\nchanged' of_pipe
anew_pipe() { { echo one; sleep 1; } | { "${belljar_run[@]}" kind anew; cat; }; }
answered 'a pipe' 0 $'kind own\nanew *' anew_pipe

# With standard output closed, results go where there is no 1, and not into the store's files.
recipe attack 'echo ran >/out/ran'
mute() { belljar build --quiet --json --no-cache attack >&-; }
answered 'no standard output' 9 '' mute
belljar build --quiet --json attack >"$row/answer" 2>>"$row/trouble" </dev/null && code=0 || code=$?
ended built "$code"
expect "the store is whole" belljar store fsck

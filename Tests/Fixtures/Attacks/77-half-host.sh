# A host of which half is there
# Something that a sandbox is made of fails in a way that belljar could take for the build's fault, or do without: no /proc, whose
# absence hides the command line itself; memory of processes that cannot be reached, which is what tells the build the time; file
# systems without attributes. The build is stored as a violation, or answered as done, or runs with less. Each control shows that
# the host really lacks it.
gcc -std=gnu11 -O1 -Wall -static -o "$bin/halfhost" "$attacks/../Programs/halfhost.c" 2>>"$row/trouble" || wrong "halfhost.c does not compile"
reaches() {
    sleep 5 &
    "$@" python3 - $! <<'PYTHON'
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
class Part(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
place = int(open(f"/proc/{sys.argv[1]}/maps").readline().split("-")[0], 16)
room = ctypes.create_string_buffer(8)
count = libc.process_vm_readv(int(sys.argv[1]), ctypes.byref(Part(ctypes.addressof(room), 8)), 1, ctypes.byref(Part(place, 8)), 1, 0)
print("reached" if count == 8 else os.strerror(ctypes.get_errno()))
PYTHON
    kill $!
}
outside 'reached' reaches env
outside 'Operation not permitted' reaches halfhost deny=process_vm_readv=EPERM --
outside 'cannot be seen' halfhost userns mountns tmpfs=/proc -- sh -c '[ -e /proc/self ] && echo seen || echo cannot be seen'
# What a naive runner says when it finds no command line: nothing was asked, so nothing went wrong.
outside 'nothing to do' halfhost userns mountns tmpfs=/proc -- sh -c 'tr "\0" "\n" </proc/self/cmdline 2>/dev/null | grep . || echo nothing to do'

recipe attack 'date +%s; echo ran >/out/ran'
belljar build --json --quiet attack >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?
ended built "$code"
built=$(records)
# half PATTERN WORD...: the build on such a host; PATTERN is of the error's words.
half() {
    local pattern=$1 doctor
    shift
    "$bin/halfhost" "$@" -- env -i PATH=/usr/bin:/bin HOME="$row/home" TMPDIR="$row/tmp" "$programs/belljar" build --json --quiet --no-cache \
        --project "$row/project" --store "$row/store" attack >"$row/answer" 2>>"$row/trouble" </dev/null && code=0 || code=$?
    ended sandbox_unavailable "$code"
    matches "the words on a host with $*" "$pattern" "$(answer)"
    doctor=0
    "$bin/halfhost" "$@" -- env -i PATH=/usr/bin:/bin HOME="$row/home" TMPDIR="$row/tmp" "$programs/belljar" doctor \
        --project "$row/project" --store "$row/store" >"$row/doctor" 2>>"$row/trouble" </dev/null || doctor=$?
    matches "what doctor ends with" 4 "$doctor"
    matches "records on a host with $*" "$built" "$(records)"
}
half '*/proc*no proc file system*' userns mountns tmpfs=/proc
half '*try-calls*' deny=process_vm_readv=EPERM
half '*try-calls*' deny=process_vm_writev=ENOSYS
half '*try-calls*' deny=pidfd_getfd=EPERM
half '*no user extended attributes*' deny=fsetxattr=EOPNOTSUPP
half '*user.max_time_namespaces is 0*' userns write=/proc/sys/user/max_time_namespaces=0
half '*mounted over parts of /proc (/proc/uptime)*' userns mountns mask=/proc/uptime
half '*has no id*' root-userns

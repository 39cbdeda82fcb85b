# What whoever started belljar passes on, and the host's clock in /proc/sysvipc
# Nice level, policy, I/O priority, timer slack, huge pages, personality, filter of cores, memory policy and limits go from a
# process to its children, whatever program they execute. The times of System V objects are the host's, and the kernel tells
# of sockets, namespaces and file systems by numbers that count what happened on the host.
compile ../Programs/starter
compile ../Probes/c/sources/attributes
# Whether any number in a text is a time of the last or the next hour.
about_now() { awk -v now="$(date +%s)" '{ for (i = 1; i <= NF; i++) if ($i > now - 3600 && $i < now + 3600) found = 1 } END { print (found ? "now" : "not now") }'; }
plainly() {
    attributes process >plain
    starter nistpcmgl "$bin/attributes" process >odd
    cmp -s plain odd && echo same || echo "the starter's"
    attributes objects | about_now
    # Refused, or something that follows from no recipe.
    attributes kernel | grep -E '^cookie' | grep -vc errno
}
# What the record says could not be set, but for filters, which a container has; and whether the label agrees.
left() {
    expect "the label says so" jq -e '(.observed.openChannels | index("inherited") != null) == (.observed.enforcement.inherited != null)' \
        "$row/record"
    jq -r '(.observed.enforcement.inherited // "") | split("+") - ["seccomp"] | join("+")' "$row/record"
}
outside $'the starter\'s\nnow\n2' plainly

inside '*personality 40000*another way*' attributes
cp "$row/log" "$row/first"
matches "times in /proc/sysvipc" 'not now' "$(about_now <"$row/first")"
expect "the build's time there" grep -qE " 1700000000 +1700000000$" "$row/first"
matches "numbers that the kernel counts" '' "$(grep -E '^(cookie|queue|file system.s|namespace.s|process.s)' "$row/first" | grep -v errno)"
matches "what could not be set" '' "$(left)"

# What only root can take back is in the label, and a program that asks for its nice level does not hear of it.
environment=("$bin/starter" nistpcmgl)
inside '*' attributes
matches "the same from another starter" '' "$(diff "$row/first" "$row/log" 2>&1)"
matches "what could not be set" 'nice 7' "$(left)"
environment=("$bin/starter" L)
inside '*' attributes
matches "what could not be set" 'openFiles 2048+stackBytes 16777216*' "$(left)"
found belljar "$(left)"

# Without what a build has from its beginning there is none.
for letter in O S C F D A M; do
    environment=("$bin/starter" "$letter")
    build sandbox_unavailable
done
environment=()

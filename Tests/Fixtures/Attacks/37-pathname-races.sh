# Paths that change while they are looked at
# The answering process reads a name in the caller's memory, looks at what it leads to, and uses it: between two of these, a thread
# writes another name, or two links change places. What it can reach and the build cannot is below its own folder of /proc. It must
# never use another path than the one it looked at.
compile races
calls=(stat statx statfs open open-random)
# A line for each call and each way to change its path.
lines() {
    local result=$1 call text=''
    shift
    for call in "$@"; do text+="$call memory $result"$'\n'"$call link $result"$'\n'; done
    printf '%s' "${text%$'\n'}"
}
# A naive supervisor, which nobody else may look at, answers for another process. Every race is won in a moment.
naive() { races /proc/version; }
outside "$(lines won "${calls[@]}" chown mknod)" naive
script=': >/tmp/harmless; cd /tmp; races /tmp/harmless 1'
inside "$(lines lost "${calls[@]}")" "$script"
# As root, where it also gives files away and makes devices, and where it is not asked about renaming, so that links change faster.
more=$'root: fake\ncontrols: {mtimes: real}'
inside "$(lines lost "${calls[@]}" chown mknod)" "$script owner"

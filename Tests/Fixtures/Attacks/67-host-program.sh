# Getting at the host's belljar-init by a link
# Until a step's own program runs, its process is one of belljar-init. An image whose /bin/sh is a link to /proc/self/exe, or names
# that as its interpreter, has the host's file run in its place, with a build's environment and a build's parent, and every
# /proc/PID/exe of it is a way to change that file. Swift's backtracer, which the environment asks for, then starts a program of the build.
compile naive
compile touch-exe
root=$row/evil
cp -a "$row/../../root" "$root"
mkdir -p "$root/dev" "$root/proc"
ln -s /proc/self/fd "$root/dev/fd"
# variant NAME TARGET: a link. script NAME INTERPRETER: a script.
variant() { ln -s "$2" "$root/bin/$1"; }
script() { printf '#!%s\n' "$2" >"$root/bin/$1" && chmod 755 "$root/bin/$1"; }
variant self /proc/self/exe
variant thread /proc/thread-self/exe
variant first /proc/1/exe
variant number /proc/self/fd/9
variant device /dev/fd/9
variant further ../bin/self
script line /proc/self/exe
script spaced $' \t/proc/self/../thread-self/exe argument'
script chain /bin/line
script linked /bin/device
variants=(self thread first number device further line spaced chain linked)
printf 'int main(void) { return 0; }\n' >"$row/empty.c"
expect "a program with an interpreter compiles" gcc -o "$root/bin/dynamic" "$row/empty.c" -Wl,--dynamic-linker=/proc/self/exe
# What a file of the host shows when it was changed.
state() { stat -c '%a %Y %s' "$1"; sha256sum <"$1"; }

# Without belljar: a naive runner for each, which is then not what it was. (Its interpreter is run too, but has another program's exe.)
naive_runner() {
    local name
    for name in "${variants[@]}"; do
        cp "$bin/naive" runner
        "${as_root[@]}" sh -c 'mount --rbind /proc "$1/proc" && exec ./runner "$1" "/bin/$2"' - "$root" "$name"
        stat -c "$name %a %Y" runner
        rm runner
    done
    cp "$bin/naive" runner
    "${as_root[@]}" sh -c 'mount --rbind /proc "$1/proc" && exec ./runner "$1" /bin/dynamic say' - "$root"
    chmod 755 "$root/bin/dynamic"
}
outside "$(printf '%s 6755 1\n' "${variants[@]}")"$'\nstarted' naive_runner

# import NAME FOLDER
import() {
    tar -c -C "$2" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -f "$row/$1.tar" .
    expect "$1 is imported" belljar toolchain import "$1" "https://archive.invalid/$1.tar" --file "$row/$1.tar" --quiet \
        --sha256 "$(digest "$row/$1.tar")"
}
before=$(state "$programs/belljar-init")
rm -r "$root/dev" "$root/proc"
import evil "$root"
for name in "${variants[@]}" dynamic; do
    # What is behind the program are arguments of it.
    text=$(cd "$row/project" && belljar run -t evil -- "/bin/$name" 2>&1 </dev/null) && code=0 || code=$?
    matches "$name" 5 "$code"
    matches "$name" "*/bin/$name: *leads into /proc, and no program there may be run*" "$text"
done
# As a recipe, which asks for the backtracer. The record says that it was a violation.
toolchain=self
ln -sf /proc/self/exe "$root/bin/sh"
import self "$root"
more='limits: {memory: 256MiB}
environment: {SWIFT_BACKTRACE: "enable=yes,swift-backtrace=/build/bin/touch-exe,interactive=no,color=no,timeout=30s", MALLOC_MMAP_THRESHOLD_: "0", MALLOC_MMAP_MAX_: "12", MALLOC_TOP_PAD_: "99999999999"}'
build refused/violation 'true'
matches "the answer" '*step attack*/bin/sh: it leads into /proc, and no program there may be run*' "$(answer)"
matches "belljar-init" "$before" "$(state "$programs/belljar-init")"

# What a build finds of PID 1, which nobody may look into: with every capability of a user namespace of its own neither.
toolchain=tiny more=''
own() { cp "$bin/touch-exe" own && ./own self; }
outside $'chmod ok\ntimes ok' own
inside $'chmod EACCES\ntimes EACCES\ntruncate EACCES\nopen EACCES\nlink EACCES' 'touch-exe 1'
more='profile: nested'
inside $'chmod EACCES\ntimes EACCES\ntruncate EACCES\nopen EACCES\nlink EACCES' 'unshare -U -r touch-exe 1'
matches "belljar-init" "$before" "$(state "$programs/belljar-init")"

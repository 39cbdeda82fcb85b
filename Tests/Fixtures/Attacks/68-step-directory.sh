# A step's directory that is a link into PID 1
# A step's directory is a path in /build, and an earlier step can put a link there. Followed by a process that still has what PID 1
# has open, /proc/self/fd/N leads to the root of the scratch file system, with the masks of /proc, /dev and everything that changes in
# it, all writable, to the folder of the secrets, and to what becomes /out.
naive() {
    mkdir -p kept
    exec 9<kept
    ln -sfn /proc/self/fd/9 link
    bash -c 'cd link && : >planted'
    ls kept
}
outside planted naive
secret='a secret of the host'
# directory CLASS TARGET [NAME]: a recipe whose second step begins in NAME, `link`, which the first one made a link to TARGET.
directory() {
    builds=$((builds + 1)) recipe=directory$builds
    mkdir -p "$row/project/Recipes/$recipe"
    cat >"$row/project/Recipes/$recipe/recipe.yaml" <<YAML
name: $recipe
version: "1"
toolchain: tiny
epoch: 1700000000
secrets: [{name: token, variable: TOKEN}]
steps:
  - {name: first, run: "mkdir -p real/inner; ln -s $2 link"}
  - {name: second, directory: ${3:-link}, run: "pwd -P; : >planted && echo writable; echo done >/out/done"}
  - {name: third, secrets: [token], run: "true"}
outputs: [.]
YAML
    environment=(TOKEN="$secret")
    build "$1"
}
refused() {
    directory refused/violation "$@"
    matches "the answer" "*step second*/build/${2:-link}: it leads into /proc, and no step may begin there*" "$(answer)"
    matches "the log" '' "$(cat "$row/log")"
}
for number in $(seq 0 24); do refused "/proc/self/fd/$number"; done
refused /proc/self/cwd
refused /proc/self/root
refused /proc/1/root
refused /proc/thread-self/fd/4
refused /dev/fd/4
refused ../proc/self/fd/4
refused /proc/self/fd link/4
refused /proc/self/task
# What is no such link goes on as before.
directory built real
matches "an ordinary link" $'/build/real\nwritable' "$(cat "$row/log")"
directory built /build link/real/inner
matches "a link and what is below it" $'/build/real/inner\nwritable' "$(cat "$row/log")"

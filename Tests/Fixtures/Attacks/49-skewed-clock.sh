# A host whose clock is ten years off
# Dates get into programs, archives and generated files: who sets the host's clock decides what a build gives.
cat >"$row/skew.c" <<'C'
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
    int answer = syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec += 315532800;
    return answer;
}
time_t time(time_t *where) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (where) *where = now.tv_sec;
    return now.tv_sec;
}
C
expect "the skew compiles" gcc -shared -fPIC -o "$row/skew.so" "$row/skew.c"
year() { echo $(($(LD_PRELOAD=$row/skew.so date +%Y) - $(date +%Y))); }
outside 10 year
script='date >/out/date; touch /out/now; stat -c "%y %z" /out/now; busybox tar -c -C /out date now | sha256sum'
inside '*' "$script"
cp "$row/log" "$row/first-log"
first=$(jq -c '[.result.tree.digest, .observed.started]' "$row/record")
environment=("LD_PRELOAD=$row/skew.so")
belljar build --json --quiet --no-cache "$recipe" >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?
ended built "$code"
# The newest record of the name: started ten years later.
second=$(belljar show "$(jq -r '.builds[0].record | sub("sha256:"; "")' "$row/answer")" --json | jq -c '[.result.tree.digest, .observed.started]')
matches "the outputs" "$(jq -r '.[0]' <<<"$first")" "$(jq -r '.[0]' <<<"$second")"
expect "the record's own time is ten years later" [ $(($(jq '.[1]' <<<"$second") - $(jq '.[1]' <<<"$first"))) -gt 315000000 ]

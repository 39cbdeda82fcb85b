# A host whose clock is ten years off
# Dates get into programs, archives and generated files: who sets the host's clock decides what a build gives. Nobody but root sets
# it, so belljar is lied to about it, by a library, and PID 1, which is static, by a copy whose C library is changed (skew.S):
# its clock, and the times that the kernel gives to files.
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
expect "the skew of PID 1 is assembled" gcc -c -DTODAY=$((EPOCHSECONDS - 86400)) -o "$row/skew.o" "$attacks/skew.S"
objcopy -O binary -j .text "$row/skew.o" "$row/skew.bin" 2>>"$row/trouble"
files=$((16#$(nm "$row/skew.o" | sed -n 's/ T files_begin//p')))
# skew PROGRAM SKEWED [clock]
skew() { python3 "$attacks/skew.py" "$1" "$row/skew.bin" "$files" "${@:2}" && chmod 755 "$2"; }
expect "PID 1 is skewed" skew "$programs/belljar-init" "$row/skewed-init"
expect "its clock alone is skewed" skew "$programs/belljar-init" "$row/half-skewed-init" clock
# A static program, skewed by the same, says what both have become.
compile years
expect "it is skewed" skew "$bin/years" "$bin/skewed-years"
years() {
    local there
    touch file
    there=$(date +%Y)
    echo "belljar +$(($(LD_PRELOAD=$row/skew.so date +%Y) - there))"
    skewed-years file | { read -r clock files && echo "PID 1 +$((clock - there)), files +$((files - there))"; }
}
outside $'belljar +10\nPID 1 +10, files +10' years

script='date >/out/date; touch /out/now; stat -c "%y %z" /out/now >/out/times; busybox tar -c -C /out date now | sha256sum >/out/sum; cat /out/times'
inside '*' "$script"
tree() { jq -r .result.tree.digest "$row/record"; }
first=$(tree) started=$(jq .observed.started "$row/record")
environment=("LD_PRELOAD=$row/skew.so" "BELLJAR_INIT=$row/skewed-init")
# The newest record of the name: started ten years later.
build built
matches "the outputs" "$first" "$(tree)"
expect "the record's own time is ten years later" [ $(($(jq .observed.started "$row/record") - started)) -gt 315000000 ]
# The skew reaches PID 1: where its clock and the kernel disagree about what is ten years old, files show times of their own.
environment=("LD_PRELOAD=$row/skew.so" "BELLJAR_INIT=$row/half-skewed-init")
build built
refuse "PID 1 takes no notice of its clock" [ "$first" = "$(tree)" ]

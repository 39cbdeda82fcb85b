# A host whose clock is ten years off
# Dates get into programs, archives and generated files: who sets the host's clock decides what a build gives. Nobody but root sets
# it, so belljar and PID 1, which are static, are lied to about it by copies whose C library is changed (skew.S): their clocks, and
# the times that the kernel gives to files.
expect "the skew is assembled" gcc -c -DTODAY=$((EPOCHSECONDS - 86400)) -o "$row/skew.o" "$attacks/skew.S"
objcopy -O binary -j .text "$row/skew.o" "$row/skew.bin" 2>>"$row/trouble"
files=$((16#$(nm "$row/skew.o" | sed -n 's/ T files_begin//p')))
# skew PROGRAM SKEWED [clock]
skew() { python3 "$attacks/skew.py" "$1" "$row/skew.bin" "$files" "${@:2}" && chmod 755 "$2"; }
mkdir "$row/skewed" "$row/half-skewed"
expect "belljar's clock is skewed" skew "$programs/belljar" "$row/skewed/belljar" clock
cp "$row/skewed/belljar" "$row/half-skewed/"
expect "PID 1 is skewed" skew "$programs/belljar-init" "$row/skewed/belljar-init"
expect "its clock alone is skewed" skew "$programs/belljar-init" "$row/half-skewed/belljar-init" clock
# A static program, skewed by the same, says what they have become.
compile years
expect "it is skewed" skew "$bin/years" "$bin/skewed-years"
expect "its clock alone is skewed" skew "$bin/years" "$bin/half-skewed-years" clock
years() {
    local there
    touch file
    there=$(date +%Y)
    half-skewed-years file | { read -r clock files && echo "belljar +$((clock - there)), files +$((files - there))"; }
    skewed-years file | { read -r clock files && echo "PID 1 +$((clock - there)), files +$((files - there))"; }
}
outside $'belljar +10, files +0\nPID 1 +10, files +10' years

script='date >/out/date; touch /out/now; stat -c "%y %z" /out/now >/out/times; busybox tar -c -C /out date now | sha256sum >/out/sum; cat /out/times'
inside '*' "$script"
tree() { jq -r .result.tree.digest "$row/record"; }
first=$(tree) started=$(jq .observed.started "$row/record")
programs=$row/skewed
# The newest record of the name: started ten years later.
build built
matches "the outputs" "$first" "$(tree)"
expect "the record's own time is ten years later" [ $(($(jq .observed.started "$row/record") - started)) -gt 315000000 ]
# The skew reaches PID 1: where its clock and the kernel disagree about what is ten years old, files show times of their own.
programs=$row/half-skewed
build built
refuse "PID 1 takes no notice of its clock" [ "$first" = "$(tree)" ]

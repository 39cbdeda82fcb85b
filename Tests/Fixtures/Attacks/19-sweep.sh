# Every system call from 0 to 600
# What nobody thought of: a call that a new kernel brought, or one that is too old to remember. Each number is called with
# arguments of zero; what the golden list refuses has to be refused with its errno, and nothing else may.
golden=$attacks/../../BelljarSandboxTests/Golden/system-calls.tsv
expect "the golden list is there" [ -s "$golden" ]
compile sweep
# Calls that the list refuses, and that get through without belljar.
let_through() {
    "$bin/sweep" >"$row/plain"
    awk -F'\t' '!/^#/ && $3 ~ /^ERRNO/ { print $1, $3 }' "$golden" | sort >"$row/refused"
    sort "$row/plain" | comm -13 - "$row/refused" | wc -l | awk '{ print ($1 > 50 ? "more than 50 of the refused" : $1) }'
}
outside 'more than 50 of the refused' let_through
# Where a build believes in other processors, calls about memory nodes do not exist either; the list is about the other filters.
more='controls: {cpu: real}'
inside '*' 'sweep >/out/answers; wc -l </out/answers'
sort "$row/out/answers" >"$row/answers"
# A refusal that is missing. What no filter is shown on newer kernels, the list names: that is refused, or answered as to everybody.
unfiltered=$(sed -n 's/^# unfiltered //p' "$golden" | tr ' ' '|')
matches "numbers that no filter is shown" '335|336' "$unfiltered"
matches "refused on the list and not in a build" '' "$(comm -13 "$row/answers" "$row/refused" | grep -vE "^($unfiltered) ")"
for number in ${unfiltered//|/ }; do
    plain=$(grep "^$number " "$row/plain")
    here=$(grep "^$number " "$row/answers")
    [ "$here" = "$number ERRNO 38" ] || matches "the answer to $number" "$plain" "$here"
done
# Calls that are allowed, and that the filter of the baseline (ENOSYS) or a signal ended nevertheless.
awk -F'\t' '!/^#/ && $3 == "ALLOW" { print $1 }' "$golden" | sort >"$row/allowed"
matches "allowed on the list and not in a build" '' \
    "$(awk '$2 == "SIGSYS" || $2 == "ERRNO" && $3 == 38 { print $1 }' "$row/answers" | sort | comm -12 - "$row/allowed" |
        grep -vxE "$(awk '$2 == "ERRNO" && $3 == 38 { print $1 }' "$row/plain" | paste -sd'|' | sed 's/^$/none/')")"

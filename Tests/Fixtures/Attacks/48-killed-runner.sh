# The runner is killed, at any moment
# The out-of-memory killer, a closed terminal, a lost machine: whatever the runner was doing, it does not do to the end. Fifty
# times, each at another moment of its life.
mark=$((RANDOM * 32768 + RANDOM + 100000000))
script="sh -c 'setsid sleep $mark &' ; for i in 1 2 3 4 5 6 7 8 9 10; do echo \$i >/out/f\$i; sleep 0.02; done"
alive() { pgrep -u "$(id -u)" -f "^sleep $mark" | wc -l; }
orphan() {
    sh -c "setsid sleep $mark & sleep 5" >/dev/null 2>&1 &
    local shell=$!
    sleep 0.3
    kill -KILL "$shell"
    sleep 0.2
    alive
}
outside 1 orphan
pkill -u "$(id -u)" -f "^sleep $mark"
outputs='[f10]'
recipe victim "$script"
expect "it builds when it is let" belljar build --quiet victim
whole=$(belljar show victim --json | jq -r '.result.tree.digest')
tree_of() { belljar show victim --json | jq -r '.result.tree.digest'; }
killed=0
finished=0
# Those that it did not meet do not count.
while [ "$killed" -lt 50 ] && [ "$finished" -lt 200 ]; do
    env -i PATH=/usr/bin:/bin HOME="$row/home" TMPDIR="$row/tmp" "$programs/belljar" build --quiet --no-cache --project "$row/project" \
        --store "$row/store" victim >/dev/null 2>&1 &
    pid=$!
    sleep "0.$(printf %03d $((RANDOM % 600)))"
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null && code=0 || code=$?
    if [ "$code" = 137 ]; then killed=$((killed + 1)); else finished=$((finished + 1)); fi
done
for i in {1..50}; do [ "$(alive)" = 0 ] && break; sleep 0.1; done
matches "processes left" 0 "$(alive)"
found belljar "killed $killed, came to its end $finished"
expect "fifty were killed" [ "$killed" = 50 ]
# One record for every build that came to its end, and no half ones: what is recorded says the same as the first.
matches "what every record says" "ok $whole" "$(belljar records --json | jq -r '.records[].digest' | while read -r digest; do
    belljar show "${digest#sha256:}" --json | jq -r '.result.status + " " + .result.tree.digest'
done | sort -u)"
expect "the store is whole" belljar store fsck
belljar build --json --quiet --no-cache victim >"$row/answer" 2>>"$row/trouble" && code=0 || code=$?
ended built "$code"
expect "no scratch is left" [ -z "$(ls -A "$row/store/tmp")" ]

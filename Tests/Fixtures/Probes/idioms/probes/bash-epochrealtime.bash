# The difference of two EPOCHREALTIME is at least what was slept between them.
begin=${EPOCHREALTIME/./}
sleep 0.5
taken=$((${EPOCHREALTIME/./} - begin))
((taken >= 500000)) || echo "bad: $taken microseconds for a sleep of 500000"
echo "rate $((500000 * 1000 / taken > 0 && taken > 0))"
echo ok

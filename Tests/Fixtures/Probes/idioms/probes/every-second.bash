# A job that is run at each second's beginning runs in seconds that follow one another.
seconds=()
for i in 1 2 3; do
    next=$((EPOCHSECONDS + 1))
    while ((EPOCHSECONDS < next)); do sleep 0.1; done
    seconds+=("$EPOCHSECONDS")
done
((seconds[1] == seconds[0] + 1 && seconds[2] == seconds[1] + 1)) || echo "bad: ${seconds[*]}"
sleep "0.$(printf %09d $((1000000000 - 10#$(date +%N))))"
echo ok

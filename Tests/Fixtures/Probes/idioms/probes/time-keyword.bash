# bash's `time` says for a sleep of half a second that it took half a second.
TIMEFORMAT=%3R
taken=$({ time sleep 0.5; } 2>&1)
[[ $taken =~ ^[0-9]+\.[0-9]{3}$ ]] || echo "bad: '$taken'"
((10#${taken/./} >= 500)) || echo "bad: $taken seconds"
{ time -p sleep 0.1; } 2>&1 | grep -cE '^(real|user|sys) [0-9.]+$'
echo ok
